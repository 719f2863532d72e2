/// What solvers that compute with a path's time ask of a grid.
#pragma once

#include <cmath>

#include <fokker/error.hpp>
#include <fokker/path/grid.hpp>
#include <fokker/path/knot.hpp>

namespace fokker::detail {

/// Throws fokker::error unless the labels of the grid are the path's own times.
inline void require_times(const char* solver, const grid& walk) {
    walk.require_path();
    for (const knot& k : walk) {
        if (k.alpha == 0 || k.sigma == 0) continue;
        const auto found = [&]() -> double {
            try {
                return walk.knot_at_time(k.t).noise_to_signal();
            } catch (const error&) {  // the path has no such time
                return -1.0;
            }
        }();
        const double wanted = k.noise_to_signal();
        require(std::abs(found - wanted) <= 1e-6 * wanted, "the knot {t = ", k.t,
                ", alpha = ", k.alpha, ", sigma = ", k.sigma,
                "} is not its path's own at time t, and ", solver,
                " computes with times; make the grid of a path whose label is its time, or use "
                "another solver");
    }
}

}  // namespace fokker::detail
