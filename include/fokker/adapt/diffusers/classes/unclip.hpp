/// UnCLIPScheduler.
#pragma once

#include <array>
#include <cmath>
#include <cstddef>
#include <utility>
#include <vector>

#include <fokker/adapt/diffusers/ancestral.hpp>
#include <fokker/adapt/diffusers/bounding.hpp>
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

inline constexpr auto unclip_keys =
    joined(std::array{whole("num_train_timesteps", 1000),
                      word("variance_type", "fixed_small_log", "fixed_small_log, learned_range"),
                      prediction_key("epsilon, sample"),
                      word("beta_schedule", "squaredcos_cap_v2", "squaredcos_cap_v2")},
           clip_keys(true));

/// DDPM over times from the last trained one to 0, the ends included; as the pipelines do it, each
/// step goes to the next time (the original's `step` alone goes to t - 1).
inline plan plan_of_unclip(const settings& s, const timesteps& asked) {
    refuse_timesteps(s, asked);
    refuse_sigmas(s, asked);
    refuse_mu(s, asked);
    refuse_step_options(s, asked);
    const int trained = s.whole("num_train_timesteps");
    s.require_of("num_train_timesteps", trained >= 2, "it must be at least 2");
    const int steps = steps_asked_for(s, asked, trained);
    s.require(steps >= 2,
              "steps is 1; the walk visits the last trained time and 0, so ask for two "
              "at least");
    const std::vector<double> bars = alpha_bars(cosine_betas(trained));
    const double stride = (trained - 1.0) / (steps - 1);

    std::vector<knot> knots;
    std::vector<ancestral_step> rules;
    for (int i = steps; i-- > 0;) {
        const double t = rounded(i * stride);
        const double bar = bars[static_cast<std::size_t>(t)];
        const double next =
            i == 0 ? 1.0 : bars[static_cast<std::size_t>(rounded((i - 1) * stride))];
        knots.push_back(knot_of_alpha_bar(t, bar));
        rules.emplace_back(bar, next, t > 0);
    }
    knots.push_back(knot_of_alpha_bar(0.0, 1.0));
    const int first = first_step(s, asked, steps);
    return {.knots = grid(std::move(knots)).from(first).with_prior(prior::standard),
            .solver = ancestral_solver(s, std::move(rules), first),
            .reads = {output_of(s)},
            .bounded = clip_of(s),
            .second = learned_output(s)};
}

}  // namespace fokker::diffusers::detail
