/// The programs' sigmas, which they keep with alpha = 1, and the knots of a path for them.
#pragma once

#include <algorithm>
#include <cmath>
#include <concepts>
#include <cstddef>
#include <string_view>
#include <utility>
#include <vector>

#include <fokker/adapt/by_name/names.hpp>
#include <fokker/adapt/evenly_spaced.hpp>
#include <fokker/error.hpp>
#include <fokker/finite.hpp>
#include <fokker/path/continuous/flow.hpp>
#include <fokker/path/continuous/ve.hpp>
#include <fokker/path/grid.hpp>
#include <fokker/path/grids/layout.hpp>
#include <fokker/path/knot.hpp>
#include <fokker/path/path.hpp>
#include <fokker/target.hpp>

namespace fokker::inline FOKKER_TARGET::by_name {

/// Sigmas of a program, noisiest first: sigma / alpha, or the flow's own sigma.
using sigmas = std::vector<double>;

/// The paths on which these programs have models: a table of training times, a rectified flow, and
/// EDM's.
template <class Path>
concept model_path =
    discrete_path<Path> || std::same_as<Path, shifted_flow_path> || std::same_as<Path, edm_path>;

namespace detail {

template <class Path>
constexpr bool is_flow = std::same_as<Path, shifted_flow_path>;

/// The knot of the path with this sigma. A table that does not reach it gives the label of its end,
/// as the programs do. Throws fokker::error where the path has no such knot.
template <diffusion_path Path>
knot knot_of_sigma(const Path& path, double sigma) {
    if (sigma == 0) return {discrete_path<Path> ? -1.0 : 0.0, 1.0, 0.0};
    if constexpr (is_flow<Path>) {
        return path.at_sigma(sigma);
    } else if constexpr (std::same_as<Path, edm_path>) {
        return path.at(sigma);
    } else if constexpr (discrete_path<Path>) {
        double time = path.time(-std::log(sigma));
        // A training time to the last bit, where it is one.
        if (std::abs(time - std::nearbyint(time)) < 1e-9) time = std::nearbyint(time);
        knot k = path.at(std::clamp(time, path.first_time(), path.last_time()));
        if (std::abs(k.noise_to_signal() - sigma) > 1e-9 * sigma)
            k = {k.t, 1.0 / std::hypot(1.0, sigma), sigma / std::hypot(1.0, sigma)};
        return k;
    } else {
        return path.at(path.time(-std::log(sigma)));
    }
}

inline void require_steps(int steps) {
    require(steps >= 1, "steps is ", steps, "; a walk has at least one step");
    fokker::detail::require_few_enough("steps", static_cast<std::size_t>(steps));
}

/// These levels with their ends exactly, and then 0.
inline sigmas to_zero(sigmas levels, double high, double low) {
    levels.front() = high;
    if (levels.size() > 1) levels.back() = low;
    levels.push_back(0.0);
    return levels;
}
inline sigmas karras_sigmas(int steps, double high, double low, double rho = 7.0) {
    return to_zero(fokker::detail::karras_levels(high, low, steps, rho), high, low);
}
inline sigmas exponential_sigmas(int steps, double high, double low) {
    return to_zero(fokker::detail::exponential_levels(high, low, steps), high, low);
}
inline sigmas kl_optimal_sigmas(int steps, double high, double low) {
    return to_zero(fokker::detail::evenly_spaced_in(
                       high, low, steps, [](double sigma) { return std::atan(sigma); },
                       [](double angle) { return std::tan(angle); }),
                   high, low);
}

/// Even in ln sigma, for DPM-Solver-fast with so many calls: it stops at the low end.
inline sigmas for_calls(int calls, double high, double low) {
    sigmas result = exponential_sigmas(calls / 3 + 2, high, low);
    result.pop_back();
    return result;
}

/// Without the last noisy sigma, where the sampler leaves it out.
inline sigmas discarded(const sampler_name& sampler, sigmas all) {
    if (sampler.along == walks::without_last || sampler.along == walks::without_last_to_0001)
        all.erase(all.end() - 2);
    return all;
}

/// What the sampler makes of the sigmas that it is handed, for so many calls.
inline sigmas along(const sampler_name& sampler, sigmas all, int calls) {
    if (sampler.along == walks::without_last_to_0001 && all.back() == 0) all.back() = 0.001;
    if (sampler.along == walks::ends || sampler.along == walks::for_so_many_calls) {
        const double high = all.front(), low = all.back() > 0 ? all.back() : all[all.size() - 2];
        require(high > low, "the sampler '", sampler.name,
                "' goes from the first sigma to the last above 0, which here are one, ", high,
                "; ask for more steps");
        if (sampler.along == walks::ends) return {high, low};
        return for_calls(calls, high, low);
    }
    return all;
}

/// How many steps the scheduler is asked for.
inline int asked_for(const sampler_name& sampler, int steps) {
    const bool one_more =
        sampler.along == walks::without_last || sampler.along == walks::without_last_to_0001;
    return one_more ? steps + 1 : steps;
}

/// The walk of the sampler along these sigmas. Throws fokker::error where two knots have one sigma.
template <diffusion_path Path>
grid grid_of(const Path& path, const sigmas& all, const sampler_name& sampler,
             std::string_view scheduler) {
    require(all.size() >= 2, "the scheduler '", scheduler, "' leaves no step");
    std::vector<knot> knots;
    for (std::size_t i = 0; i < all.size(); ++i) {
        require(fokker::detail::is_finite(all[i]), "the scheduler '", scheduler, "' has sigmas[", i,
                "] = ", all[i], " here; the path must have finite sigma / alpha at its ends");
        require(i == 0 || all[i] < all[i - 1], "the scheduler '", scheduler,
                "' lays two knots at sigma = ", all[i],
                " with so many steps, of which one would do nothing; ask for fewer");
        knots.push_back(knot_of_sigma(path, all[i]));
    }
    // Where noise is left the programs return the state with alpha = 1. (An adaptive solver knows
    // the path's knots alone.)
    if (!is_flow<Path> && all.back() > 0 && sampler.along != walks::ends)
        knots.back() = {knots.back().t, 1.0, all.back()};
    return grid(std::move(knots), path);
}

}  // namespace detail

}  // namespace fokker::by_name
