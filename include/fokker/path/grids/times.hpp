/// Grids spaced in time, fractions allowed.
#pragma once

#include <cmath>
#include <vector>

#include <fokker/error.hpp>
#include <fokker/path/grids/layout.hpp>
#include <fokker/path/path.hpp>
#include <fokker/target.hpp>

namespace fokker::inline FOKKER_TARGET {

/// Times spaced evenly over a continuous path. (Over a discrete one they are rounded: see there.)
template <diffusion_path Path>
    requires(!discrete_path<Path>)
grid linspace(const Path& path, int steps, grid_end end = grid_end::clean) {
    return detail::grid_at(path, detail::evenly(path.last_time(), path.first_time(), steps, end),
                           end);
}

/// Times spaced evenly over any path, fractions kept: Lu et al. 2022 (DPM-Solver), "time_uniform".
template <diffusion_path Path>
grid time_uniform(const Path& path, int steps, grid_end end = grid_end::clean) {
    return detail::grid_at(path, detail::evenly(path.last_time(), path.first_time(), steps, end),
                           end);
}

/// Square roots of the times spaced evenly over the whole path, fractions kept: Lu et al. 2022
/// (DPM-Solver), "time_quadratic". A discrete path counts its times from 1 for this.
template <diffusion_path Path>
grid time_quadratic(const Path& path, int steps, grid_end end = grid_end::clean) {
    const double from = discrete_path<Path> ? 1.0 : 0.0;
    auto times = detail::evenly(std::sqrt(path.last_time() + from),
                                std::sqrt(path.first_time() + from), steps, end);
    for (double& t : times) t = t * t - from;
    times.front() = path.last_time();
    if (times.size() > 1) times.back() = path.first_time();
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

/// Times spaced evenly, steps + 1 of them, of which the last gives way to the end of the walk:
/// Podell et al. 2023 (Stable Diffusion XL), "sgm_uniform" in ComfyUI. Fractions are kept.
template <diffusion_path Path>
grid sgm_uniform(const Path& path, int steps, grid_end end = grid_end::clean) {
    auto times = detail::evenly(path.last_time(), path.first_time(), steps, grid_end::least_noise);
    if (end == grid_end::clean) times.pop_back();
    return detail::grid_at(path, times, end);
}

/// These times of the path, noisiest first, and then the end, unless they lead there already: a
/// timetable of your own. To stop at the last time write .until(times.size() - 1). Throws
/// fokker::error on times that the path does not have or that do not fall.
template <diffusion_path Path>
grid from_times(const Path& path, std::vector<double> times, grid_end end = grid_end::clean) {
    detail::require(!times.empty(), "times is empty; give at least one, noisiest first");
    if (end == grid_end::least_noise && times.back() != path.first_time())
        times.push_back(path.first_time());
    if (end == grid_end::clean && times.size() > 1 && path.at(times.back()).sigma == 0)
        times.pop_back();
    return detail::grid_at(path, times, end);
}

}  // namespace fokker
