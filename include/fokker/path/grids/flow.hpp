/// Grids of rectified flows, as the networks that diffusers runs expect them.
#pragma once

#include <cmath>
#include <utility>
#include <vector>

#include <fokker/error.hpp>
#include <fokker/finite.hpp>
#include <fokker/path/continuous/flow.hpp>
#include <fokker/path/grid.hpp>
#include <fokker/path/grids/inverse_beta.hpp>
#include <fokker/path/grids/layout.hpp>
#include <fokker/target.hpp>

namespace fokker::inline FOKKER_TARGET {

/// How the sigmas of a flow are spaced between their ends: by evenly spaced times that are shifted,
/// or anew by the formula of that name, in sigma.
enum class flow_spacing { shifted, karras, exponential, beta };

/// `once`: a time is shifted once. `diffusers_twice`: the last time is shifted beforehand, too, as
/// FlowMatchEulerDiscreteScheduler does with a fixed shift and no sigmas given.
enum class flow_shifting { once, diffusers_twice };

/// Options of `flow`.
struct flow_options {
    double shift = 1.0;  ///< 3 for Stable Diffusion 3; `dynamic_shift` for Flux
    /// The last noisy time before it is shifted; 0: 1 / steps, as in the pipelines of Flux.
    double time_min = 0.0;
    double sigma_min = 0.0;  ///< the sigma itself of the last noisy knot, by stretching; 0: none
    flow_spacing spacing = flow_spacing::shifted;
    flow_shifting shifting = flow_shifting::once;
    flow_label label = flow_label::sigma;
    double label_scale = 1.0;  ///< 1000 for networks of diffusers
    grid_end end = grid_end::clean;
};

namespace detail {

/// Sigmas anew between the same ends, by the formulas that other paths have in sigma / alpha.
inline void respace(std::vector<double>& sigmas, flow_spacing spacing) {
    const double high = sigmas.front(), low = sigmas.back();
    auto points = even_points(1.0, 0.0, static_cast<int>(sigmas.size()));
    const double rho = 7.0, root_high = std::pow(high, 1 / rho), root_low = std::pow(low, 1 / rho);
    for (std::size_t i = 0; i < sigmas.size(); ++i) {
        const double u = points[i];
        if (spacing == flow_spacing::karras)
            sigmas[i] = std::pow(root_low + u * (root_high - root_low), rho);
        if (spacing == flow_spacing::exponential)
            sigmas[i] = std::exp(std::log(low) + u * (std::log(high) - std::log(low)));
        if (spacing == flow_spacing::beta)
            sigmas[i] = low + inverse_incomplete_beta(u, 0.6, 0.6) * (high - low);
    }
    sigmas.front() = high;
    sigmas.back() = low;
}

}  // namespace detail

/// A walk of `shifted_flow_path` from pure noise: times spaced evenly from 1 to time_min, shifted
/// (Esser et al. 2024), stretched and spaced anew if so wished. The grid's path is that flow. With
/// grid_end::least_noise it ends at time_min, `steps` steps after the first knot. Throws
/// fokker::error on wrong options, each named.
inline grid flow(int steps, flow_options options = {}) {
    using detail::require;
    detail::require_steps(steps);
    const bool clean = options.end == grid_end::clean;
    require(options.time_min >= 0 && options.time_min < 1, "time_min is ", options.time_min,
            "; it must lie in [0, 1)");
    const double first = options.time_min != 0 ? options.time_min : clean ? 1.0 / steps : 1e-3;
    shifted_flow_path path{.shift = options.shift,
                           .time_min = steps > 1 || !clean ? first : 0.0,
                           .label = options.label,
                           .label_scale = options.label_scale};
    if (options.shifting == flow_shifting::diffusers_twice)
        path.time_min = path.at(path.time_min).sigma;
    require(options.sigma_min == 0 || steps > 1 || !clean, "sigma_min is ", options.sigma_min,
            "; a walk of one step begins at sigma = 1 and has no other noisy knot to put there");
    path.sigma_min = options.sigma_min;

    const auto times = detail::evenly(1.0, path.time_min, steps, options.end);
    if (options.spacing == flow_spacing::shifted || times.size() == 1)
        return detail::grid_at(path, times, options.end);
    std::vector<double> sigmas;
    for (const double t : times) sigmas.push_back(path.at(t).sigma);
    detail::respace(sigmas, options.spacing);
    std::vector<knot> knots;
    for (const double sigma : sigmas) knots.push_back(path.at_sigma(sigma));
    if (clean) knots.push_back(path.clean());
    return grid(std::move(knots), path);
}

}  // namespace fokker
