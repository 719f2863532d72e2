/// The table alpha_bar of the training steps.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <numbers>
#include <vector>

#include <fokker/adapt/diffusers/detail.hpp>
#include <fokker/adapt/diffusers/settings.hpp>
#include <fokker/adapt/evenly_spaced.hpp>
#include <fokker/target.hpp>

namespace fokker::inline FOKKER_TARGET::diffusers::detail {

/// Betas whose products follow a function alpha_bar of the time in [0, 1], none above 0.999.
template <class AlphaBar>
std::vector<double> betas_of(int n, const AlphaBar& alpha_bar) {
    std::vector<double> betas;
    for (int i = 0; i < n; ++i)
        betas.push_back(std::min(
            1.0 - alpha_bar((i + 1.0) / n) / alpha_bar(static_cast<double>(i) / n), 0.999));
    return betas;
}

inline std::vector<double> cosine_betas(int n) {
    return betas_of(n, [](double t) {
        const double c = std::cos((t + 0.008) / 1.008 * std::numbers::pi / 2);
        return c * c;
    });
}

/// The betas that the keys of training_keys describe.
inline std::vector<double> training_betas(const settings& s) {
    std::vector<double> betas = s.numbers("trained_betas");
    if (!betas.empty()) return betas;
    const int n = s.whole("num_train_timesteps");
    s.require_of("num_train_timesteps", n >= 2, "it must be at least 2");
    const double start = s.number("beta_start"), end = s.number("beta_end");
    s.require_of("beta_start", start > 0 && start < 1, "it must lie strictly between 0 and 1");
    s.require_of("beta_end", end > 0 && end < 1, "it must lie strictly between 0 and 1");
    if (s.is("beta_schedule", "linear")) return evenly_spaced(start, end, n);
    if (s.is("beta_schedule", "scaled_linear")) {
        betas = evenly_spaced(std::sqrt(start), std::sqrt(end), n);
        for (double& beta : betas) beta *= beta;
        return betas;
    }
    if (s.is("beta_schedule", "sigmoid")) {
        betas = evenly_spaced(-6.0, 6.0, n);
        for (double& beta : betas) beta = (end - start) / (1.0 + std::exp(-beta)) + start;
        return betas;
    }
    if (s.is("beta_schedule", "exp"))
        return betas_of(n, [](double t) { return std::exp(-12.0 * t); });
    if (s.is("beta_schedule", "laplace"))
        return betas_of(n, [](double t) {
            const double lambda =
                -0.5 * std::copysign(1.0, 0.5 - t) * std::log(1.0 - 2.0 * std::abs(0.5 - t) + 1e-6);
            const double snr = std::exp(lambda);
            return std::sqrt(snr / (1.0 + snr));
        });
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
