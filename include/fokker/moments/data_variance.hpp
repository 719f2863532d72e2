/// What Gamma implies: the variance that x_0 has given x_t, the bounds of the optimal variance, and
/// the moment of the score.
#pragma once

#include <algorithm>
#include <limits>

#include <fokker/error.hpp>
#include <fokker/finite.hpp>
#include <fokker/path/knot.hpp>
#include <fokker/path/transition.hpp>
#include <fokker/target.hpp>

namespace fokker::inline FOKKER_TARGET {

namespace detail {

/// Refuses a bound on the data that is none, or that is missing where nothing else bounds them.
inline void require_data_radius(double data_radius, const knot& first) {
    require(first.alpha > 0 || is_finite(data_radius),
            "the grid starts at alpha = 0, where only data_radius bounds the variance; set it, or "
            "start from alpha > 0");
    require(data_radius > 0, "data_radius is ", data_radius, "; it must be positive");
}

/// The variance of x_0 given x_t that Gamma implies, averaged over the elements: sigma^2 / alpha^2
/// (1 - Gamma), bounded by 0 and by data_radius^2, the most that data in [-radius, radius] can
/// have. Bao et al. 2022, eq. 8 and theorem 2.
inline double data_variance(const knot& k, double gamma,
                            double data_radius = std::numeric_limits<double>::infinity()) {
    const double most = data_radius * data_radius;
    if (k.alpha == 0) return most;  // x_t says nothing about x_0
    return std::clamp((1.0 - gamma) / k.signal_to_noise_squared(), 0.0, most);
}

/// The range in which the optimal variance of a step lies for any data in [-radius, radius], before
/// anything is measured. Bao et al. 2022, theorem 2.
struct variance_bounds {
    double low, high;
};

}  // namespace detail

/// For the step from `noisy` to `clean` by the kernel of `ddim{eta}`; eta = 1 is DDPM.
inline detail::variance_bounds optimal_variance_bounds(
    const knot& clean, const knot& noisy, double eta = 1.0,
    double data_radius = std::numeric_limits<double>::infinity()) {
    const posterior q = posterior_between(clean, noisy, eta);
    const double low = q.std * q.std;
    return {low, low + q.data * q.data * detail::data_variance(noisy, 0.0, data_radius)};
}

/// The mean square per element of the score -eps_hat / sigma, the Gamma of Bao et al. 2022, eq. 8,
/// from that of eps_hat; and back. That of the score depends on the scale of the path, too.
inline double score_moment(const knot& k, double gamma) { return gamma / (k.sigma * k.sigma); }
inline double noise_moment(const knot& k, double of_score) { return of_score * k.sigma * k.sigma; }

}  // namespace fokker
