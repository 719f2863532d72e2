/// Grids by formula or fashion: fixed fractions of the path's own range of sigma, or of its times.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <vector>

#include <fokker/error.hpp>
#include <fokker/finite.hpp>
#include <fokker/path/grid.hpp>
#include <fokker/path/grids/layout.hpp>
#include <fokker/path/path.hpp>
#include <fokker/target.hpp>

namespace fokker::inline FOKKER_TARGET {

namespace detail {

/// sigma = low + fraction (high - low) between the path's ends, noisiest first; the last fraction
/// is the grid's end. sigma is sigma / alpha, and on a path that begins at alpha = 0, where that is
/// infinite, sigma / (alpha + sigma), which is a flow's own sigma.
template <diffusion_path Path>
grid grid_of_fractions(const Path& path, const std::vector<double>& fractions, bool from_0,
                       grid_end end) {
    const knot noisy = path.at(path.last_time()), clean = path.at(path.first_time());
    const bool in_flow = noisy.alpha == 0;
    const auto measure = [&](const knot& k) {
        return in_flow ? k.sigma / (k.alpha + k.sigma) : k.noise_to_signal();
    };
    const double high = measure(noisy), low = from_0 ? 0.0 : measure(clean);
    std::vector<double> times{path.last_time()};
    for (std::size_t i = 1; i + 1 < fractions.size(); ++i) {
        const double sigma = low + fractions[i] * (high - low);
        times.push_back(
            path.time(in_flow ? std::log1p(-sigma) - std::log(sigma) : -std::log(sigma)));
        detail::require_reached(path, "a sigma", in_flow ? sigma / (1.0 - sigma) : sigma,
                                times.back());
    }
    if (end == grid_end::least_noise) times.push_back(path.first_time());
    return detail::grid_at(path, times, end);
}

/// From 1 to 0: a straight part of `linear` steps that falls by `threshold`, and a parabola that
/// goes on with its slope.
inline std::vector<double> linear_quadratic_fractions(int steps, double threshold, int linear) {
    std::vector<double> fractions;
    const int rest = steps - linear;
    const double lacking = linear - threshold * steps;
    const double a = lacking / (linear * double(rest) * rest);
    const double b = threshold / linear - 2 * lacking / (double(rest) * rest);
    for (int i = 0; i < steps; ++i)
        fractions.push_back(
            1 - (i < linear ? i * threshold / linear : a * i * i + b * i + a * linear * linear));
    fractions.push_back(0.0);
    return fractions;
}

/// `count` points of an arc tangent that falls from `high` to `low`.
inline void add_arc(std::vector<double>& all, int count, double slope, double pivot, double high,
                    double low) {
    const auto arc = [&](int i) { return -std::atan(slope * (i - pivot)); };
    const double range = arc(0) - arc(count - 1);
    for (int i = 0; i < count; ++i)
        all.push_back(range == 0 ? high : low + (arc(i) - arc(count - 1)) / range * (high - low));
}

/// From 1 to 0: two of them, which meet at 1/2 after 60% of the steps.
inline std::vector<double> bong_tangent_fractions(int steps) {
    const int count = steps + 2, first = static_cast<int>(static_cast<float>(count) * 0.6F);
    const double slope = 0.2 / (count / 40.0);
    std::vector<double> fractions;
    add_arc(fractions, first, slope, first, 1.0, 0.5);
    fractions.pop_back();
    add_arc(fractions, count - first, slope, 0.0, 0.5, 0.0);
    return fractions;
}

}  // namespace detail

/// Options of `linear_quadratic`.
struct linear_quadratic_options {
    double threshold = 0.025;  ///< how much less noise the straight part ends with, of all
    int linear_steps = 0;      ///< in the straight part; 0: half of them, rounded down
    grid_end end = grid_end::clean;
};

/// sigma falls in a straight line by a little, and then along a parabola: Genmo's Mochi, and
/// ComfyUI. sigma is that of a flow, and elsewhere sigma / alpha, from the path's most noise.
/// Throws fokker::error on bad options, and where the path has more noise at its end than the last
/// knots.
template <diffusion_path Path>
grid linear_quadratic(const Path& path, int steps, linear_quadratic_options options = {}) {
    detail::require_steps(steps);
    detail::require(options.threshold > 0 && options.threshold < 1, "threshold is ",
                    options.threshold, "; it must lie between 0 and 1");
    const int linear = options.linear_steps == 0 ? steps / 2 : options.linear_steps;
    detail::require(options.linear_steps >= 0 && (steps == 1 || linear < steps), "linear_steps is ",
                    options.linear_steps, " of ", steps, "; some must be left for the parabola");
    const std::vector<double> fractions =
        steps == 1 ? std::vector{1.0, 0.0}
                   : detail::linear_quadratic_fractions(steps, options.threshold, linear);
    detail::require(fractions[fractions.size() - 2] > 0, "threshold is ", options.threshold, " in ",
                    linear, " of ", steps,
                    " steps, which is so steep that the parabola after it falls below 0; let "
                    "threshold be smaller, or linear_steps larger");
    return detail::grid_of_fractions(path, fractions, true, options.end);
}

/// Two arc tangents that meet in the middle of the range of sigma, after 60% of the steps: the
/// bong_tangent of RES4LYF, over the path's own range, as in stable-diffusion.cpp. (RES4LYF lays it
/// from 1 to 0 whatever the model, which is right for flows alone.) sigma is that of a flow, and
/// elsewhere sigma / alpha.
template <diffusion_path Path>
grid bong_tangent(const Path& path, int steps, grid_end end = grid_end::clean) {
    detail::require_steps(steps);
    return detail::grid_of_fractions(path, detail::bong_tangent_fractions(steps), false, end);
}

/// Options of `smoothstep`.
struct smoothstep_options {
    bool rounded = false;  ///< whether times are rounded to training times, as in the original
    grid_end end = grid_end::clean;
};

/// Times at u^2 (3 - 2 u) of the path with u even from 1 to 0, the last of which gives way to a
/// clean end: stable-diffusion.cpp. Close to `beta`. Throws fokker::error on `rounded` for a path
/// without training times, and where rounding makes two knots one.
template <diffusion_path Path>
grid smoothstep(const Path& path, int steps, smoothstep_options options = {}) {
    detail::require(discrete_path<Path> || !options.rounded,
                    "rounded is for paths with training times, and this one is continuous");
    auto times = detail::evenly(1.0, 0.0, steps, grid_end::least_noise);
    if (options.end == grid_end::clean) times.pop_back();
    const double low = path.first_time(), high = path.last_time();
    for (double& u : times) {
        u = low + u * u * (3 - 2 * u) * (high - low);
        if (options.rounded) u = std::round(u);
    }
    return detail::grid_at(path, times, options.end);
}

/// Options of `laplace`; a sigma of 0 stands for the path's own.
struct laplace_grid_options {
    double mu = 0.0;         ///< of ln(sigma / alpha): where most knots are
    double b = 0.5;          ///< how far they spread
    double sigma_min = 0.0;  ///< sigma / alpha at the last noisy knot
    double sigma_max = 0.0;  ///< sigma / alpha at the first knot
    grid_end end = grid_end::clean;
};

/// ln(sigma / alpha) at the quantiles of a Laplace distribution, from one end of the range to the
/// other: Hang et al. 2024 (Improved Noise Schedule for Diffusion Training). ComfyUI, which goes
/// from quantile 0 to 1, lays all knots beyond the ends upon them. Throws fokker::error on bad
/// options, and on a range that is empty or infinite.
template <diffusion_path Path>
grid laplace(const Path& path, int steps, laplace_grid_options options = {}) {
    const double mu = options.mu, b = options.b;
    detail::require(detail::is_finite(mu), "mu is ", mu, "; it must be finite");
    detail::require(detail::is_finite(b) && b > 0, "b is ", b, "; it must be positive");
    const auto range = detail::range_of(path, options.sigma_min, options.sigma_max);
    // How much of the distribution lies beyond, on the nearer side of its middle.
    const auto tail = [&](double sigma) {
        return 0.5 * std::exp(-std::abs(std::log(sigma) - mu) / b);
    };
    const auto below = [&](double sigma) {
        return std::log(sigma) < mu ? tail(sigma) : 1 - tail(sigma);
    };
    detail::require(below(range.high) > below(range.low), "no part of Laplace(", mu, ", ", b,
                    ") lies between sigma = ", range.low, " and ", range.high,
                    " in double; let b be larger");
    auto sigmas = detail::evenly(below(range.high), below(range.low), steps, options.end);
    for (double& p : sigmas)
        p = std::exp(p < 0.5 ? mu + b * std::log(2 * p) : mu - b * std::log(2 - 2 * p));
    sigmas.front() = range.high;
    if (sigmas.size() > 1) sigmas.back() = range.low;
    return detail::grid_of_range(path, sigmas, range, options.end);
}

}  // namespace fokker
