/// HeunDiscreteScheduler.
#pragma once

#include <array>
#include <utility>
#include <vector>

#include <fokker/adapt/diffusers/bounding.hpp>
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
#include <fokker/solver/heun.hpp>
#include <fokker/target.hpp>

namespace fokker::inline FOKKER_TARGET::diffusers::detail {

inline constexpr auto heun_keys =
    joined(training_keys(0.00085, 0.012, "linear", "linear, scaled_linear, squaredcos_cap_v2, exp"),
           std::array{prediction_key(three_predictions)}, sigma_keys(), sigma_range_keys(),
           clip_keys(false), spacing_keys("linspace"));

/// Heun's method in sigma, two calls a step but for the last one.
inline plan plan_of_heun(const settings& s, const timesteps& asked) {
    refuse_sigmas(s, asked);
    refuse_mu(s, asked);
    refuse_step_options(s, asked);
    require_one_spacing(s);
    s.require(asked.timesteps.empty() || !is_spaced_in_sigma(s),
              "timesteps cannot be given with use_karras_sigmas, use_exponential_sigmas or "
              "use_beta_sigmas");
    std::vector<double> times =
        asked.timesteps.empty() ? sigma_walk_times(s, asked) : given_times(s, asked);
    const sigma_levels levels =
        sigma_levels_of(s, std::move(times), training_sigmas(training_alpha_bars(s)));
    const int first = first_step(s, asked, static_cast<int>(levels.labels.size()));
    return {.knots = grid(knots_of(levels)).from(first).with_prior(sigma_walk_prior(s)),
            .solver = heun{},
            .reads = {.predicts = output_of(s), .scales = true},
            .bounded = clip_of(s),
            .whole_labels = false};
}

}  // namespace fokker::diffusers::detail
