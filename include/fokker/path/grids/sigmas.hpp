/// Grids spaced in sigma / alpha, which EDM and k-diffusion call sigma.
#pragma once

#include <cmath>
#include <cstddef>
#include <utility>
#include <vector>

#include <fokker/error.hpp>
#include <fokker/finite.hpp>
#include <fokker/path/grids/layout.hpp>
#include <fokker/path/path.hpp>
#include <fokker/target.hpp>

namespace fokker::inline FOKKER_TARGET {

namespace detail {

/// coordinate(sigma / alpha) spaced evenly between the ends that the options name; `sigma_at` is
/// its inverse.
template <diffusion_path Path>
grid spaced_evenly(const Path& path, int steps, const auto& options, const auto& coordinate,
                   const auto& sigma_at) {
    const auto range = detail::range_of(path, options.sigma_min, options.sigma_max);
    auto sigmas = evenly(coordinate(range.high), coordinate(range.low), steps, options.end);
    for (double& sigma : sigmas) sigma = sigma_at(sigma);
    return detail::grid_of_range(path, sigmas, range, options.end);
}

}  // namespace detail

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
    const double rho = options.rho;
    detail::require(rho > 0 && detail::is_finite(rho), "rho is ", rho, "; it must be positive");
    return detail::spaced_evenly(
        path, steps, options, [=](double sigma) { return std::pow(sigma, 1.0 / rho); },
        [=](double root) { return std::pow(root, rho); });
}

/// Options of `exponential` and `kl_optimal`; a sigma of 0 stands for the path's own.
struct sigma_options {
    double sigma_min = 0.0;  ///< sigma / alpha at the last noisy knot
    double sigma_max = 0.0;  ///< sigma / alpha at the first knot
    grid_end end = grid_end::clean;
};

/// log(sigma / alpha) spaced evenly, which is lambda: k-diffusion, and diffusers' Lu lambdas. With
/// its ends by choice it is `uniform_lambda`. Throws fokker::error on a range that is empty or
/// infinite.
template <diffusion_path Path>
grid exponential(const Path& path, int steps, sigma_options options = {}) {
    return detail::spaced_evenly(
        path, steps, options, [](double sigma) { return std::log(sigma); },
        [](double logarithm) { return std::exp(logarithm); });
}

/// Options of `polyexponential`; a sigma of 0 stands for the path's own.
struct polyexponential_options {
    double rho = 1.0;
    double sigma_min = 0.0;  ///< sigma / alpha at the last noisy knot
    double sigma_max = 0.0;  ///< sigma / alpha at the first knot
    grid_end end = grid_end::clean;
};

/// log(sigma / alpha) a polynomial, u^rho between its ends with u evenly spaced from 1 to 0:
/// k-diffusion. rho = 1 is `exponential`; more lays the knots closer to the data. Throws
/// fokker::error on a rho that is not positive and on a range that is empty or infinite.
template <diffusion_path Path>
grid polyexponential(const Path& path, int steps, polyexponential_options options = {}) {
    const double rho = options.rho;
    detail::require(rho > 0 && detail::is_finite(rho), "rho is ", rho, "; it must be positive");
    const auto range = detail::range_of(path, options.sigma_min, options.sigma_max);
    auto sigmas = detail::evenly(1.0, 0.0, steps, options.end);
    const double low = std::log(range.low), high = std::log(range.high);
    for (double& u : sigmas) u = std::exp(low + std::pow(u, rho) * (high - low));
    return detail::grid_of_range(path, sigmas, range, options.end);
}

/// The arc tangent of sigma / alpha spaced evenly: Sabour et al. 2024 (Align Your Steps, theorem
/// 3.1), where it minimises a bound of the divergence. Throws fokker::error on a range that is
/// empty or infinite.
template <diffusion_path Path>
grid kl_optimal(const Path& path, int steps, sigma_options options = {}) {
    return detail::spaced_evenly(
        path, steps, options, [](double sigma) { return std::atan(sigma); },
        [](double angle) { return std::tan(angle); });
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

/// These sigma / alpha, noisiest first, and then the end, unless they lead there already, as those
/// of k-diffusion, whose last one is 0: a table of your own, like `from_times`. To stop at the last
/// sigma write .until(sigmas.size() - 1). Throws fokker::error on numbers that do not fall, and on
/// what lies beyond the path.
template <diffusion_path Path>
grid from_sigmas(const Path& path, std::vector<double> sigmas, grid_end end) {
    using detail::require;
    require(!sigmas.empty(), "sigmas is empty; give at least one, noisiest first");
    if (sigmas.back() == 0.0) {
        require(end == grid_end::clean,
                "the last sigma is 0, which is a clean end, and not grid_end::least_noise");
        sigmas.pop_back();
        require(!sigmas.empty(), "sigmas is 0 alone; give at least one above it");
    }
    std::vector<double> times;
    for (std::size_t i = 0; i < sigmas.size(); ++i) {
        require(
            detail::is_finite(sigmas[i]) && sigmas[i] > 0 && (i == 0 || sigmas[i] < sigmas[i - 1]),
            "sigmas[", i, "] is ", sigmas[i],
            "; they must be finite and fall strictly, and only the last may be 0");
        times.push_back(path.time(-std::log(sigmas[i])));
        detail::require_reached(path, "a sigma", sigmas[i], times.back());
    }
    if (end == grid_end::least_noise) {
        // The path's own end to the last bit.
        const double least = path.at(path.first_time()).noise_to_signal();
        if (std::abs(sigmas.back() - least) <= 1e-6 * least) times.pop_back();
        times.push_back(path.first_time());
    }
    return detail::grid_at(path, times, end);
}

/// The same with a clean end, which the table itself must say by a last sigma of 0. (In version 0.1
/// a table without it ended at its last sigma, with noise left.)
template <diffusion_path Path>
grid from_sigmas(const Path& path, std::vector<double> sigmas) {
    if (!sigmas.empty())
        detail::require(sigmas.back() == 0.0 || detail::is_nan(sigmas.back()), "the last sigma is ",
                        sigmas.back(),
                        ", and noise is left there; end the table with 0, or say how it ends: "
                        "from_sigmas(path, sigmas, grid_end::clean) goes on to the clean data, and "
                        ".until(k) of that stops at knot k");
    return fokker::from_sigmas(path, std::move(sigmas), grid_end::clean);
}

}  // namespace fokker
