/// The normals that PyTorch makes of uniform numbers on the CPU.
#pragma once

#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <numbers>

#include <fokker/kernel/lanes.hpp>
#include <fokker/noise/box_muller.hpp>
#include <fokker/noise/half_turns.hpp>
#include <fokker/target.hpp>

namespace fokker::inline FOKKER_TARGET::noise {

/// Numbers of a block, and of half of it.
inline constexpr std::size_t torch_block = 16, torch_half_block = 8;

/// A block of a float tensor, of its 16 words.
inline void torch_normals(const std::array<std::uint64_t, torch_block>& words, double* out) {
    constexpr std::size_t step = kernel::lane_count<double>;
    constexpr double two_pi = static_cast<double>(2 * std::numbers::pi_v<float>);
    for (std::size_t j = 0; j < torch_half_block; j += step) {
        // One plus the low 24 bits over 2^24.
        const lanes<double> u = detail::one_to_two(kernel::load(&words[j]) << 40);
        const lanes<double> v =
            detail::one_to_two(kernel::load(&words[torch_half_block + j]) << 40) - 1.0;
        const lanes<double> theta = rounded_to_float(v * two_pi);
        lanes<double> along, across;
        turn_by_half_turns(kernel::square_root(minus_two_log(2.0 - u)),
                           theta * std::numbers::inv_pi, along, across);
        kernel::store(rounded_to_float(along), out + j);
        kernel::store(rounded_to_float(across), out + torch_half_block + j);
    }
}

/// The two normals of a radius and an angle. Not inlined: -ffast-math would take a loop's sines
/// from a less exact library.
FOKKER_NEVER_INLINE inline std::array<double, 2> torch_pair(double minus_half_square,
                                                            double theta) {
    const double radius = std::sqrt(-2.0 * minus_half_square);
    return {radius * std::cos(theta), radius * std::sin(theta)};
}

}  // namespace fokker::noise
