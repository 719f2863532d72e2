/// Counter-based Gaussian noise: Philox4x32-10 (Salmon et al. 2011) and Box-Muller. There is no
/// state to carry, any element of any draw can be made anywhere.
///
/// The layout, the same on every machine. The key is the seed (low word, high word). Element e of
/// draw d of sample n comes from the counter {c, d, n low, n high}, whose four random words are
/// w0 .. w3, with
///   float:   c = e / 4; elements 4c and 4c + 1 are the pair that Box-Muller makes of (w0, w1),
///            4c + 2 and 4c + 3 that of (w2, w3);
///   double:  c = e / 2; elements 2c and 2c + 1 are the pair of (w0 + 2^32 w1, w2 + 2^32 w3).
/// Draw 0 is the prior, draw 256 (k + 1) + j the j-th Gaussian of step k; draws 1 to 5 are those of
/// the forward process, 6 that of dequantise, 8 to 207 the probes of a likelihood
/// (noise/draws.hpp). Counters and draws have 32 bits: samples of up to 2^34 floats or 2^33
/// doubles, walks of up to 2^24 - 1 steps. What is larger is refused. The normals have the same
/// bits everywhere, but under -ffast-math.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include <fokker/compiled.hpp>
#include <fokker/error.hpp>
#include <fokker/kernel/array_shape.hpp>
#include <fokker/kernel/lanes.hpp>
#include <fokker/kernel/reduced.hpp>
#include <fokker/noise/philox_normals.hpp>
#include <fokker/noise/source.hpp>
#include <fokker/target.hpp>

namespace fokker::inline FOKKER_TARGET {

namespace noise {

/// Throws fokker::error on samples of more elements than 2^32 counters make normals for, and on a
/// batch that goes beyond sample 2^64 - 1.
void require_counters(const array_shape& shape, std::uint64_t first_sample, std::size_t normals);

}  // namespace noise

/// The default noise. The same seed gives the same bits whatever the batch size, the number of
/// threads, the split over processes, or where a run was interrupted and resumed.
/// `first_sample` names a slice of a larger batch: its sample k is sample first_sample + k.
struct philox final {
    std::uint64_t seed = 0;
    std::uint64_t first_sample = 0;

    static constexpr bool counted = true;

    /// Another seed for the draws to come.
    void reseed(std::uint64_t to) { seed = to; }

    /// Throws fokker::error on larger samples than there are counters for, and on a batch that goes
    /// beyond sample 2^64 - 1. T is the element type of the state.
    template <class T>
    void require_shape(const array_shape& shape) const {
        noise::require_counters(shape, first_sample, noise::normals<kernel::arithmetic<T>>);
    }

    /// Writes `count` normals from `position` on; position.element is a multiple of 4.
    template <class T>
    FOKKER_NEVER_INLINE void fill(T* out, std::size_t count, noise_position position) const {
        using noise::words64;
        constexpr std::size_t chunk = noise::counters * noise::normals<T>;
        const std::uint64_t sample = first_sample + position.sample;
        noise::philox_words first{
            kernel::load(noise::counter_of_lane.data()) + position.element / noise::normals<T>,
            words64{} + position.draw, words64{} + sample, words64{} + (sample >> 32)};
        const noise::philox_key key(seed);
        const std::size_t chunks = count / chunk, done = chunks * chunk;
        if (chunks > 0) noise::normals_in_a_row(first, key, out, chunks);
        if (done == count) return;
        alignas(64) std::array<T, chunk> whole;
        first[0] += chunks * noise::counters;
        noise::normals_in_a_row(first, key, whole.data(), 1);
        std::copy_n(whole.data(), count - done, out + done);
    }

    /// Writes all `elements` of each of `samples` samples from position.sample on: what `fill`
    /// would write for each, but with counters of several samples in one vector.
    template <class T>
    FOKKER_NEVER_INLINE void fill_samples(T* out, std::size_t samples, std::size_t elements,
                                          noise_position position) const {
        constexpr std::size_t each = noise::normals<T>;
        const noise::philox_key key(seed);
        noise::scattered_counters<> at{};
        alignas(64) std::array<T, noise::counters * each> made;
        const std::size_t in_sample = (elements + each - 1) / each;
        const std::size_t in_last = elements - (in_sample - 1) * each, total = samples * elements;
        std::uint64_t sample = first_sample + position.sample;
        std::size_t counter = 0, written = 0;
        for (std::size_t left = samples * in_sample; left > 0;) {
            const std::size_t used = (std::min)(left, noise::counters);
            left -= used;
            const std::size_t first = counter;
            for (std::size_t i = 0; i < used; ++i) {
                at.counter[noise::lane_of_counter[i]] = counter;
                at.sample[noise::lane_of_counter[i]] = sample;
                if (++counter == in_sample) counter = 0, ++sample;
            }
            noise::normals_of(at, position.draw, key, made.data());
            // All normals of a counter are copied, in one instruction; what is too much, the next
            // one overwrites. Only the last ones must not reach beyond the end.
            counter = first;
            for (std::size_t i = 0; i < used; ++i) {
                const std::size_t wanted = counter + 1 == in_sample ? in_last : each;
                if (written + each <= total)
                    std::memcpy(out + written, &made[i * each], each * sizeof(T));
                else
                    std::copy_n(&made[i * each], wanted, out + written);
                written += wanted;
                if (++counter == in_sample) counter = 0;
            }
        }
    }
};

#ifdef FOKKER_BODIES

FOKKER_INLINE void noise::require_counters(const array_shape& shape, std::uint64_t first_sample,
                                           std::size_t normals) {
    const std::uint64_t most = std::uint64_t{normals} << 32;
    fokker::detail::require(shape.elements <= most, "the samples have ", shape.elements,
                            " elements, and philox has numbers for ", most,
                            " of this type; divide them into several samples");
    fokker::detail::require(
        shape.samples == 0 || shape.samples - 1 <= ~first_sample, "first_sample is ", first_sample,
        ", and the batch has ", shape.samples,
        " samples, so that the last would be beyond 2^64 - 1, the last that philox has "
        "numbers for; begin earlier");
}

#endif

#ifdef FOKKER_TEMPLATE
FOKKER_TEMPLATE void philox::fill<float>(float*, std::size_t, noise_position) const;
FOKKER_TEMPLATE void philox::fill<double>(double*, std::size_t, noise_position) const;
FOKKER_TEMPLATE void philox::fill_samples<float>(float*, std::size_t, std::size_t,
                                                 noise_position) const;
FOKKER_TEMPLATE void philox::fill_samples<double>(double*, std::size_t, std::size_t,
                                                  noise_position) const;
#endif

}  // namespace fokker
