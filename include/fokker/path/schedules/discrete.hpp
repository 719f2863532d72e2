/// The table behind a discrete schedule, and how it is read between its times. All in double.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <utility>
#include <vector>

#include <fokker/compiled.hpp>
#include <fokker/error.hpp>
#include <fokker/finite.hpp>
#include <fokker/path/knot.hpp>
#include <fokker/path/knot_order.hpp>
#include <fokker/path/prior.hpp>
#include <fokker/target.hpp>

FOKKER_MAY_SHADOW

namespace fokker::inline FOKKER_TARGET {

/// What is linear in t between two training times. `log_sigma`: log(sigma / alpha), hence lambda:
/// k-diffusion, diffusers, ComfyUI. `log_alpha`: log(alpha): Lu et al. 2022 (DPM-Solver, D.4).
/// `sigma`: sigma / alpha, as diffusers reads its table at fractional times.
enum class interpolation { log_sigma, log_alpha, sigma };

/// What the network is handed at a time between two training times: that time, the nearest training
/// time, or the one below.
enum class time_label { fraction, rounded, truncated };

/// alpha(t)^2 = alpha_bar_t = prod_{i <= t} (1 - beta_i) and sigma^2 = 1 - alpha^2 at the integer
/// times t = 0 .. T - 1. Between them `interpolation` holds, so that every lambda has one time. The
/// clean data is t = -1, the empty product; up to t = 0 log alpha is linear. Where the table ends
/// in pure noise (alpha_bar = 0), alpha is linear in its last interval.
class discrete_schedule {
public:
    /// From the betas of the training steps; each strictly between 0 and 1, the last may be 1.
    /// Throws fokker::error.
    static discrete_schedule from_betas(const std::vector<double>& betas);

    /// From the cumulated products, strictly falling in (0, 1), the last may be 0. Throws
    /// fokker::error.
    static discrete_schedule from_alpha_bars(const std::vector<double>& alpha_bars);

    /// The same table, read otherwise between its times. The default is `log_sigma`.
    discrete_schedule interpolated(interpolation rule) const {
        discrete_schedule other = *this;
        other.rule_ = rule;
        return other;
    }

    /// The same table with other labels between its times. The default is `fraction`.
    discrete_schedule labelled(time_label label) const {
        discrete_schedule other = *this;
        other.label_ = label;
        return other;
    }

    /// How it is read between its times, and what the labels are there.
    interpolation rule() const { return rule_; }
    time_label label() const { return label_; }

    /// The number T of training steps; the network's integer times are 0 .. T - 1.
    int steps() const { return static_cast<int>(log_alphas_.size()) - 1; }
    /// Ho et al. 2020, Algorithm 2.
    static constexpr prior starts_from() { return prior::standard; }
    double first_time() const { return 0.0; }
    double last_time() const { return steps() - 1.0; }

    /// The knot at time t in [-1, T - 1], fractions allowed. Throws fokker::error outside.
    knot at(double t) const;

    /// The inverse: the time whose knot has this lambda, clamped to [-1, T - 1].
    double time(double lambda) const;

private:
    /// Stands for log 0: its exponential is 0, and it is finite.
    static constexpr double log_of_nothing = -1e300;

    explicit discrete_schedule(std::vector<double> log_alphas)
        : log_alphas_(std::move(log_alphas)), lambdas_(log_alphas_.size(), -log_of_nothing) {
        detail::require(steps() >= 1, "a schedule needs at least one training step, and got none");
        for (std::size_t i = 1; i < lambdas_.size(); ++i)
            lambdas_[i] = ends_in_noise(i) ? log_of_nothing : point(i).lambda();
    }

    static knot of_log_alpha(double log_alpha) {
        return {0.0, std::exp(log_alpha), std::sqrt(-std::expm1(2.0 * log_alpha))};
    }
    static knot of_lambda(double lambda) {
        return {0.0, 1.0 / std::sqrt(1.0 + std::exp(-2.0 * lambda)),
                1.0 / std::sqrt(1.0 + std::exp(2.0 * lambda))};
    }
    static double log_alpha_of(double lambda) {
        return lambda > 0 ? -0.5 * std::log1p(std::exp(-2.0 * lambda))
                          : lambda - 0.5 * std::log1p(std::exp(2.0 * lambda));
    }

    knot point(std::size_t i) const { return of_log_alpha(log_alphas_[i]); }
    bool ends_in_noise(std::size_t i) const { return log_alphas_[i] == log_of_nothing; }
    /// From the clean data no ratio is finite: there log alpha is linear whatever the rule.
    bool is_linear_in_log_alpha(std::size_t below) const {
        return below == 0 || rule_ == interpolation::log_alpha;
    }

    knot between(std::size_t below, double weight) const;

    /// The inverse of `between`.
    double weight_of(double lambda, std::size_t below) const;

    double label_at(double t) const {
        if (t == -1.0 || label_ == time_label::fraction) return t;
        return (std::max)(0.0, label_ == time_label::rounded ? std::nearbyint(t) : std::trunc(t));
    }

    std::vector<double> log_alphas_;  // at t = -1, 0, .., T - 1
    std::vector<double> lambdas_;     // the same knots'; very large at t = -1
    interpolation rule_ = interpolation::log_sigma;
    time_label label_ = time_label::fraction;
};

#ifdef FOKKER_BODIES

FOKKER_INLINE discrete_schedule discrete_schedule::from_betas(const std::vector<double>& betas) {
    detail::require_few_enough("the number of betas", betas.size());
    std::vector<double> log_alphas(betas.size() + 1);
    for (std::size_t i = 0; i < betas.size(); ++i) {
        const bool is_noise = i + 1 == betas.size() && betas[i] == 1;
        detail::require(detail::is_finite(betas[i]) && betas[i] > 0 && (betas[i] < 1 || is_noise),
                        "beta[", i, "] is ", betas[i],
                        "; every beta must lie strictly between 0 and 1, the last may be 1");
        log_alphas[i + 1] = is_noise ? log_of_nothing : log_alphas[i] + 0.5 * std::log1p(-betas[i]);
    }
    return discrete_schedule(std::move(log_alphas));
}

FOKKER_INLINE discrete_schedule
discrete_schedule::from_alpha_bars(const std::vector<double>& alpha_bars) {
    detail::require_few_enough("the number of alpha_bars", alpha_bars.size());
    std::vector<double> log_alphas(alpha_bars.size() + 1);
    double previous = 1.0;
    for (std::size_t i = 0; i < alpha_bars.size(); ++i) {
        const double bar = alpha_bars[i];
        const bool is_noise = i + 1 == alpha_bars.size() && bar == 0;
        detail::require(detail::is_finite(bar) && (bar > 0 || is_noise) && bar < previous,
                        "alpha_bar[", i, "] is ", bar, " after ", previous,
                        "; alpha_bars must fall strictly and lie between 0 and 1, the last may "
                        "be 0");
        previous = bar;
        log_alphas[i + 1] = is_noise ? log_of_nothing : 0.5 * std::log(bar);
    }
    return discrete_schedule(std::move(log_alphas));
}

FOKKER_INLINE knot discrete_schedule::at(double t) const {
    detail::require(detail::is_finite(t) && t >= -1.0 && t <= last_time(), "time ", t,
                    " is outside of this schedule; its times are -1 (clean data) .. ", last_time());
    const auto below = (std::min)(static_cast<std::size_t>(t + 1.0), log_alphas_.size() - 2);
    knot k = between(below, t + 1.0 - static_cast<double>(below));
    k.t = label_at(t);
    return k;
}

FOKKER_INLINE double discrete_schedule::time(double lambda) const {
    detail::require(!detail::is_nan(lambda), "time(lambda): lambda is not a number");
    if (lambda <= lambdas_.back()) return last_time();
    const auto at_or_below = std::partition_point(lambdas_.begin() + 1, lambdas_.end(),
                                                  [=](double value) { return value > lambda; });
    const auto i = static_cast<std::size_t>(at_or_below - lambdas_.begin());
    const double below = static_cast<double>(i) - 2.0;
    const double t = below + std::clamp(weight_of(lambda, i - 1), 0.0, 1.0);
    // The lambda of a training time has that time, however its logarithms were rounded.
    const double whole = std::nearbyint(t);
    return std::abs(t - whole) < 1e-11 ? whole : t;
}

FOKKER_INLINE knot discrete_schedule::between(std::size_t below, double weight) const {
    if (weight == 0) return point(below);
    if (weight == 1) return point(below + 1);
    const auto mixed = [=](double a, double b) { return (1.0 - weight) * a + weight * b; };
    if (ends_in_noise(below + 1)) {
        const double alpha = (1.0 - weight) * std::exp(log_alphas_[below]);
        return {0.0, alpha, std::sqrt((1.0 - alpha) * (1.0 + alpha))};
    }
    if (is_linear_in_log_alpha(below))
        return of_log_alpha(mixed(log_alphas_[below], log_alphas_[below + 1]));
    if (rule_ == interpolation::log_sigma)
        return of_lambda(mixed(lambdas_[below], lambdas_[below + 1]));
    return of_lambda(-std::log(mixed(std::exp(-lambdas_[below]), std::exp(-lambdas_[below + 1]))));
}

FOKKER_INLINE double discrete_schedule::weight_of(double lambda, std::size_t below) const {
    const auto part = [](double a, double x, double b) { return (x - a) / (b - a); };
    const double log_alpha = log_alpha_of(lambda);
    if (ends_in_noise(below + 1)) return -std::expm1(log_alpha - log_alphas_[below]);
    if (is_linear_in_log_alpha(below))
        return part(log_alphas_[below], log_alpha, log_alphas_[below + 1]);
    if (rule_ == interpolation::log_sigma)
        return part(lambdas_[below], lambda, lambdas_[below + 1]);
    return part(std::exp(-lambdas_[below]), std::exp(-lambda), std::exp(-lambdas_[below + 1]));
}

#endif

}  // namespace fokker

FOKKER_END_MAY_SHADOW
