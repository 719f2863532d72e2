/// Grids that the tests share.
#pragma once

#include <cmath>
#include <utility>
#include <vector>

#include <fokker/path/continuous.hpp>
#include <fokker/path/grid.hpp>

namespace fokker_test {

/// An uneven walk in lambda from -2.5 to 2.5 on any path: neither end is at sigma = 0 or alpha = 0.
template <class Path>
fokker::grid uneven_grid(const Path& path, int steps) {
    std::vector<fokker::knot> knots;
    for (int i = 0; i <= steps; ++i) {
        const double u = static_cast<double>(i) / steps;
        knots.push_back(path.at(path.time(-2.5 + 5.0 * (0.7 * u + 0.3 * u * u))));
    }
    return fokker::grid(std::move(knots), path);
}

}  // namespace fokker_test
