/// Quantiles of the Beta distribution: the regularised incomplete beta function and its inverse.
#pragma once

#include <algorithm>
#include <cmath>

#include <fokker/error.hpp>
#include <fokker/finite.hpp>
#include <fokker/target.hpp>

namespace fokker::inline FOKKER_TARGET::detail {

/// I_x(a, b) by its continued fraction (Abramowitz & Stegun 1964, 26.5.8), evaluated by the method
/// of Lentz. Converges fast for x < (a + 1) / (a + b + 2).
inline double incomplete_beta_fraction(double x, double a, double b) {
    constexpr double tiny = 1e-300;
    const auto away_from_zero = [](double value) { return std::abs(value) < tiny ? tiny : value; };
    double c = 1.0, d = 1.0 / away_from_zero(1.0 - (a + b) * x / (a + 1.0)), value = d;
    for (int m = 1; m <= 1000; ++m) {
        const double even = m * (b - m) * x / ((a + 2.0 * m - 1.0) * (a + 2.0 * m));
        const double odd = -(a + m) * (a + b + m) * x / ((a + 2.0 * m) * (a + 2.0 * m + 1.0));
        double change = 1.0;
        for (const double term : {even, odd}) {
            d = 1.0 / away_from_zero(1.0 + term * d);
            c = away_from_zero(1.0 + term / c);
            change = c * d;
            value *= change;
        }
        if (std::abs(change - 1.0) < 1e-16) break;
    }
    return value;
}

inline double log_beta(double a, double b) {
    // std::lgamma would write to a global variable.
    return std::log(std::tgamma(a)) + std::log(std::tgamma(b)) - std::log(std::tgamma(a + b));
}

/// The probability that a Beta(a, b) variable is at most x, where `rest` = 1 - x.
inline double incomplete_beta(double x, double rest, double a, double b) {
    if (x <= 0) return 0.0;
    if (rest <= 0) return 1.0;
    const double front = std::exp(a * std::log(x) + b * std::log(rest) - log_beta(a, b));
    if (x < (a + 1.0) / (a + b + 2.0)) return front * incomplete_beta_fraction(x, a, b) / a;
    return 1.0 - front * incomplete_beta_fraction(rest, b, a) / b;
}

/// The quantile x of a probability p <= I_{1/2}(a, b), hence x <= 1/2, by Newton's method for log I
/// as a function of log x, which is almost a straight line there, kept in a shrinking bracket.
inline double lower_beta_quantile(double p, double a, double b) {
    const double goal = std::log(p), norm = log_beta(a, b);
    double low = -1e4, high = std::log(0.5);
    double u = std::clamp((goal + std::log(a) + norm) / a, -700.0, high);
    for (int i = 0; i < 200; ++i) {
        const double x = std::exp(u), value = incomplete_beta(x, 1.0 - x, a, b);
        const double error = std::log(value) - goal;
        (error > 0 ? high : low) = u;
        const double slope = std::exp(a * u + (b - 1.0) * std::log1p(-x) - norm) / value;
        double next = u - error / slope;
        if (!(next > low && next < high)) next = (std::max)(0.5 * (low + high), -700.0);
        if (std::abs(next - u) <= 4e-16 * (std::max)(1.0, std::abs(u))) return std::exp(next);
        u = next;
    }
    return std::exp(u);
}

/// The x in [0, 1] that a Beta(a, b) variable exceeds with probability 1 - p. Throws fokker::error
/// on p outside of [0, 1] and on a or b outside of (0, 50].
inline double inverse_incomplete_beta(double p, double a, double b) {
    require(a > 0 && a <= 50 && is_finite(a), "alpha of the Beta distribution is ", a,
            "; it must lie in (0, 50]");
    require(b > 0 && b <= 50 && is_finite(b), "beta of the Beta distribution is ", b,
            "; it must lie in (0, 50]");
    require(p >= 0 && p <= 1, "p is ", p, "; a probability lies in [0, 1]");
    if (p == 0 || p == 1 || (a == b && p == 0.5)) return p;
    if (p <= incomplete_beta(0.5, 0.5, a, b)) return lower_beta_quantile(p, a, b);
    return 1.0 - lower_beta_quantile(1.0 - p, b, a);
}

}  // namespace fokker::detail
