/// The normal distribution's logarithms, exact to rounding however far out in the tails.
#pragma once

#include <cmath>
#include <numbers>

#include <fokker/target.hpp>

namespace fokker::inline FOKKER_TARGET::detail {

/// From here outwards erfc comes near the smallest numbers, and its asymptotic series is exact.
inline constexpr double far_tail = -30.0;

/// log P(z < b) for b < 0.
inline double log_normal_tail(double b) {
    if (b > far_tail) return std::log(0.5 * std::erfc(-b / std::numbers::sqrt2));
    const double u = 1.0 / (b * b);
    const double series =
        -u * (1.0 - u * (3.0 - u * (15.0 - u * (105.0 - u * (945.0 - u * 10395.0)))));
    return -0.5 * b * b - std::log(-b) - 0.5 * std::log(2.0 * std::numbers::pi) +
           std::log1p(series);
}

/// log P(z < b).
inline double log_normal_cdf(double b) {
    return b < 0 ? log_normal_tail(b) : std::log1p(-0.5 * std::erfc(b / std::numbers::sqrt2));
}

/// log P(a < z < b), a < b.
inline double log_normal_interval(double a, double b) {
    if (a + b > 0) return log_normal_interval(-b, -a);  // in the lower tail differences are exact
    const auto tail = [](double z) { return 0.5 * std::erfc(-z / std::numbers::sqrt2); };
    if (b > 0 && tail(a) + tail(-b) < 0.5) return std::log1p(-(tail(a) + tail(-b)));
    if (b > far_tail) return std::log(tail(b) - tail(a));
    const double log_b = log_normal_tail(b);
    return log_b + std::log1p(-std::exp(log_normal_tail(a) - log_b));
}

/// KL(N(m, v) || N(m', v')) in nats, by the squared difference of the means.
inline double normal_divergence(double squared_difference, double variance, double other) {
    const double excess = (variance - other) / other;
    return 0.5 * (excess - std::log1p(excess) + squared_difference / other);
}

}  // namespace fokker::detail
