/// The normals that cuRAND makes of the words of a Philox counter. What they are stands in
/// torch_cuda.hpp.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <numbers>

#include <fokker/kernel/lanes.hpp>
#include <fokker/kernel/unrolled.hpp>
#include <fokker/noise/box_muller.hpp>
#include <fokker/noise/half_turns.hpp>
#include <fokker/noise/philox_normals.hpp>
#include <fokker/target.hpp>

namespace fokker::inline FOKKER_TARGET::noise {

/// A number below 2^32 in each lane, as a double and rounded to float.
FOKKER_ALWAYS_INLINE inline lanes<double> word_as_float(words64 word) {
    const auto biased = lanes<double>((word & 0xffffffffu) | std::uint64_t{0x4330000000000000u});
    return rounded_to_float(biased - 0x1p52);
}

// What is added to below are exact products: of a power of two, or of two floats in double.

/// cuRAND's pair of floats, of two words.
FOKKER_ALWAYS_INLINE inline void curand_pair(words64 x, words64 y, lanes<double>& first,
                                             lanes<double>& second) {
    constexpr double turn = static_cast<double>(2 * std::numbers::pi_v<float> * 0x1p-32f);
    const lanes<double> u = rounded_to_float(word_as_float(x) * 0x1p-32 + 0x1p-33);
    const lanes<double> angle = rounded_to_float(word_as_float(y) * turn + turn / 2);
    turn_by_half_turns(kernel::square_root(minus_two_log(u)), angle * std::numbers::inv_pi, second,
                       first);
}

/// cuRAND's pair of doubles, of four words.
FOKKER_ALWAYS_INLINE inline void curand_pair(const philox_words& w, lanes<double>& first,
                                             lanes<double>& second) {
    const auto joined = [](words64 low, words64 high) FOKKER_INLINE_LAMBDA {
        const words64 z = (low & 0xffffffffu) ^ ((high & 0xffffffffu) << 21);
        return kernel::converted<lanes<double>>(z);
    };
    const lanes<double> u = joined(w[0], w[1]) * 0x1p-53 + 0x1p-54;
    const lanes<double> half_turns = joined(w[2], w[3]) * 0x1p-52 + 0x1p-53;
    turn_by_half_turns(kernel::square_root(minus_two_log(u)), half_turns, second, first);
}

/// Numbers that `curand_numbers` makes: one for each of several counters.
inline constexpr std::size_t curand_count = counters;

/// Number `which` of the counters {c, thread}, {c, thread + 1}, ..
FOKKER_NEVER_INLINE inline void curand_numbers(const philox_key& key, std::uint64_t c,
                                               std::uint64_t thread, std::size_t which, bool wide,
                                               double* out) {
    constexpr std::size_t step = kernel::lane_count<double>;
    std::array<std::uint64_t, step> ascending;
    for (std::size_t i = 0; i < step; ++i) ascending[i] = thread + i;
    const words64 first = kernel::load(ascending.data());
    block<philox_words> w;
    kernel::unrolled<vectors>([&](auto i) FOKKER_INLINE_LAMBDA {
        const words64 threads = first + i * step;
        w[i] = {words64{} + c, words64{} + (c >> 32), threads, threads >> 32};
    });
    philox_rounds(w, key);
    kernel::unrolled<vectors>([&](auto i) FOKKER_INLINE_LAMBDA {
        lanes<double> sine, cosine;
        if (wide)
            curand_pair(w[i], sine, cosine);
        else if (which < 2)
            curand_pair(w[i][0], w[i][1], sine, cosine);
        else
            curand_pair(w[i][2], w[i][3], sine, cosine);
        kernel::store(which % 2 == 0 ? sine : cosine, out + i * step);
    });
}

}  // namespace fokker::noise
