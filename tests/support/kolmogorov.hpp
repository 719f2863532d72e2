/// Kolmogorov and Smirnov's test, and the distributions that it is made against.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <vector>

namespace fokker_test {

/// sqrt(n) times the largest distance of the numbers' distribution from this one: above 1.95 in one
/// of a thousand cases.
inline double kolmogorov(std::vector<double> numbers, const auto& distribution) {
    std::sort(numbers.begin(), numbers.end());
    const auto n = static_cast<double>(numbers.size());
    double most = 0.0;
    for (std::size_t i = 0; i < numbers.size(); ++i) {
        const double p = distribution(numbers[i]), below = static_cast<double>(i) / n;
        most = std::max({most, p - below, below + 1 / n - p});
    }
    return std::sqrt(n) * most;
}

/// The distribution function of Beta(a, b): a continued fraction, as in DLMF 8.17.22.
inline double beta_distribution(double x, double a, double b) {
    if (x <= 0) return 0.0;
    if (x >= 1) return 1.0;
    if (x > (a + 1) / (a + b + 2)) return 1.0 - beta_distribution(1 - x, b, a);
    const double front = std::exp(std::lgamma(a + b) - std::lgamma(a) - std::lgamma(b) +
                                  a * std::log(x) + b * std::log1p(-x)) /
                         a;
    // From the inside out.
    double fraction = 1.0;
    for (int m = 2000; m >= 1; --m) {
        const double even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m)),
                     odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1));
        fraction = 1.0 + even / (1.0 + odd / fraction);
    }
    const double first = -(a + b) * x / (a + 1);
    return front / (1.0 + first / fraction);
}

}  // namespace fokker_test
