/// Continuous paths: alpha and sigma as formulas of t, each with its exact inverse.
#pragma once

#include <cmath>

#include <fokker/error.hpp>
#include <fokker/finite.hpp>
#include <fokker/path/knot.hpp>

namespace fokker {

/// Variance-preserving with beta(t) = beta_min + t (beta_max - beta_min), t in [0, 1]: Song et al.
/// 2021, eq. 32-33. alpha^2 + sigma^2 = 1. The label is t itself.
struct vp_path {
    double beta_min = 0.1;
    double beta_max = 20.0;
    double time_min = 1e-3;

    double first_time() const { return time_min; }
    double last_time() const { return 1.0; }

    /// Throws fokker::error on t < 0.
    knot at(double t) const {
        detail::require(detail::is_finite(t) && t >= 0, "time ", t,
                        " is outside of this path; t >= 0");
        const double log_alpha = -0.25 * t * t * (beta_max - beta_min) - 0.5 * t * beta_min;
        return {t, std::exp(log_alpha), std::sqrt(-std::expm1(2.0 * log_alpha))};
    }

    double time(double lambda) const {
        // -2 log alpha = log(1 + exp(-2 lambda)) = t beta_min + t^2 (beta_max - beta_min) / 2.
        const double integral = lambda > 0 ? std::log1p(std::exp(-2.0 * lambda))
                                           : std::log1p(std::exp(2.0 * lambda)) - 2.0 * lambda;
        const double slope = beta_max - beta_min;
        return 2.0 * integral /
               (beta_min + std::sqrt(beta_min * beta_min + 2.0 * slope * integral));
    }
};

/// Variance-exploding, sigma(t) = sigma_min (sigma_max / sigma_min)^t, alpha = 1, t in [0, 1]: Song
/// et al. 2021, eq. 30-31. The label is t.
struct ve_path {
    double sigma_min = 0.01;
    double sigma_max = 50.0;

    double first_time() const { return 0.0; }
    double last_time() const { return 1.0; }

    /// Throws fokker::error on a t that is not finite.
    knot at(double t) const {
        detail::require(detail::is_finite(t), "time ", t, " is not finite");
        return {t, 1.0, sigma_min * std::pow(sigma_max / sigma_min, t)};
    }

    double time(double lambda) const {
        return (-lambda - std::log(sigma_min)) / std::log(sigma_max / sigma_min);
    }
};

/// alpha = 1, sigma = t: Karras et al. 2022 (EDM). The label is sigma; `edm_preconditioned` turns
/// it into the network's own ln(sigma) / 4.
struct edm_path {
    double sigma_min = 0.002;
    double sigma_max = 80.0;

    double first_time() const { return sigma_min; }
    double last_time() const { return sigma_max; }

    /// Throws fokker::error on t < 0.
    knot at(double t) const {
        detail::require(detail::is_finite(t) && t >= 0, "time ", t,
                        " is outside of this path; t is sigma >= 0");
        return {t, 1.0, t};
    }
    double time(double lambda) const { return std::exp(-lambda); }
};

/// Rectified flow, alpha = 1 - t, sigma = t, t in [0, 1]: Liu et al. 2022, Lipman et al. 2022. The
/// label is t. At t = 1 there is no signal: alpha = 0.
struct flow_path {
    double time_min = 1e-3;

    double first_time() const { return time_min; }
    double last_time() const { return 1.0; }

    /// Throws fokker::error on t outside of [0, 1].
    knot at(double t) const {
        detail::require(detail::is_finite(t) && t >= 0 && t <= 1, "time ", t,
                        " is outside of this path; 0 <= t <= 1");
        return {t, 1.0 - t, t};
    }
    double time(double lambda) const { return 1.0 / (1.0 + std::exp(lambda)); }
};

}  // namespace fokker
