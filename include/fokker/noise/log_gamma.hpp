/// ln of the gamma function.
#pragma once

#include <cmath>
#include <numbers>

#include <fokker/target.hpp>

namespace fokker::inline FOKKER_TARGET::detail {

/// ln Gamma(x) for x > 0: Stirling's series (Abramowitz & Stegun 1964, 6.1.41) from 16 on, where
/// what is left out is below 1e-17. std::lgamma writes to a global variable, which threads share.
inline double log_gamma(double x) {
    double below = 1.0;  // Gamma of the larger x over Gamma(x)
    for (; x < 16.0; ++x) below *= x;
    constexpr double terms[] = {1.0 / 12,    -1.0 / 360, 1.0 / 1260,
                                -1.0 / 1680, 1.0 / 1188, -691.0 / 360360};
    double series = 0.0, power = 1.0 / x;
    for (const double term : terms) {
        series += term * power;
        power /= x * x;
    }
    return (x - 0.5) * std::log(x) - x + 0.5 * std::log(2.0 * std::numbers::pi) + series -
           std::log(below);
}

}  // namespace fokker::detail
