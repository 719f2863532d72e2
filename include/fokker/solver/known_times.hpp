/// What solvers that compute with a path's time ask of a grid.
#pragma once

#include <cmath>

#include <fokker/error.hpp>
#include <fokker/path/grid.hpp>
#include <fokker/path/knot.hpp>
#include <fokker/target.hpp>

namespace fokker::inline FOKKER_TARGET::detail {

/// Throws fokker::error unless the path has a time for each knot between pure noise and clean data.
inline void require_known_times(const char* solver, const grid& walk) {
    walk.require_path();
    for (const knot& k : walk) {
        if (k.alpha == 0 || k.sigma == 0) continue;
        const double found = walk.knot_at(k.lambda()).noise_to_signal(),
                     wanted = k.noise_to_signal();
        require(std::abs(found - wanted) <= 1e-6 * wanted, "the knot {t = ", k.t,
                ", alpha = ", k.alpha, ", sigma = ", k.sigma, "} lies beyond the grid's path, and ",
                solver,
                " computes with the path's times; make the grid of knots of the path, or use "
                "another solver");
    }
}

}  // namespace fokker::detail
