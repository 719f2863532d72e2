/// Evenly spaced numbers as other programs have them.
#pragma once

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

}  // namespace fokker::detail
