/// The training table as diffusers computes it, in float: integer labels that it makes of noise
/// levels depend on its roundings.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <vector>

#include <fokker/adapt/diffusers/detail.hpp>
#include <fokker/adapt/diffusers/settings.hpp>
#include <fokker/adapt/diffusers/training_table.hpp>
#include <fokker/target.hpp>

FOKKER_MAY_SHADOW

namespace fokker::inline FOKKER_TARGET::diffusers::detail {

/// torch.linspace in float: from both ends, with multiply and add in one rounding.
inline std::vector<float> evenly_spaced_in_float(double first, double last, int n) {
    const auto a = static_cast<float>(first), b = static_cast<float>(last);
    const double step = static_cast<double>((b - a) / static_cast<float>(n - 1));
    std::vector<float> all;
    for (int i = 0; i < n; ++i)
        all.push_back(static_cast<float>(i < n / 2 ? static_cast<double>(a) + step * i
                                                   : static_cast<double>(b) - step * (n - 1 - i)));
    return all;
}

/// alpha_bar in float; torch.cumprod keeps the product in double.
inline std::vector<float> alpha_bars_in_float(const std::vector<float>& betas) {
    std::vector<float> bars;
    double product = 1.0;
    for (const float beta : betas)
        bars.push_back(static_cast<float>(product *= static_cast<double>(1.0f - beta)));
    return bars;
}

/// The betas of ending_in_noise in float.
inline std::vector<float> betas_ending_in_noise(std::vector<float> bars) {
    const float first = std::sqrt(bars.front()), last = std::sqrt(bars.back());
    for (float& bar : bars) {
        const float root = (std::sqrt(bar) - last) * (first / (first - last));
        bar = root * root;
    }
    std::vector<float> betas{1.0f - bars.front()};
    for (std::size_t i = 1; i < bars.size(); ++i) betas.push_back(1.0f - bars[i] / bars[i - 1]);
    return betas;
}

/// The noise levels of the training times in float, and their logarithms, which rise.
struct float_table {
    std::vector<float> sigmas, logarithms;

    /// With rescale_betas_zero_snr the last alpha_bar is `least`; 0: without.
    float_table(const settings& s, double least) {
        std::vector<float> betas;
        const int n = s.whole("num_train_timesteps");
        const bool given = !s.numbers("trained_betas").empty();
        if (!given && s.is("beta_schedule", "linear")) {
            betas = evenly_spaced_in_float(s.number("beta_start"), s.number("beta_end"), n);
        } else if (!given && s.is("beta_schedule", "scaled_linear")) {
            betas = evenly_spaced_in_float(std::sqrt(s.number("beta_start")),
                                           std::sqrt(s.number("beta_end")), n);
            for (float& beta : betas) beta *= beta;
        } else {
            for (const double beta : training_betas(s)) betas.push_back(static_cast<float>(beta));
        }
        std::vector<float> bars = alpha_bars_in_float(betas);
        if (least > 0) {
            bars = alpha_bars_in_float(betas_ending_in_noise(std::move(bars)));
            bars.back() = static_cast<float>(least);
        }
        for (const float bar : bars) {
            sigmas.push_back(std::sqrt((1.0f - bar) / bar));
            logarithms.push_back(static_cast<float>(std::log(static_cast<double>(sigmas.back()))));
        }
    }

    double front() const { return static_cast<double>(sigmas.front()); }
    double back() const { return static_cast<double>(sigmas.back()); }

    /// The training time of a level: linear in log sigma between two of them, and held to the
    /// table.
    double time_of(double sigma) const {
        const double wanted = std::log((std::max)(sigma, 1e-10));
        const auto above = std::find_if(logarithms.begin(), logarithms.end(), [&](float each) {
            return static_cast<double>(each) > wanted;
        });
        const auto low = std::clamp<std::ptrdiff_t>(
            above - logarithms.begin() - 1, 0, static_cast<std::ptrdiff_t>(logarithms.size()) - 2);
        const auto at = [&](std::ptrdiff_t i) {
            return static_cast<double>(logarithms[static_cast<std::size_t>(i)]);
        };
        const double w = std::clamp(
            (at(low) - wanted) / static_cast<double>(logarithms[static_cast<std::size_t>(low)] -
                                                     logarithms[static_cast<std::size_t>(low) + 1]),
            0.0, 1.0);
        return (1.0 - w) * static_cast<double>(low) + w * (static_cast<double>(low) + 1.0);
    }
};

}  // namespace fokker::diffusers::detail

FOKKER_END_MAY_SHADOW
