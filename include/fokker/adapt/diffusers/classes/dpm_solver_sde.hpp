/// DPMSolverSDEScheduler.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <optional>
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
#include <fokker/solver/dpm_solver_pp_sde.hpp>
#include <fokker/target.hpp>

namespace fokker::inline FOKKER_TARGET::diffusers::detail {

inline constexpr auto dpm_solver_sde_keys =
    joined(training_keys(0.00085, 0.012), std::array{prediction_key("epsilon, v_prediction")},
           sigma_keys(), sigma_range_keys(), std::array{optional_whole("noise_sampler_seed")},
           spacing_keys("linspace"));

/// Two calls a step but for the last one, the second at the geometric mean of two levels. The noise
/// of all steps is one Brownian path of torchsde's; without noise_sampler_seed, where the original
/// takes any, it has the seed of the generator. sigma_min and sigma_max do not count for Karras's
/// levels here.
inline plan plan_of_dpm_solver_sde(const settings& s, const timesteps& asked) {
    refuse_timesteps(s, asked);
    refuse_sigmas(s, asked);
    refuse_mu(s, asked);
    refuse_step_options(s, asked, {"s_noise"});
    require_one_spacing(s);
    const double s_noise = asked.step.s_noise.value_or(1.0);
    const std::optional<int> seed = s.optional_whole("noise_sampler_seed");
    s.require_of("noise_sampler_seed", seed.value_or(0) >= 0, "it must not be negative");
    std::vector<double> trained = training_sigmas(training_alpha_bars(s));
    const sigma_levels levels = sigma_levels_of(s, sigma_walk_times(s, asked), trained, false);
    tree_noise tree{.seed = {},
                    .sigma_min = levels.sigmas.back(),
                    .sigma_max = levels.sigmas.front(),
                    .levels = levels.sigmas};
    if (seed) tree.seed = static_cast<std::uint64_t>(*seed);
    for (std::size_t i = 1; i < levels.sigmas.size(); ++i)
        tree.levels.push_back(
            std::exp(0.5 * (std::log(levels.sigmas[i - 1]) + std::log(levels.sigmas[i]))));
    const int first = first_step(s, asked, static_cast<int>(levels.labels.size()));
    plan made{.knots = grid(knots_of(levels), labelled_levels{std::move(trained)})
                           .from(first)
                           .with_prior(sigma_walk_prior(s)),
              .solver = dpm_solver_pp_sde{.s_noise = s_noise},
              .reads = {.predicts = output_of(s), .scales = true},
              .bounded = {},
              .whole_labels = false};
    // One step goes to sigma = 0 and has no noise.
    if (levels.sigmas.size() > 1) made.tree = std::move(tree);
    return made;
}

}  // namespace fokker::diffusers::detail
