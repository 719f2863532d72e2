/// What a walk costs in the variational bound, by the moments of its network.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>

#include <fokker/error.hpp>
#include <fokker/finite.hpp>
#include <fokker/forward/reverse_variance.hpp>
#include <fokker/moments/data_variance.hpp>
#include <fokker/moments/moments.hpp>
#include <fokker/path/grid.hpp>
#include <fokker/path/knot.hpp>
#include <fokker/path/transition.hpp>
#include <fokker/target.hpp>

namespace fokker::inline FOKKER_TARGET {

namespace detail {

/// Twice the variational bound of a step in nats per element, less what is the same for all walks
/// between the same knots: log(1 - Gamma (1 - exp(-2 h))) with h the step in lambda (Bao et al.
/// 2022, section 4); and for a variance v, with the optimal one v*, log(v / v*) + v* / v - 1 more.
/// Gamma > 1 counts as 1. A step to sigma = 0 has no such cost.
inline double step_cost(const knot& noisy, const knot& clean, double gamma,
                        const reverse_variance& variance = nullptr) {
    const double known = (std::min)(gamma, 1.0);
    const double h = clean.lambda() - noisy.lambda();
    const double best = std::log1p(known * std::expm1(-2.0 * h));
    if (!variance) return best;
    const posterior q = posterior_between(clean, noisy);
    const double optimal = q.std * q.std + q.data * q.data * data_variance(noisy, known);
    const double v = variance(noisy, clean);
    require(is_finite(v) && v > 0, "the variance of the step from t = ", noisy.t,
            " to t = ", clean.t, " is ", v, "; it must be positive and finite");
    return best + std::log(v / optimal) + optimal / v - 1.0;
}

}  // namespace detail

/// The sum of step_cost over a walk, but for a step to sigma = 0: what grids with the same ends can
/// be compared by. Throws fokker::error on bad moments, or a walk beyond them.
inline double bound_cost(const grid& walk, const moments& gamma,
                         const reverse_variance& variance = nullptr) {
    gamma.check();
    double sum = 0.0;
    for (std::size_t i = 0; i + 1 < walk.size() && walk[i + 1].sigma > 0; ++i) {
        gamma.require_measured(walk[i], "the grid");
        sum += detail::step_cost(walk[i], walk[i + 1], gamma.at(walk[i].lambda()), variance);
    }
    return sum;
}

}  // namespace fokker
