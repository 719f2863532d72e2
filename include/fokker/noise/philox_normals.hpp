/// Philox4x32-10 (Salmon et al. 2011) on vectors of counters, and the normals that Box-Muller makes
/// of its words.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <type_traits>

#include <fokker/compiled.hpp>
#include <fokker/kernel/lanes.hpp>
#include <fokker/kernel/unrolled.hpp>
#include <fokker/noise/box_muller.hpp>
#include <fokker/target.hpp>

FOKKER_MAY_SHADOW

namespace fokker::inline FOKKER_TARGET::noise {

/// The words of several counters, one counter in each 64-bit lane. Only the low halves count.
using philox_words = std::array<words64, 4>;

/// The seed, in the lanes of a vector each.
struct philox_key {
    words64 low, high;
    explicit philox_key(std::uint64_t seed)
        : low(words64{} + (seed & 0xffffffffu)), high(words64{} + (seed >> 32)) {}
};

/// Ten rounds of Philox4x32 on N vectors of counters in step: one alone would wait for its own
/// multiplications. Salmon et al. 2011, 3.3.
template <std::size_t N>
FOKKER_ALWAYS_INLINE inline void philox_rounds(std::array<philox_words, N>& vectors,
                                               philox_key key) {
    const words64 even_factor = words64{} + 0xD2511F53u, odd_factor = words64{} + 0xCD9E8D57u;
    kernel::unrolled<10>([&](auto) FOKKER_INLINE_LAMBDA {
        kernel::unrolled<N>([&](auto i) FOKKER_INLINE_LAMBDA {
            auto& [w0, w1, w2, w3] = vectors[i];
            const words64 even = kernel::multiply_low_halves(w0, even_factor);
            const words64 odd = kernel::multiply_low_halves(w2, odd_factor);
            w0 = (odd >> 32) ^ w1 ^ key.low;
            w2 = (even >> 32) ^ w3 ^ key.high;
            w1 = odd;
            w3 = even;
        });
        key.low += 0x9E3779B9u;
        key.high += 0xBB67AE85u;
    });
}

/// Vectors of counters that are worked on together, and counters in them.
inline constexpr std::size_t vectors = 4;
inline constexpr std::size_t counters = vectors * kernel::lane_count<std::uint64_t>;

/// Normals that a counter gives.
template <class T>
inline constexpr std::size_t normals = 16 / sizeof(T);

/// Which of a vector's counters each lane takes: interleaving sine and cosine puts them in order.
inline constexpr auto counter_of_lane = [] {
    std::array<std::uint64_t, kernel::lane_count<std::uint64_t>> counter{};
    for (std::size_t lane = 0; lane < counter.size(); ++lane)
        counter[lane] = lane / 2 + lane % 2 * (counter.size() / 2);
    return counter;
}();

/// The other way round: where the i-th counter of several vectors stands among their lanes.
inline constexpr auto lane_of_counter = [] {
    std::array<std::uint8_t, counters> lane{};
    for (std::size_t i = 0; i < counters; ++i)
        lane[i / counter_of_lane.size() * counter_of_lane.size() +
             static_cast<std::size_t>(counter_of_lane[i % counter_of_lane.size()])] =
            static_cast<std::uint8_t>(i);
    return lane;
}();

/// Vectors of counters, or the normals made of them.
template <class V>
using block = std::array<V, vectors>;

/// The normals of `vectors` vectors of counters.
template <class T>
FOKKER_ALWAYS_INLINE inline void write_normals(block<philox_words>& w, const philox_key& key,
                                               T* out) {
    philox_rounds(w, key);
    // For float the words (0, 1) and (2, 3) are pairs, side by side; for double they are joined.
    using word = std::conditional_t<sizeof(T) == 4, words32, words64>;
    constexpr std::size_t second = sizeof(T) == 4 ? 2 : 1;
    const auto joined = [](words64 low, words64 high) FOKKER_INLINE_LAMBDA {
        return word((low & 0xffffffffu) | (high << 32));
    };
    block<lanes<T>> radius;
    block<word> angle;
    kernel::unrolled<vectors>([&](auto i) FOKKER_INLINE_LAMBDA {
        radius[i] = box_muller_radius(joined(w[i][0], w[i][second]));
        angle[i] = joined(w[i][3 - second], w[i][3]);
    });
    kernel::unrolled<vectors>([&](auto i) FOKKER_INLINE_LAMBDA {
        lanes<T> along, across;
        box_muller_turn(radius[i], angle[i], along, across);
        kernel::store(kernel::interleave_lower<T>(along, across),
                      out + i * 2 * kernel::lane_count<T>);
        kernel::store(kernel::interleave_upper<T>(along, across),
                      out + (i * 2 + 1) * kernel::lane_count<T>);
    });
}

/// The normals of `chunks` times `counters` counters that follow each other. Not inlined: one
/// compiled version, so that an element's bits do not depend on who asks for it.
template <class T>
FOKKER_NEVER_INLINE void normals_in_a_row(philox_words first, const philox_key& key, T* out,
                                          std::size_t chunks) {
    for (; chunks > 0; --chunks, out += counters * normals<T>) {
        block<philox_words> w;
        kernel::unrolled<vectors>([&](auto i) FOKKER_INLINE_LAMBDA {
            w[i] = first;
            first[0] += kernel::lane_count<std::uint64_t>;
        });
        write_normals(w, key, out);
    }
}

/// Counters of several samples, in the order of the lanes.
template <std::size_t Counters = counters>
struct scattered_counters {
    alignas(64) std::array<std::uint64_t, Counters> counter, sample;
};

template <class T>
FOKKER_NEVER_INLINE void normals_of(const scattered_counters<>& at, std::uint64_t draw,
                                    const philox_key& key, T* out) {
    block<philox_words> w;
    kernel::unrolled<vectors>([&](auto i) FOKKER_INLINE_LAMBDA {
        constexpr std::size_t lane = decltype(i)::value * kernel::lane_count<std::uint64_t>;
        const words64 sample = kernel::load(&at.sample[lane]);
        w[i] = {kernel::load(&at.counter[lane]), words64{} + draw, sample, sample >> 32};
    });
    write_normals(w, key, out);
}

#ifdef FOKKER_TEMPLATE
FOKKER_TEMPLATE void normals_in_a_row<float>(philox_words, const philox_key&, float*, std::size_t);
FOKKER_TEMPLATE void normals_in_a_row<double>(philox_words, const philox_key&, double*,
                                              std::size_t);
FOKKER_TEMPLATE void normals_of<float>(const scattered_counters<>&, std::uint64_t,
                                       const philox_key&, float*);
FOKKER_TEMPLATE void normals_of<double>(const scattered_counters<>&, std::uint64_t,
                                        const philox_key&, double*);
#endif

}  // namespace fokker::noise

FOKKER_END_MAY_SHADOW
