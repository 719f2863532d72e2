/// The stream of PyTorch's generator on a CUDA device: what torch.randn gives there after
/// manual_seed. Its layout depends on the device.
///
/// A tensor of n numbers is made by T = 256 min(ceil(n / 256), multiprocessors (threads / 256))
/// threads. Thread i takes the Philox4x32-10 counters {c low, c high, i low, i high} with
/// c = c_0, c_0 + 1, .. and the seed as the key (Salmon et al. 2011). A counter gives u = 4
/// numbers, for double u = 2; number k of the j-th counter of thread i is number i + T (k + u j) of
/// the tensor. The next tensor begins at c_0 + ceil(n / (T u)); the generator's offset is 4 c_0. Of
/// the words w0 .. w3, cuRAND's Box-Muller makes, u in (0, 1] and v a half turn each:
///   float    numbers 0, 1 of (w0, w1), 2, 3 of (w2, w3): the first word w gives u = (w + 1/2) /
///   2^32,
///            the second the angle 2 pi (w + 1/2) / 2^32, rounded to float as cuRAND does;
///   double   z = w0 xor 2^21 w1 gives u = (z + 1/2) / 2^53, z = w2 xor 2^21 w3 the angle
///            2 pi (z + 1/2) / 2^53;
/// and sqrt(-2 ln u) times the sine, then times the cosine. 16 bits are rounded from float.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>

#include <fokker/error.hpp>
#include <fokker/kernel/array.hpp>
#include <fokker/noise/curand_normals.hpp>
#include <fokker/noise/half_turns.hpp>
#include <fokker/noise/philox_normals.hpp>
#include <fokker/noise/source.hpp>
#include <fokker/target.hpp>

FOKKER_MAY_SHADOW

namespace fokker::inline FOKKER_TARGET {

/// Laid out as torch.randn on a CUDA device of the given shape, for every size and type, and across
/// calls as one generator goes through them. The words are the device's, the normals agree to about
/// 1e-6, since a device takes fast approximations of sine and cosine. A tensor is the whole state,
/// its samples one after the other. Pass a variable, and the next run goes on where this one ended.
/// Throws fokker::error unless the device has multiprocessors, and each of them whole blocks of 256
/// threads.
class torch_cuda final {
public:
    static constexpr bool counted = false;

    /// What the layout depends on: torch.cuda.get_device_properties gives multi_processor_count and
    /// max_threads_per_multi_processor, such as 132 and 2048.
    struct device {
        int multiprocessors = 0;
        int threads = 0;  ///< that a multiprocessor holds
    };

    torch_cuda(std::uint64_t seed, const device& of) : seed_(seed) {
        detail::require(of.multiprocessors > 0, "multiprocessors is ", of.multiprocessors,
                        "; it must be positive, such as 132");
        detail::require(of.threads >= 256 && of.threads % 256 == 0, "threads is ", of.threads,
                        "; a multiprocessor holds a multiple of 256, such as 2048");
        most_threads_ =
            static_cast<std::uint64_t>(of.multiprocessors) * static_cast<std::uint64_t>(of.threads);
    }

    /// What generator.get_offset() says there, after the draws so far.
    std::uint64_t offset() const { return 4 * next_counter_; }

    /// What manual_seed does: the offset is 0 again.
    void reseed(std::uint64_t seed) {
        seed_ = seed;
        next_counter_ = 0;
    }

    /// Throws fokker::error on tensors of 2 GiB or more, which PyTorch cuts into pieces.
    template <real_scalar T>
    void require_shape(const array_shape& shape) const {
        constexpr auto most = static_cast<std::size_t>((std::numeric_limits<std::int32_t>::max)());
        detail::require(shape.size() == 0 || shape.size() - 1 < (most - 1) / sizeof(T) + 1,
                        "the state has ", shape.size(), " elements of ", sizeof(T),
                        " bytes; torch_cuda follows tensors below 2 GiB");
    }

    template <real_scalar T>
    void begin_draw(const noise_draw& draw) {
        const std::uint64_t size = draw.shape.size();
        require_shape<T>(draw.shape);
        elements_ = draw.shape.elements;
        type_ = noise::element_type_of<T>;
        threads_ = (std::min)((size + 255) / 256 * 256, most_threads_);
        numbers_ = wide() ? 2 : 4;
        counter_ = next_counter_;
        next_counter_ += (size - 1) / (threads_ * numbers_) + 1;
    }

    /// Throws fokker::error if no draw has begun.
    template <class T>
    void fill(T* out, std::size_t count, noise_position position) {
        detail::require(threads_ > 0, "torch_cuda was asked before begin_draw");
        const noise::philox_key key(seed_);
        std::uint64_t at = position.sample * elements_ + position.element;
        alignas(64) std::array<double, noise::curand_count> made;
        while (count > 0) {
            const std::uint64_t thread = at % threads_, round = at / threads_;
            const std::size_t taken =
                (std::min)({count, made.size(), static_cast<std::size_t>(threads_ - thread)});
            noise::curand_numbers(key, counter_ + round / numbers_, thread,
                                  static_cast<std::size_t>(round % numbers_), wide(), made.data());
            for (std::size_t i = 0; i < taken; ++i)
                out[i] = static_cast<T>(noise::rounded_to(type_, made[i]));
            out += taken;
            count -= taken;
            at += taken;
        }
    }

    /// Between two draws.
    template <class Archive>
    void memory(Archive& archive) {
        archive(next_counter_);
    }

private:
    bool wide() const { return type_ == noise::element_type::float64; }

    std::uint64_t seed_, most_threads_ = 0, next_counter_ = 0;
    // The draw at hand.
    std::uint64_t elements_ = 0, threads_ = 0, numbers_ = 4, counter_ = 0;
    noise::element_type type_ = noise::element_type::float32;
};

}  // namespace fokker

FOKKER_END_MAY_SHADOW
