/// KDPM2DiscreteScheduler and KDPM2AncestralDiscreteScheduler.
#pragma once

#include <array>
#include <utility>
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
#include <fokker/any_solver.hpp>
#include <fokker/solver/dpm2.hpp>
#include <fokker/target.hpp>

namespace fokker::inline FOKKER_TARGET::diffusers::detail {

inline constexpr auto kdpm2_keys =
    joined(training_keys(0.00085, 0.012), sigma_keys(), sigma_range_keys(),
           std::array{prediction_key("epsilon, v_prediction")}, spacing_keys("linspace"));

/// Two calls a step but for the last one, the second at the geometric mean of two levels, labelled
/// by the training time of that. Labels of Karras's levels are rounded, those between them not.
inline plan plan_of_kdpm2_with(const settings& s, const timesteps& asked, any_solver solver) {
    refuse_timesteps(s, asked);
    refuse_sigmas(s, asked);
    refuse_mu(s, asked);
    refuse_step_options(s, asked);
    require_one_spacing(s);
    std::vector<double> trained = training_sigmas(training_alpha_bars(s));
    sigma_levels levels = sigma_levels_of(s, sigma_walk_times(s, asked), trained);
    if (s.flag("use_karras_sigmas"))
        for (double& label : levels.labels) label = rounded(label);
    const int first = first_step(s, asked, static_cast<int>(levels.labels.size()));
    return {.knots = grid(knots_of(levels), labelled_levels{std::move(trained)})
                         .from(first)
                         .with_prior(sigma_walk_prior(s)),
            .solver = std::move(solver),
            .reads = {.predicts = output_of(s), .scales = true},
            .bounded = {},
            .whole_labels = false};
}

inline plan plan_of_kdpm2(const settings& s, const timesteps& asked) {
    return plan_of_kdpm2_with(s, asked, dpm2{});
}
inline plan plan_of_kdpm2_ancestral(const settings& s, const timesteps& asked) {
    return plan_of_kdpm2_with(s, asked, dpm2_ancestral{});
}

}  // namespace fokker::diffusers::detail
