/// The stream of PyTorch's generator on the CPU: what torch.randn gives after manual_seed.
///
/// The integers are those of mt19937 (Matsumoto & Nishimura 1998), seeded with the low 32 bits of
/// the seed. A uniform number in [0, 1) is the low 24 bits of a word, over 2^24, or the low 53 bits
/// of two words, the first one high, over 2^53. A tensor of n numbers is made in one of two ways:
///   n < 16, any type: one normal at a time, in double. Of u, v: r = sqrt(-2 log(1 - v)); the
///   normal
///     is r cos(2 pi u), and r sin(2 pi u) is kept for the next one, even if that belongs to
///     another tensor.
///   n >= 16: blocks of 16 uniforms, in double for double, else in float. Numbers j and j + 8 of a
///     block are of u_j, u_(j+8): r = sqrt(-2 log(1 - u_j)), times the cosine and the sine of
///     2 pi u_(j+8). If n is no multiple of 16, the last 16 numbers are one more block, made last.
///     Before it float and double take n mod 16 uniforms that go nowhere; 16-bit types do not.
/// Found in PyTorch 2.15; the layout for 16 bits was another in releases before.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <numbers>
#include <optional>
#include <random>
#include <span>
#include <vector>

#include <fokker/error.hpp>
#include <fokker/kernel/array.hpp>
#include <fokker/noise/half_turns.hpp>
#include <fokker/noise/per_sample.hpp>
#include <fokker/noise/source.hpp>
#include <fokker/noise/torch_normals.hpp>
#include <fokker/target.hpp>

FOKKER_MAY_SHADOW

namespace fokker::inline FOKKER_TARGET {

/// Equal to torch.randn on the CPU, for every size and type, and across calls as one
/// torch.Generator goes through them: the prior and the steps of a run are those of a pipeline that
/// was given the generator. The words are equal; the normals may differ in their last bits, since
/// PyTorch's own do between processors. A tensor is the whole state, its samples one after the
/// other. Pass a variable, and the next run goes on where this one ended.
class torch_cpu final {
public:
    static constexpr bool counted = false;

    explicit torch_cpu(std::uint64_t seed)
        : engine_(static_cast<std::mt19937::result_type>(seed & 0xffffffffu)), seed_(seed) {}

    /// What it was seeded with last, like a torch.Generator's initial_seed().
    std::uint64_t initial_seed() const { return seed_; }

    /// What manual_seed does.
    void reseed(std::uint64_t seed) { *this = torch_cpu(seed); }

    template <real_scalar T>
    void begin_draw(const noise_draw& draw) {
        left_ = draw.shape.size();
        is_small_ = left_ < block;
        type_ = noise::element_type_of<T>;
        ready_ = 0;
    }

    /// Throws fokker::error if the draw has not begun, or has no more.
    template <class T>
    void fill(T* out, std::size_t count, noise_position) {
        detail::require(count <= left_, "torch_cpu was asked for ", count,
                        " numbers, and the draw has ", left_, " left; call begin_draw before");
        while (count > 0) {
            if (ready_ == 0) make();
            const std::size_t taken = (std::min)(count, ready_);
            for (std::size_t i = 0; i < taken; ++i) out[i] = static_cast<T>(numbers_[next_ + i]);
            out += taken;
            count -= taken;
            left_ -= taken;
            next_ += taken;
            ready_ -= taken;
        }
    }

    /// Between two draws.
    template <class Archive>
    void memory(Archive& archive) {
        archive(engine_);
        archive(kept_);
    }

private:
    static constexpr std::size_t block = noise::torch_block;

    bool wide() const { return type_ == noise::element_type::float64; }
    std::uint64_t word() { return engine_() & 0xffffffffu; }
    double uniform() {
        const std::uint64_t high = word();
        return static_cast<double>(((high << 32) | word()) & ((std::uint64_t{1} << 53) - 1)) *
               0x1p-53;
    }

    /// The next of the draw's numbers.
    void make() {
        next_ = 0;
        if (is_small_) {
            numbers_[0] = noise::rounded_to(type_, one());
            ready_ = 1;
            return;
        }
        make_block(numbers_.data());
        ready_ = block;
        const std::size_t rest = left_ % block;
        if (rest == 0 || left_ >= 2 * block) return;
        // What the last block leaves of this one, and the last block.
        if (wide() || type_ == noise::element_type::float32)
            engine_.discard(wide() ? 2 * rest : rest);
        make_block(numbers_.data() + rest);
        ready_ = block + rest;
    }

    void make_block(double* out) {
        if (wide()) {
            std::array<double, block> u;
            for (double& each : u) each = uniform();
            constexpr std::size_t half = noise::torch_half_block;
            for (std::size_t j = 0; j < half; ++j) {
                const auto [along, across] =
                    noise::torch_pair(std::log(1.0 - u[j]), 2 * std::numbers::pi * u[half + j]);
                out[j] = along;
                out[half + j] = across;
            }
            return;
        }
        std::array<std::uint64_t, block> words;
        for (std::uint64_t& each : words) each = word();
        noise::torch_normals(words, out);
        if (type_ != noise::element_type::float32)
            for (std::size_t i = 0; i < block; ++i) out[i] = noise::rounded_to(type_, out[i]);
    }

    /// One normal by itself.
    double one() {
        if (kept_) {
            const double normal = *kept_;
            kept_.reset();
            return normal;
        }
        const double u = uniform(), v = uniform();
        const auto [along, across] = noise::torch_pair(std::log1p(-v), 2 * std::numbers::pi * u);
        kept_ = across;
        return along;
    }

    std::mt19937 engine_;
    std::uint64_t seed_;
    std::optional<double> kept_;  // the second of two normals, for a small tensor
    std::array<double, 2 * block> numbers_{};
    std::size_t next_ = 0, ready_ = 0;  // of them
    std::size_t left_ = 0;              // of the draw
    bool is_small_ = false;
    noise::element_type type_ = noise::element_type::float32;
};

/// What a pipeline draws that is given a list of generators: each sample is a tensor of its own,
/// from its own generator. One seed for each sample.
inline per_sample<torch_cpu> torch_cpu_each(std::span<const std::uint64_t> seeds) {
    return per_sample<torch_cpu>(std::vector<torch_cpu>(seeds.begin(), seeds.end()));
}

}  // namespace fokker

FOKKER_END_MAY_SHADOW
