/// Discrete schedules given by a function alpha_bar(u) of u = t / T: Nichol & Dhariwal 2021.
#pragma once

#include <algorithm>
#include <cmath>
#include <concepts>
#include <cstddef>
#include <numbers>
#include <vector>

#include <fokker/error.hpp>
#include <fokker/finite.hpp>
#include <fokker/path/schedules/betas.hpp>
#include <fokker/path/schedules/discrete.hpp>
#include <fokker/target.hpp>

namespace fokker::inline FOKKER_TARGET {

namespace detail {

/// 1 - alpha_bar((i + 1) / T) / alpha_bar(i / T), at most beta_max. Throws fokker::error as
/// alpha_bar_schedule.
template <class F>
std::vector<double> alpha_bar_betas(int steps, const F& alpha_bar, double beta_max = 0.999) {
    std::vector<double> betas(static_cast<std::size_t>(steps));
    double before = alpha_bar(0.0);
    require(detail::is_finite(before) && before > 0, "alpha_bar(0) is ", before,
            "; it must be positive and finite");
    int i = 0;
    for (double& beta : betas) {
        const double u = double(++i) / steps, bar = alpha_bar(u);
        require(detail::is_finite(bar) && bar < before && (bar > 0 || (bar == 0 && u == 1)),
                "alpha_bar(", u, ") is ", bar, " after ", before,
                "; alpha_bar must fall strictly and stay positive");
        beta = (std::min)(1.0 - bar / before, beta_max);
        before = bar;
    }
    return betas;
}

/// Nichol & Dhariwal 2021, eq. 17, but for a constant factor.
inline double cosine_alpha_bar(double u, double offset = 0.008) {
    const double c = std::cos((u + offset) / (1.0 + offset) * std::numbers::pi / 2.0);
    return c * c;
}

/// alpha_bar where log SNR has Laplace's density: Hang et al. 2024, table 1. `trim` keeps it from
/// its ends, where log SNR has no bound.
inline double laplace_alpha_bar(double u, double mean, double scale, double trim) {
    const double inside = 2.0 * (std::min)(u, 1.0 - u) + trim;
    const double sign = u > 0.5 ? -1.0 : 1.0;
    const double snr = std::exp(mean - scale * sign * std::log(inside));
    return snr / (1.0 + snr);
}

/// diffusers' table takes it for alpha, and so its root for alpha_bar.
inline double laplace_alpha_bar_of_diffusers(double u, double mean = 0.0, double scale = 0.5) {
    return std::sqrt(detail::laplace_alpha_bar(u, mean, scale, 1e-6));
}

}  // namespace detail

/// beta_i = 1 - alpha_bar((i + 1) / T) / alpha_bar(i / T), at most beta_max: Nichol & Dhariwal
/// 2021, 3.2. `alpha_bar` is any function on [0, 1] that falls strictly and stays positive (at u =
/// 1 it may be 0). Throws fokker::error where it does not.
template <class F>
    requires std::regular_invocable<const F&, double>
discrete_schedule alpha_bar_schedule(int steps, const F& alpha_bar, double beta_max = 0.999) {
    detail::require_training_steps(steps);
    detail::require(beta_max > 0 && beta_max < 1, "beta_max is ", beta_max,
                    "; it must lie strictly between 0 and 1");
    return discrete_schedule::from_betas(detail::alpha_bar_betas(steps, alpha_bar, beta_max));
}

/// alpha_bar(t) = cos^2((t / T + offset) / (1 + offset) pi / 2), betas capped: Nichol & Dhariwal
/// 2021, eq. 17.
inline discrete_schedule cosine_schedule(int steps = 1000, double offset = 0.008,
                                         double beta_max = 0.999) {
    detail::require_training_steps(steps);
    detail::require(offset >= 0 && detail::is_finite(offset), "offset is ", offset,
                    "; it must not be negative");
    return alpha_bar_schedule(
        steps, [=](double u) { return detail::cosine_alpha_bar(u, offset); }, beta_max);
}

/// alpha_bar(t) = exp(-rate t / T), betas capped. Throws fokker::error on a rate that is not
/// positive.
inline discrete_schedule exponential_schedule(int steps = 1000, double rate = 12.0,
                                              double beta_max = 0.999) {
    detail::require(rate > 0 && detail::is_finite(rate), "rate is ", rate,
                    "; it must be positive and finite");
    return alpha_bar_schedule(
        steps, [=](double u) { return std::exp(-rate * u); }, beta_max);
}

/// `paper`: the density of log SNR is Laplace's. `diffusers`: its table, which takes alpha for
/// alpha_bar and stops 1e-6 short of the ends.
enum class laplace_compat { paper, diffusers };

/// Options of `laplace_schedule`.
struct laplace_options {
    double mean = 0.0;   ///< of log SNR; where training looks most
    double scale = 0.5;  ///< of the density
    double beta_max = 0.999;
    laplace_compat compat = laplace_compat::paper;
};

/// log(alpha_bar / (1 - alpha_bar)) = mean - scale sign(1/2 - u) log(1 - 2 |1/2 - u|), betas
/// capped: Hang et al. 2024, table 1. Throws fokker::error on a scale that is not positive.
inline discrete_schedule laplace_schedule(int steps = 1000, laplace_options options = {}) {
    detail::require(detail::is_finite(options.mean), "mean is ", options.mean,
                    "; it must be finite");
    detail::require(options.scale > 0 && detail::is_finite(options.scale), "scale is ",
                    options.scale, "; it must be positive and finite");
    const bool as_diffusers = options.compat == laplace_compat::diffusers;
    const auto alpha_bar = [=](double u) {
        if (as_diffusers)
            return detail::laplace_alpha_bar_of_diffusers(u, options.mean, options.scale);
        if (u == 0 || u == 1) return 1.0 - u;  // log SNR has no bound
        return detail::laplace_alpha_bar(u, options.mean, options.scale, 0.0);
    };
    return alpha_bar_schedule(steps, alpha_bar, options.beta_max);
}

}  // namespace fokker
