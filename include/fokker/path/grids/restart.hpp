/// Restart sampling: Xu et al. 2023 (Restart Sampling for Improving Generative Processes).
#pragma once

#include <cmath>
#include <cstddef>
#include <utility>
#include <vector>

#include <fokker/error.hpp>
#include <fokker/finite.hpp>
#include <fokker/path/grid.hpp>
#include <fokker/path/grids/jumps.hpp>
#include <fokker/path/grids/layout.hpp>
#include <fokker/path/knot.hpp>
#include <fokker/path/knot_order.hpp>
#include <fokker/target.hpp>

namespace fokker::inline FOKKER_TARGET {

/// An interval of `restarted`. Both ends are noise-to-signal ratios, sigma / alpha.
struct restart_options {
    double sigma_min = 0.0;  ///< where the walk turns back: the knot of the grid nearest to it
    double sigma_max = 0.0;  ///< up to where it jumps
    int times = 1;           ///< how often: K
    int steps = 0;           ///< down to sigma_min again; at least 1
    double rho = 7.0;        ///< of their spacing, which is that of `karras`
};

namespace detail {

inline void check_restart(const restart_options& interval) {
    require(is_finite(interval.sigma_min) && interval.sigma_min > 0, "sigma_min of a restart is ",
            interval.sigma_min, "; it must be positive and finite");
    require(interval.times >= 0, "times is ", interval.times, "; it must not be negative");
    require(interval.steps >= 1, "steps is ", interval.steps,
            "; say in how many steps a restart walks from sigma_max to sigma_min");
    require_few_enough("steps of a restart", static_cast<std::size_t>(interval.steps));
    require(is_finite(interval.rho) && interval.rho > 0, "rho is ", interval.rho,
            "; it must be positive");
}

/// The knot at which a restart begins: that of the nearest sigma among those with noise, but for
/// the first.
inline std::size_t restart_knot(const grid& walk, double sigma_min) {
    const auto away = [&](std::size_t i) {
        return std::abs(walk[i].noise_to_signal() - sigma_min);
    };
    require(walk[1].sigma > 0,
            "the grid has no knot with noise but its first, so that a restart has nowhere to "
            "begin; take a grid of more steps");
    std::size_t nearest = 1;
    for (std::size_t i = 2; i < walk.size(); ++i)
        if (walk[i].sigma > 0 && away(i) < away(nearest)) nearest = i;
    return nearest;
}

/// The knots from sigma_max down to before `turn`, on a walk that begins at `first`.
inline std::vector<knot> restart_knots(const grid& walk, const knot& turn,
                                       const restart_options& interval) {
    const knot& first = walk.front();
    const double low = turn.noise_to_signal(), high = interval.sigma_max;
    require(is_finite(high) && high > low && high * first.alpha <= first.sigma * (1.0 + 1e-6),
            "sigma_max of a restart is ", high,
            "; it must lie above the knot at which the "
            "restart begins, at ",
            low, ", and not above the grid's first, at ", first.noise_to_signal());
    const double root = 1.0 / interval.rho;
    auto sigmas = even_points(std::pow(high, root), std::pow(low, root), interval.steps + 1);
    sigmas.pop_back();
    std::vector<knot> knots;
    for (const double each : sigmas) {
        const double sigma = knots.empty() ? high : std::pow(each, interval.rho);
        knots.push_back(walk.knot_at(-std::log(sigma)));
    }
    // Rounding does not lead to before the beginning.
    if (!is_closer(knots.front(), first)) knots.front() = first;
    return knots;
}

}  // namespace detail

/// The grid with restarts: when the walk reaches an interval's sigma_min, it jumps to sigma_max and
/// walks down again in `steps` steps, spaced as `karras` spaces them, `times` times. The noise of a
/// jump contracts the errors made so far, and between jumps the walk may be that of an ODE. Xu et
/// al. 2023, Algorithm 1. As in the authors' code sigma_min is moved to the nearest knot of the
/// grid, here to one with noise (and they count points: their N_restart is steps + 1). Throws
/// fokker::error on bad options, on intervals that begin at the same knot, on a grid that was made
/// by hand without a path, and on one that is reversed or has jumps.
inline grid restarted(const grid& walk, const std::vector<restart_options>& intervals) {
    detail::require_plain_grid(walk);
    walk.require_path();
    std::vector<const restart_options*> begins(walk.size());  // at each knot, or null
    double steps = walk.steps();
    for (const restart_options& each : intervals) {
        detail::check_restart(each);
        const std::size_t at = detail::restart_knot(walk, each.sigma_min);
        if (begins[at])
            detail::refuse("two restarts, of sigma_min = ", begins[at]->sigma_min, " and ",
                           each.sigma_min, ", begin at the same knot of the grid, at ",
                           walk[at].noise_to_signal(), "; take a finer grid, or one of them");
        begins[at] = &each;
        steps += each.times * (each.steps + 1.0);
    }
    detail::require_walk_of(steps);
    detail::jumping_walk made(walk);
    for (std::size_t i = 1; i < walk.size(); ++i) {
        made.step_to(walk[i]);
        if (!begins[i]) continue;
        const auto knots = detail::restart_knots(walk, walk[i], *begins[i]);
        for (int k = 0; k < begins[i]->times; ++k) {
            made.jump_to(knots.front());
            for (std::size_t j = 1; j < knots.size(); ++j) made.step_to(knots[j]);
            made.step_to(walk[i]);
        }
    }
    return std::move(made).made();
}

/// The same with one interval.
inline grid restarted(const grid& walk, const restart_options& interval) {
    return restarted(walk, std::vector<restart_options>{interval});
}

}  // namespace fokker
