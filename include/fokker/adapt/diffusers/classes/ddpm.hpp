/// DDPMScheduler, and DDPMParallelScheduler, whose steps are the same.
#pragma once

#include <array>
#include <cmath>
#include <cstddef>
#include <utility>
#include <vector>

#include <fokker/adapt/diffusers/ancestral.hpp>
#include <fokker/adapt/diffusers/bounding.hpp>
#include <fokker/adapt/diffusers/convention.hpp>
#include <fokker/adapt/diffusers/detail.hpp>
#include <fokker/adapt/diffusers/key.hpp>
#include <fokker/adapt/diffusers/plan.hpp>
#include <fokker/adapt/diffusers/settings.hpp>
#include <fokker/adapt/diffusers/spacing.hpp>
#include <fokker/adapt/diffusers/step_rules.hpp>
#include <fokker/adapt/diffusers/timesteps.hpp>
#include <fokker/adapt/diffusers/training_table.hpp>
#include <fokker/adapt/diffusers/walk.hpp>
#include <fokker/target.hpp>

namespace fokker::inline FOKKER_TARGET::diffusers::detail {

inline constexpr auto ddpm_keys = joined(
    training_keys(1e-4, 0.02, "linear",
                  "linear, scaled_linear, squaredcos_cap_v2, sigmoid, laplace"),
    clip_keys(true),
    std::array{word("variance_type", "fixed_small",
                    "fixed_small, fixed_small_log, fixed_large, "
                    "fixed_large_log, learned, learned_range"),
               prediction_key(three_predictions)},
    threshold_keys(), spacing_keys("leading"), std::array{flag("rescale_betas_zero_snr", false)});

/// The times that were given, which fall, or those of the spacing.
inline std::vector<double> ddpm_times(const settings& s, const timesteps& asked, int trained) {
    if (asked.timesteps.empty()) return spaced_times(s, steps_asked_for(s, asked, trained), true);
    s.require(asked.steps == 0, "steps and timesteps were both given; give one of them");
    require_whole_times(s, asked.timesteps, trained);
    return asked.timesteps;
}

/// Ho et al. 2020, Algorithm 2, from each time of the walk to the next one. Noise is drawn unless
/// the time is 0: so also in the last step of a walk that ends above it. With a learned variance
/// the network has a second output.
inline plan plan_of_ddpm(const settings& s, const timesteps& asked) {
    refuse_sigmas(s, asked);
    refuse_mu(s, asked);
    refuse_step_options(s, asked);
    s.require_of("variance_type", !s.is("variance_type", "fixed_large_log"),
                 "the original takes the root of a logarithm then, which is no number; take "
                 "\"fixed_large\"");
    const std::vector<double> bars = rescaled_alpha_bars(s);
    const std::vector<double> times = ddpm_times(s, asked, static_cast<int>(bars.size()));

    std::vector<knot> knots;
    std::vector<ancestral_step> rules;
    for (std::size_t i = 0; i < times.size(); ++i) {
        const double bar = bars[static_cast<std::size_t>(times[i])];
        const double next =
            i + 1 < times.size() ? bars[static_cast<std::size_t>(times[i + 1])] : 1.0;
        knots.push_back(knot_of_alpha_bar(times[i], bar));
        rules.emplace_back(bar, next, times[i] > 0);
    }
    knots.push_back(knot_of_alpha_bar(0.0, 1.0));
    const int first = first_step(s, asked, static_cast<int>(times.size()));
    return {.knots = grid(std::move(knots)).from(first).with_prior(prior::standard),
            .solver = ancestral_solver(s, std::move(rules), first),
            .reads = {output_of(s)},
            .bounded = bounds_of(s),
            .second = learned_output(s)};
}

}  // namespace fokker::diffusers::detail
