/// Evenly spaced numbers as other programs have them, and levels of noise that are even in
/// something.
#pragma once

#include <cmath>
#include <cstddef>
#include <vector>

#include <fokker/target.hpp>

namespace fokker::inline FOKKER_TARGET::detail {

/// n numbers evenly spaced from first to last, both included where there are two or more, with the
/// roundings of numpy.linspace: labels that are cut to integers depend on them. (The grids of
/// path/grids count from the other end.)
inline std::vector<double> evenly_spaced(double first, double last, int n) {
    std::vector<double> all(static_cast<std::size_t>(n), first);
    const double step = (last - first) / (n - 1);
    for (int i = 1; i < n; ++i) all[static_cast<std::size_t>(i)] = i * step + first;
    if (n > 1) all.back() = last;
    return all;
}

/// n levels from the first to the last, even in of(level), whose inverse is `back`.
inline std::vector<double> evenly_spaced_in(double first, double last, int n, const auto& of,
                                            const auto& back) {
    std::vector<double> all = evenly_spaced(of(first), of(last), n);
    for (double& level : all) level = back(level);
    return all;
}

/// Karras et al. 2022, eq. 5.
inline std::vector<double> karras_levels(double first, double last, int n, double rho = 7.0) {
    return evenly_spaced_in(
        first, last, n, [=](double sigma) { return std::pow(sigma, 1 / rho); },
        [=](double root) { return std::pow(root, rho); });
}

inline std::vector<double> exponential_levels(double first, double last, int n) {
    return evenly_spaced_in(
        first, last, n, [](double sigma) { return std::log(sigma); },
        [](double logarithm) { return std::exp(logarithm); });
}

}  // namespace fokker::detail
