/// TCDScheduler.
#pragma once

#include <cmath>
#include <cstddef>
#include <utility>
#include <vector>

#include <fokker/adapt/diffusers/detail.hpp>
#include <fokker/adapt/diffusers/few_step_times.hpp>
#include <fokker/adapt/diffusers/plan.hpp>
#include <fokker/adapt/diffusers/settings.hpp>
#include <fokker/adapt/diffusers/spacing.hpp>
#include <fokker/adapt/diffusers/step_rules.hpp>
#include <fokker/adapt/diffusers/steps.hpp>
#include <fokker/adapt/diffusers/timesteps.hpp>
#include <fokker/adapt/diffusers/training_table.hpp>
#include <fokker/adapt/diffusers/walk.hpp>
#include <fokker/target.hpp>

namespace fokker::inline FOKKER_TARGET::diffusers::detail {

/// Zheng et al. 2024 (TCD), Algorithm 2, with step.eta as its gamma: DDIM to the time
/// floor((1 - eta) next), and noise from there to the next time. The walk ends at time 0, which is
/// not clean. Nothing bounds the data prediction, whatever the file says. Strength belongs to
/// set_timesteps, and original_inference_steps that are asked for put all times of the training in
/// the place of those of the distillation.
inline plan plan_of_tcd(const settings& s, const timesteps& asked) {
    refuse_sigmas(s, asked);
    refuse_mu(s, asked);
    refuse_step_options(s, asked, {"eta"});
    require_strength(s, asked);
    const double eta = asked.step.eta.value_or(0.3);
    const std::vector<double> bars = rescaled_alpha_bars(s);
    const int original =
        asked.original_inference_steps.value_or(s.whole("original_inference_steps"));
    std::vector<double> known;
    if (!asked.original_inference_steps)
        known = distilled_times(s, asked, original);
    else
        for (int i = 0; i < static_cast<int>(s.whole("num_train_timesteps") * asked.strength); ++i)
            known.push_back(i);
    const auto [times, has_end] =
        asked.timesteps.empty() ? few_step_times_of(s, asked, known, original)
                                : given_few_step_times(s, asked, static_cast<int>(bars.size()));

    std::vector<knot> knots;
    std::vector<linear_step> rules;
    for (std::size_t i = 0; i < times.size(); ++i) {
        const bool is_last = i + 1 == times.size();
        const double to = is_last ? 0.0 : times[i + 1];
        // The original multiplies in float, which can lie on the other side of an integer.
        const float between = std::floor(static_cast<float>(1 - eta) * static_cast<float>(to));
        const double bar = bars[static_cast<std::size_t>(times[i])];
        const double next = bars[static_cast<std::size_t>(to)];
        const double clean = bars[static_cast<std::size_t>(between)];
        const bool draws = eta > 0 && !(is_last && has_end);
        const double back = draws ? next / clean : 1.0;
        linear_step rule{.std = std::sqrt(1 - back), .draws = draws};
        rule.state = std::sqrt(back) * std::sqrt(1 - clean) / std::sqrt(1 - bar);
        rule.data = std::sqrt(back) * std::sqrt(clean) - rule.state * std::sqrt(bar);
        knots.push_back(knot_of_alpha_bar(times[i], bar));
        rules.push_back(rule);
    }
    knots.push_back(knot_of_alpha_bar(0.0, bars.front()));
    return {.knots = grid(without_standstill(std::move(knots))).with_prior(prior::standard),
            .solver = linear_steps(std::move(rules)),
            .reads = {output_of(s)}};
}

}  // namespace fokker::diffusers::detail
