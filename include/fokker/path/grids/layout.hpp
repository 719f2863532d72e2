/// What the functions that lay a grid over a path share: how points are spaced, and how a grid
/// ends.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <utility>
#include <vector>

#include <fokker/error.hpp>
#include <fokker/finite.hpp>
#include <fokker/path/grid.hpp>
#include <fokker/path/knot.hpp>
#include <fokker/path/knot_order.hpp>
#include <fokker/path/path.hpp>
#include <fokker/target.hpp>

namespace fokker::inline FOKKER_TARGET {

/// Where a walk ends. `clean`: a last step to sigma = 0, which returns the data prediction.
/// `least_noise`: at the least noise that the network was trained on.
enum class grid_end { clean, least_noise };

namespace detail {

inline void require_steps(int steps) {
    require(steps >= 1, "steps is ", steps, "; a grid has at least one step");
    require_few_enough("steps", static_cast<std::size_t>(steps));
}

/// The path's knots at these times, noise first, then the clean end if it is wanted.
template <diffusion_path Path>
grid grid_at(const Path& path, const std::vector<double>& times, grid_end end) {
    // A clean end is there already: what a knot is by default. Its label is handed to flow maps
    // alone; -1 and 0 are where the paths put it, unless they say otherwise.
    std::vector<knot> knots(times.size() + (end == grid_end::clean ? 1 : 0));
    for (std::size_t i = 0; i < times.size(); ++i) knots[i] = path.at(times[i]);
    if (end == grid_end::clean) {
        if constexpr (has_clean_end<Path>)
            knots.back() = path.clean();
        else if constexpr (discrete_path<Path>)
            knots.back().t = -1.0;
    }
    return grid(std::move(knots), path);
}

/// Points spaced evenly from `noise` to `data`, both to the last bit; counted from the data end as
/// the originals do, so that the halves fall on the same side when they are rounded.
inline std::vector<double> even_points(double noise, double data, int count) {
    std::vector<double> points(static_cast<std::size_t>(count));
    const double stride = count > 1 ? (noise - data) / (count - 1) : 0.0;
    int below = count;
    for (double& point : points) point = data + --below * stride;
    points.front() = noise;
    return points;
}

/// Points spaced evenly from `noise` to `data`, `steps` of them before a clean end, one more
/// without.
inline std::vector<double> evenly(double noise, double data, int steps, grid_end end) {
    require_steps(steps);
    return even_points(noise, data, end == grid_end::clean ? steps : steps + 1);
}

/// The first and last noisy sigma / alpha of a grid, and whether they are the path's own.
struct sigma_range {
    double high, low;
    bool own_high, own_low;
};

/// A sigma of 0 stands for the path's own. Throws fokker::error on a range that is empty or
/// infinite.
template <diffusion_path Path>
sigma_range range_of(const Path& path, double sigma_min, double sigma_max) {
    sigma_range range{sigma_max, sigma_min, sigma_max == 0.0, sigma_min == 0.0};
    if (range.own_low) range.low = path.at(path.first_time()).noise_to_signal();
    if (range.own_high) range.high = path.at(path.last_time()).noise_to_signal();
    require(range.low > 0 && range.high > range.low && is_finite(range.high), "sigma goes from ",
            range.high, " to ", range.low,
            "; give sigma_min and sigma_max, both finite, 0 < sigma_min < sigma_max");
    return range;
}

/// Throws fokker::error if the path has no knot with this sigma / alpha, to within `slack` of it. A
/// discrete path ends at its first training time: no network knows a label below.
template <diffusion_path Path>
void require_reached(const Path& path, const char* name, double sigma, double time,
                     double slack = 1e-6) {
    const double known = discrete_path<Path> ? (std::max)(time, path.first_time()) : time;
    const double reached = path.at(known).noise_to_signal();
    require(std::abs(reached - sigma) <= slack * sigma, name, " is ", sigma,
            ", and the path goes only to ", reached);
}

/// The grid of these falling sigma / alpha, of which none is 0; the last is the range's low end
/// unless `has_last` is false.
template <diffusion_path Path>
grid grid_of_range(const Path& path, const std::vector<double>& sigmas, const sigma_range& range,
                   grid_end end, bool has_last = true) {
    std::vector<double> times;
    for (const double sigma : sigmas) times.push_back(path.time(-std::log(sigma)));
    const bool has_low = has_last && sigmas.size() > 1;
    detail::require_reached(path, "sigma_max", sigmas.front(), times.front());
    if (has_low) detail::require_reached(path, "sigma_min", sigmas.back(), times.back());
    // The path's own ends are trained times, to the last bit.
    if (range.own_high) times.front() = path.last_time();
    if (range.own_low && has_low) times.back() = path.first_time();
    return detail::grid_at(path, times, end);
}

}  // namespace detail
}  // namespace fokker
