/// Discrete schedules: variance-preserving paths given by a table of betas, one for each training
/// step, as in Ho et al. 2020. All tables are double.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <numbers>
#include <utility>
#include <vector>

#include <fokker/error.hpp>
#include <fokker/finite.hpp>
#include <fokker/path/knot.hpp>

namespace fokker {

/// alpha(t)^2 = alpha_bar_t = prod_{i <= t} (1 - beta_i) and sigma^2 = 1 - alpha^2 at the integer
/// times t = 0 .. T - 1. Between them log alpha is linear in t (Lu et al. 2022, DPM-Solver, D.4),
/// so that every lambda has one time. The clean data is t = -1, the empty product.
class discrete_schedule {
public:
    /// From the betas of the training steps; each strictly between 0 and 1. Throws fokker::error.
    static discrete_schedule from_betas(const std::vector<double>& betas) {
        std::vector<double> log_alphas(betas.size() + 1);
        for (std::size_t i = 0; i < betas.size(); ++i) {
            detail::require(detail::is_finite(betas[i]) && betas[i] > 0 && betas[i] < 1, "beta[", i,
                            "] is ", betas[i], "; every beta must lie strictly between 0 and 1");
            log_alphas[i + 1] = log_alphas[i] + 0.5 * std::log1p(-betas[i]);
        }
        return discrete_schedule(std::move(log_alphas));
    }

    /// From the cumulated products, strictly falling in (0, 1). Throws fokker::error.
    static discrete_schedule from_alpha_bars(const std::vector<double>& alpha_bars) {
        std::vector<double> log_alphas(alpha_bars.size() + 1);
        double previous = 1.0;
        for (std::size_t i = 0; i < alpha_bars.size(); ++i) {
            detail::require(
                detail::is_finite(alpha_bars[i]) && alpha_bars[i] > 0 && alpha_bars[i] < previous,
                "alpha_bar[", i, "] is ", alpha_bars[i], " after ", previous,
                "; alpha_bars must fall strictly and lie between 0 and 1");
            previous = alpha_bars[i];
            log_alphas[i + 1] = 0.5 * std::log(previous);
        }
        return discrete_schedule(std::move(log_alphas));
    }

    /// The number T of training steps; the network's integer times are 0 .. T - 1.
    int steps() const { return static_cast<int>(log_alphas_.size()) - 1; }
    double first_time() const { return 0.0; }
    double last_time() const { return steps() - 1.0; }

    /// The knot at time t in [-1, T - 1], fractions allowed. Throws fokker::error outside.
    knot at(double t) const {
        detail::require(detail::is_finite(t) && t >= -1.0 && t <= last_time(), "time ", t,
                        " is outside of this schedule; its times are -1 (clean data) .. ",
                        last_time());
        const auto below = std::min(static_cast<std::size_t>(t + 1.0), log_alphas_.size() - 2);
        const double weight = t + 1.0 - static_cast<double>(below);
        const double log_alpha =
            (1.0 - weight) * log_alphas_[below] + weight * log_alphas_[below + 1];
        return {t, std::exp(log_alpha), std::sqrt(-std::expm1(2.0 * log_alpha))};
    }

    /// The inverse: the time whose knot has this lambda, clamped to [-1, T - 1].
    double time(double lambda) const {
        detail::require(!detail::is_nan(lambda), "time(lambda): lambda is not a number");
        // alpha^2 = 1 / (1 + exp(-2 lambda)), in a form that does not overflow.
        const double log_alpha = lambda > 0 ? -0.5 * std::log1p(std::exp(-2.0 * lambda))
                                            : lambda - 0.5 * std::log1p(std::exp(2.0 * lambda));
        if (!(log_alpha < 0)) return -1.0;
        if (log_alpha <= log_alphas_.back()) return last_time();
        const auto above = std::partition_point(log_alphas_.begin(), log_alphas_.end(),
                                                [=](double value) { return value > log_alpha; });
        const double upper = *above, lower = *(above - 1);
        const auto index = static_cast<double>(above - log_alphas_.begin()) - 1.0;
        return index - 1.0 + (log_alpha - lower) / (upper - lower);
    }

private:
    explicit discrete_schedule(std::vector<double> log_alphas)
        : log_alphas_(std::move(log_alphas)) {
        detail::require(steps() >= 1, "a schedule needs at least one training step, and got none");
    }

    std::vector<double> log_alphas_;  // at t = -1, 0, .., T - 1
};

namespace detail {
inline std::vector<double> linspace(double first, double last, int count) {
    std::vector<double> values(static_cast<std::size_t>(count));
    values[0] = first;
    for (int i = 1; i < count; ++i)
        values[static_cast<std::size_t>(i)] =
            i == count - 1 ? last : first + (last - first) * (i / (count - 1.0));
    return values;
}

inline void require_betas(int steps, double beta_first, double beta_last) {
    require(steps >= 1, "steps is ", steps, "; a schedule has at least one training step");
    require(beta_first > 0 && beta_first < 1, "beta_first is ", beta_first,
            "; it must lie strictly between 0 and 1");
    require(beta_last > 0 && beta_last < 1, "beta_last is ", beta_last,
            "; it must lie strictly between 0 and 1");
}
}  // namespace detail

/// Betas evenly spaced: Ho et al. 2020. Throws fokker::error on betas outside of (0, 1).
inline discrete_schedule linear_schedule(int steps = 1000, double beta_first = 1e-4,
                                         double beta_last = 0.02) {
    detail::require_betas(steps, beta_first, beta_last);
    return discrete_schedule::from_betas(detail::linspace(beta_first, beta_last, steps));
}

/// Square roots of the betas evenly spaced: Rombach et al. 2022 (latent diffusion).
inline discrete_schedule scaled_linear_schedule(int steps = 1000, double beta_first = 0.00085,
                                                double beta_last = 0.012) {
    detail::require_betas(steps, beta_first, beta_last);
    auto betas = detail::linspace(std::sqrt(beta_first), std::sqrt(beta_last), steps);
    for (double& beta : betas) beta *= beta;
    return discrete_schedule::from_betas(betas);
}

/// alpha_bar(t) = cos^2((t / T + offset) / (1 + offset) pi / 2), betas capped: Nichol & Dhariwal
/// 2021, eq. 17.
inline discrete_schedule cosine_schedule(int steps = 1000, double offset = 0.008,
                                         double beta_max = 0.999) {
    detail::require(steps >= 1, "steps is ", steps, "; a schedule has at least one training step");
    detail::require(offset >= 0, "offset is ", offset, "; it must not be negative");
    detail::require(beta_max > 0 && beta_max < 1, "beta_max is ", beta_max,
                    "; it must lie strictly between 0 and 1");
    const auto alpha_bar = [=](double u) {
        const double c = std::cos((u + offset) / (1.0 + offset) * std::numbers::pi / 2.0);
        return c * c;
    };
    std::vector<double> betas(static_cast<std::size_t>(steps));
    for (int i = 0; i < steps; ++i)
        betas[static_cast<std::size_t>(i)] =
            std::min(1.0 - alpha_bar((i + 1.0) / steps) / alpha_bar(double(i) / steps), beta_max);
    return discrete_schedule::from_betas(betas);
}

}  // namespace fokker
