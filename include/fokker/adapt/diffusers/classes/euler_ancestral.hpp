/// EulerAncestralDiscreteScheduler.
#pragma once

#include <array>
#include <vector>

#include <fokker/adapt/diffusers/convention.hpp>
#include <fokker/adapt/diffusers/detail.hpp>
#include <fokker/adapt/diffusers/key.hpp>
#include <fokker/adapt/diffusers/plan.hpp>
#include <fokker/adapt/diffusers/settings.hpp>
#include <fokker/adapt/diffusers/sigma_walk.hpp>
#include <fokker/adapt/diffusers/spacing.hpp>
#include <fokker/adapt/diffusers/step_rules.hpp>
#include <fokker/adapt/diffusers/timesteps.hpp>
#include <fokker/adapt/diffusers/training_table.hpp>
#include <fokker/adapt/diffusers/walk.hpp>
#include <fokker/solver/euler_ancestral.hpp>
#include <fokker/target.hpp>

namespace fokker::inline FOKKER_TARGET::diffusers::detail {

inline constexpr auto euler_ancestral_keys =
    joined(training_keys(1e-4, 0.02), std::array{prediction_key("epsilon, v_prediction")},
           spacing_keys("linspace"), std::array{flag("rescale_betas_zero_snr", false)});

/// The levels at the times of the walk, to sigma = 0.
inline plan plan_of_euler_ancestral(const settings& s, const timesteps& asked) {
    refuse_timesteps(s, asked);
    refuse_sigmas(s, asked);
    refuse_mu(s, asked);
    refuse_step_options(s, asked);
    const std::vector<double> trained = training_sigmas(rescaled_alpha_bars(s, 0x1p-24));
    sigma_levels levels{.labels = sigma_walk_times(s, asked), .sigmas = {}};
    for (const double t : levels.labels) levels.sigmas.push_back(sigma_at_time(t, trained));
    const int first = first_step(s, asked, static_cast<int>(levels.labels.size()));
    return {.knots = grid(knots_of(levels)).from(first).with_prior(sigma_walk_prior(s)),
            .solver = euler_ancestral{},
            .reads = {.predicts = output_of(s), .scales = true},
            .bounded = {},
            .whole_labels = false};
}

}  // namespace fokker::diffusers::detail
