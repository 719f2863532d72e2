/// The quantile of magnitudes, by sorting.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <vector>

namespace fokker_test {

/// What the selection of kernel/threshold.hpp must give.
inline double sorted_quantile(std::vector<double> values, double quantile) {
    for (double& value : values) value = std::abs(value);
    std::sort(values.begin(), values.end());
    const double rank = quantile * static_cast<double>(values.size() - 1);
    const auto below = static_cast<std::size_t>(std::floor(rank));
    const auto above = std::min(below + 1, values.size() - 1);
    return values[below] + (rank - std::floor(rank)) * (values[above] - values[below]);
}

}  // namespace fokker_test
