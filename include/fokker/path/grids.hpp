/// Functions that lay a grid over a path. Each gives `steps` knots from noise on, and then the end
/// of the walk: the clean data (sigma = 0, the default), or nothing further than the path's least
/// noise. Either way the walk has `steps` steps.
#pragma once

#include <cmath>
#include <cstddef>
#include <utility>
#include <vector>

#include <fokker/error.hpp>
#include <fokker/finite.hpp>
#include <fokker/path/discrete_schedule.hpp>
#include <fokker/path/grid.hpp>
#include <fokker/path/knot.hpp>
#include <fokker/path/path.hpp>

namespace fokker {

/// Where a walk ends. `clean`: a last step to sigma = 0, which returns the data prediction.
/// `least_noise`: at the least noise that the network was trained on.
enum class grid_end { clean, least_noise };

namespace detail {

inline void require_steps(int steps) {
    require(steps >= 1, "steps is ", steps, "; a grid has at least one step");
}

/// The path's knots at these times, noise first, then the clean end if it is wanted.
template <diffusion_path Path>
grid grid_at(const Path& path, const std::vector<double>& times, grid_end end) {
    // A clean end is there already: what a knot is by default. Its label is never handed to a
    // network; -1 and 0 are where the paths put it.
    std::vector<knot> knots(times.size() + (end == grid_end::clean ? 1 : 0));
    for (std::size_t i = 0; i < times.size(); ++i) knots[i] = path.at(times[i]);
    if (discrete_path<Path> && end == grid_end::clean) knots.back().t = -1.0;
    return grid(std::move(knots), path);
}

/// Points spaced evenly from `noise` to `data`, `steps` of them before a clean end, one more
/// without.
inline std::vector<double> evenly(double noise, double data, int steps, grid_end end) {
    require_steps(steps);
    return linspace(noise, data, end == grid_end::clean ? steps : steps + 1);
}

inline void require_no_more_than_trained(int steps, int trained) {
    require_steps(steps);
    require(steps <= trained, "steps is ", steps, ", more than the ", trained,
            " training steps of the schedule; ask for at most that many");
}

}  // namespace detail

/// Every (T / steps)-th training time, counted from the noisy end T - 1: Lin et al. 2024. The right
/// choice for few steps.
inline grid trailing(const discrete_schedule& schedule, int steps) {
    detail::require_no_more_than_trained(steps, schedule.steps());
    std::vector<double> times(static_cast<std::size_t>(steps));
    const double stride = static_cast<double>(schedule.steps()) / steps;
    int i = 0;
    for (double& t : times) t = std::nearbyint(schedule.steps() - i++ * stride) - 1.0;
    return detail::grid_at(schedule, times, grid_end::clean);
}

/// Every (T / steps)-th training time, counted from `offset` at the data end: Ho et al. 2020, Song
/// et al. 2021 (DDIM). Starts below T - 1 unless steps = T. `offset` is 1 for Stable Diffusion 1.
inline grid leading(const discrete_schedule& schedule, int steps, int offset = 0) {
    detail::require_no_more_than_trained(steps, schedule.steps());
    const int stride = schedule.steps() / steps;
    detail::require(offset >= 0 && (steps - 1) * stride + offset < schedule.steps(), "offset is ",
                    offset, "; the largest time would be ", (steps - 1) * stride + offset,
                    ", and the schedule ends at ", schedule.steps() - 1);
    std::vector<double> times(static_cast<std::size_t>(steps));
    int i = steps;
    for (double& t : times) t = double(--i) * stride + offset;
    return detail::grid_at(schedule, times, grid_end::clean);
}

/// Times spaced evenly over the path, rounded to training times where there are such.
template <diffusion_path Path>
grid linspace(const Path& path, int steps, grid_end end = grid_end::clean) {
    auto times = detail::evenly(path.last_time(), path.first_time(), steps, end);
    if constexpr (discrete_path<Path>) {
        detail::require_no_more_than_trained(static_cast<int>(times.size()), path.steps());
        for (double& t : times) t = std::nearbyint(t);
    }
    return detail::grid_at(path, times, end);
}

/// Square roots of the times spaced evenly, from `span` of the path's last time down: Song et al.
/// 2021 (DDIM, D.3) with span = 0.8. Times may be fractions.
template <diffusion_path Path>
grid quadratic(const Path& path, int steps, grid_end end = grid_end::clean, double span = 0.8) {
    detail::require(span > 0 && span <= 1, "span is ", span, "; it must lie in (0, 1]");
    auto roots = detail::evenly(std::sqrt(span * path.last_time()), std::sqrt(path.first_time()),
                                steps, end);
    for (double& root : roots) root *= root;
    if (roots.size() > 1) roots.back() = path.first_time();
    return detail::grid_at(path, roots, end);
}

/// Options of `karras`; a sigma of 0 stands for the path's own.
struct karras_options {
    double rho = 7.0;
    double sigma_min = 0.0;  ///< sigma / alpha at the last noisy knot
    double sigma_max = 0.0;  ///< sigma / alpha at the first knot
    grid_end end = grid_end::clean;
};

/// (sigma / alpha)^(1 / rho) spaced evenly: Karras et al. 2022, eq. 5. Needs alpha > 0, so a flow
/// starts at its sigma_max option. Throws fokker::error on a range that is empty or infinite.
template <diffusion_path Path>
grid karras(const Path& path, int steps, karras_options options = {}) {
    const auto or_path = [&](double sigma, double t) {
        return sigma == 0.0 ? path.at(t).noise_to_signal() : sigma;
    };
    const double low = or_path(options.sigma_min, path.first_time());
    const double high = or_path(options.sigma_max, path.last_time());
    detail::require(options.rho > 0, "rho is ", options.rho, "; it must be positive");
    detail::require(low > 0 && high > low && detail::is_finite(high), "sigma goes from ", high,
                    " to ", low,
                    "; give sigma_min and sigma_max, both finite, 0 < sigma_min < sigma_max");
    auto roots = detail::evenly(std::pow(high, 1.0 / options.rho), std::pow(low, 1.0 / options.rho),
                                steps, options.end);
    for (double& root : roots) root = path.time(-options.rho * std::log(root));
    const auto reaches = [&](const char* name, double sigma, double t) {
        const double reached = path.at(t).noise_to_signal();
        detail::require(std::abs(reached - sigma) <= 1e-6 * sigma, name, " is ", sigma,
                        ", and the path goes only to ", reached);
    };
    reaches("sigma_max", high, roots.front());
    if (roots.size() > 1) reaches("sigma_min", low, roots.back());
    // The path's own ends are trained times, to the last bit.
    if (options.sigma_max == 0.0) roots.front() = path.last_time();
    if (options.sigma_min == 0.0 && roots.size() > 1) roots.back() = path.first_time();
    return detail::grid_at(path, roots, options.end);
}

/// lambda spaced evenly: Lu et al. 2022 (DPM-Solver, 3.4). Needs alpha > 0 at the noisy end.
template <diffusion_path Path>
grid uniform_lambda(const Path& path, int steps, grid_end end = grid_end::clean) {
    const double noise = path.at(path.last_time()).lambda();
    const double data = path.at(path.first_time()).lambda();
    detail::require(detail::is_finite(noise) && detail::is_finite(data), "lambda goes from ", noise,
                    " to ", data,
                    "; a grid uniform in lambda needs alpha > 0 and sigma > 0 at both ends");
    auto times = detail::evenly(noise, data, steps, end);
    for (double& value : times) value = path.time(value);
    times.front() = path.last_time();  // exact, as a label must not lie beyond the trained times
    if (times.size() > 1) times.back() = path.first_time();
    return detail::grid_at(path, times, end);
}

}  // namespace fokker
