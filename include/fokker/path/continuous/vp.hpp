/// The paths of a linear beta(t): variance-preserving, and below it.
#pragma once

#include <cmath>

#include <fokker/error.hpp>
#include <fokker/finite.hpp>
#include <fokker/path/knot.hpp>
#include <fokker/path/prior.hpp>
#include <fokker/target.hpp>

namespace fokker::inline FOKKER_TARGET {
namespace detail {

/// log alpha where beta(t) = beta_min + t (beta_max - beta_min): Song et al. 2021, eq. 33.
inline double linear_beta_log_alpha(double beta_min, double beta_max, double t) {
    require(beta_min >= 0 && beta_max > 0 && beta_min <= beta_max && is_finite(beta_max),
            "beta goes from ", beta_min, " to ", beta_max,
            "; it must be finite and not negative, beta_max positive and not below beta_min");
    require(is_finite(t) && t >= 0, "time ", t, " is outside of this path; t >= 0");
    return -0.25 * t * t * (beta_max - beta_min) - 0.5 * t * beta_min;
}

/// Its inverse, from -2 log alpha = t beta_min + t^2 (beta_max - beta_min) / 2.
inline double linear_beta_time(double beta_min, double beta_max, double integral) {
    if (integral == 0) return 0.0;
    const double slope = beta_max - beta_min;
    return 2.0 * integral / (beta_min + std::sqrt(beta_min * beta_min + 2.0 * slope * integral));
}

}  // namespace detail

/// Variance-preserving with beta(t) = beta_min + t (beta_max - beta_min), t in [0, 1]: Song et al.
/// 2021, eq. 32-33. alpha^2 + sigma^2 = 1. The label is t itself.
struct vp_path {
    double beta_min = 0.1;
    double beta_max = 20.0;
    double time_min = 1e-3;

    static constexpr prior starts_from() { return prior::standard; }
    double first_time() const { return time_min; }
    double last_time() const { return 1.0; }

    /// Throws fokker::error on t < 0.
    knot at(double t) const {
        const double log_alpha = detail::linear_beta_log_alpha(beta_min, beta_max, t);
        return {t, std::exp(log_alpha), std::sqrt(-std::expm1(2.0 * log_alpha))};
    }

    double time(double lambda) const {
        // -2 log alpha = log(1 + exp(-2 lambda)).
        const double integral = lambda > 0 ? std::log1p(std::exp(-2.0 * lambda))
                                           : std::log1p(std::exp(2.0 * lambda)) - 2.0 * lambda;
        return detail::linear_beta_time(beta_min, beta_max, integral);
    }
};

/// Sub-variance-preserving: the alpha of `vp_path`, and sigma = 1 - alpha^2, which is never more
/// than there: Song et al. 2021, eq. 29. The label is t.
struct sub_vp_path {
    double beta_min = 0.1;
    double beta_max = 20.0;
    double time_min = 1e-3;

    static constexpr prior starts_from() { return prior::standard; }
    double first_time() const { return time_min; }
    double last_time() const { return 1.0; }

    /// Throws fokker::error on t < 0.
    knot at(double t) const {
        const double log_alpha = detail::linear_beta_log_alpha(beta_min, beta_max, t);
        return {t, std::exp(log_alpha), -std::expm1(2.0 * log_alpha)};
    }

    double time(double lambda) const {
        // exp(-lambda) = 1 / alpha - alpha = 2 sinh(-log alpha).
        const double minus_log_alpha = lambda < -40 ? -lambda : std::asinh(0.5 * std::exp(-lambda));
        return detail::linear_beta_time(beta_min, beta_max, 2.0 * minus_log_alpha);
    }
};

}  // namespace fokker
