/// Grids at the quantiles of a Beta distribution.
#pragma once

#include <cmath>
#include <vector>

#include <fokker/error.hpp>
#include <fokker/path/grids/inverse_beta.hpp>
#include <fokker/path/grids/layout.hpp>
#include <fokker/path/path.hpp>
#include <fokker/target.hpp>

namespace fokker::inline FOKKER_TARGET {

/// What the quantiles are of: the time (Lee et al. 2024; ComfyUI, stable-diffusion.cpp), or
/// sigma / alpha (diffusers, stable-diffusion-webui).
enum class beta_of { time, sigma };

/// Options of `beta`; a sigma of 0 stands for the path's own.
struct beta_options {
    double alpha = 0.6;
    double beta = 0.6;
    beta_of of = beta_of::time;
    double sigma_min = 0.0;  ///< sigma / alpha at the last noisy knot
    double sigma_max = 0.0;  ///< sigma / alpha at the first knot
    grid_end end = grid_end::clean;
    /// Before a clean end: whether the last noisy knot is at the path's least noise (or sigma_min),
    /// as with a Beta of sigmas in the originals. If not, that is the last of steps + 1 points,
    /// which gives way to the clean end, as with a Beta of times.
    bool endpoint = false;
    bool rounded = false;  ///< whether times are rounded to training times, as in the originals
};

/// Evenly spaced probabilities through the quantile function of Beta(alpha, beta): Lee et al. 2024
/// (Beta Sampling is All You Need). Many knots at either end where alpha, beta < 1. Knots are never
/// merged: a walk has the steps that were asked for. Throws fokker::error on alpha or beta outside
/// of (0, 50], on an empty range, on options that would have no effect, and where rounding makes
/// two knots one.
template <diffusion_path Path>
grid beta(const Path& path, int steps, beta_options options = {}) {
    using detail::require;
    const bool of_time = options.of == beta_of::time;
    require(of_time || !options.rounded,
            "rounded is for a Beta of times; label the schedule to round after a Beta of sigmas");
    require(discrete_path<Path> || !options.rounded,
            "rounded is for paths with training times, and this one is continuous");
    require(options.end == grid_end::clean || !options.endpoint,
            "endpoint is for a clean end; with grid_end::least_noise the walk ends at that point");
    const bool drops_last = options.end == grid_end::clean && !options.endpoint;
    auto points = detail::evenly(1.0, 0.0, steps, drops_last ? grid_end::least_noise : options.end);
    if (drops_last) points.pop_back();
    for (double& p : points) p = detail::inverse_incomplete_beta(p, options.alpha, options.beta);
    if (!of_time) {
        const auto range = detail::range_of(path, options.sigma_min, options.sigma_max);
        for (double& p : points) p = range.low + p * (range.high - range.low);
        return detail::grid_of_range(path, points, range, options.end, !drops_last);
    }
    require(options.sigma_min == 0 && options.sigma_max == 0,
            "sigma_min and sigma_max are for a Beta of sigmas; a Beta of times spans the path");
    const double low = path.first_time(), high = path.last_time();
    for (double& p : points)
        p = options.rounded ? std::nearbyint(low + p * (high - low)) : low + p * (high - low);
    return detail::grid_at(path, points, options.end);
}

}  // namespace fokker
