/// The table alpha_bar of the training steps.
#pragma once

#include <cmath>
#include <vector>

#include <fokker/adapt/diffusers/detail.hpp>
#include <fokker/adapt/diffusers/settings.hpp>
#include <fokker/path/schedules/alpha_bar.hpp>
#include <fokker/path/schedules/betas.hpp>
#include <fokker/target.hpp>

namespace fokker::inline FOKKER_TARGET::diffusers::detail {

/// Those of squaredcos_cap_v2.
inline std::vector<double> cosine_betas(int n) {
    return detail::alpha_bar_betas(n, [](double u) { return detail::cosine_alpha_bar(u); });
}

/// The betas that the keys of training_keys describe.
inline std::vector<double> training_betas(const settings& s) {
    const std::vector<double> betas = s.numbers("trained_betas");
    if (!betas.empty()) return betas;
    const int n = s.whole("num_train_timesteps");
    s.require_of("num_train_timesteps", n >= 2, "it must be at least 2");
    const double start = s.number("beta_start"), end = s.number("beta_end");
    s.require_of("beta_start", start > 0 && start < 1, "it must lie strictly between 0 and 1");
    s.require_of("beta_end", end > 0 && end < 1, "it must lie strictly between 0 and 1");
    if (s.is("beta_schedule", "linear")) return detail::linspace(start, end, n);
    if (s.is("beta_schedule", "scaled_linear")) return detail::scaled_linear_betas(n, start, end);
    if (s.is("beta_schedule", "sigmoid")) return detail::sigmoid_betas(n, start, end, 6.0);
    if (s.is("beta_schedule", "exp"))
        return detail::alpha_bar_betas(n, [](double u) { return std::exp(-12.0 * u); });
    if (s.is("beta_schedule", "laplace"))
        return detail::alpha_bar_betas(
            n, [](double u) { return detail::laplace_alpha_bar_of_diffusers(u); });
    return cosine_betas(n);
}

/// alpha_bar, the products of 1 - beta.
inline std::vector<double> alpha_bars(const std::vector<double>& betas) {
    std::vector<double> bars;
    double product = 1.0;
    for (const double beta : betas) bars.push_back(product *= 1.0 - beta);
    return bars;
}

/// sqrt(alpha_bar) shifted and scaled to end at 0: Lin et al. 2024, Algorithm 1.
inline std::vector<double> ending_in_noise(std::vector<double> bars) {
    const double first = std::sqrt(bars.front()), last = std::sqrt(bars.back());
    for (double& bar : bars) {
        const double root = (std::sqrt(bar) - last) * (first / (first - last));
        bar = root * root;
    }
    return bars;
}

/// What the classes without rescale_betas_zero_snr use.
inline std::vector<double> training_alpha_bars(const settings& s) {
    return alpha_bars(training_betas(s));
}

/// What those with it use. In those that walk in sigma the last alpha_bar is 2^-24 then, not 0.
inline std::vector<double> rescaled_alpha_bars(const settings& s, double last = 0.0) {
    std::vector<double> bars = training_alpha_bars(s);
    if (!s.flag("rescale_betas_zero_snr")) return bars;
    bars = ending_in_noise(std::move(bars));
    bars.back() = last;
    return bars;
}

/// sigma of Karras et al. 2022, sqrt((1 - alpha_bar) / alpha_bar), at the training times.
inline std::vector<double> training_sigmas(const std::vector<double>& bars) {
    std::vector<double> sigmas;
    for (const double bar : bars) sigmas.push_back(std::sqrt((1.0 - bar) / bar));
    return sigmas;
}

}  // namespace fokker::diffusers::detail
