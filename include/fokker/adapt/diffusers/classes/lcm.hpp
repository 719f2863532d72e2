/// LCMScheduler.
#pragma once

#include <cmath>
#include <cstddef>
#include <utility>
#include <vector>

#include <fokker/adapt/diffusers/bounding.hpp>
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
#include <fokker/model/consistency.hpp>
#include <fokker/target.hpp>

namespace fokker::inline FOKKER_TARGET::diffusers::detail {

/// Luo et al. 2023 (Latent Consistency Models), Algorithm 3: x = alpha (c_skip x + c_out D) +
/// sigma z at the next time, without noise in the last step. What bounds D goes before c_skip.
/// Strength belongs to set_timesteps: it shortens the times of the distillation.
inline plan plan_of_lcm(const settings& s, const timesteps& asked) {
    refuse_sigmas(s, asked);
    refuse_mu(s, asked);
    refuse_step_options(s, asked);
    require_strength(s, asked);
    const std::vector<double> bars = rescaled_alpha_bars(s);
    const int original =
        asked.original_inference_steps.value_or(s.whole("original_inference_steps"));
    const std::vector<double> known = distilled_times(s, asked, original);
    const auto [times, has_end] =
        asked.timesteps.empty() ? few_step_times_of(s, asked, known, original)
                                : given_few_step_times(s, asked, static_cast<int>(bars.size()));
    const detail::latent_consistency_prediction<noise_prediction> scaling{
        {}, s.number("timestep_scaling"), 0.5};

    std::vector<knot> knots;
    std::vector<linear_step> rules;
    for (std::size_t i = 0; i < times.size(); ++i) {
        const bool is_last = i + 1 == times.size();
        const double bar = bars[static_cast<std::size_t>(times[i])];
        const double next = is_last && has_end ? 1.0
                            : is_last          ? bar
                                               : bars[static_cast<std::size_t>(times[i + 1])];
        knots.push_back(knot_of_alpha_bar(times[i], bar));
        rules.push_back({.state = std::sqrt(next) * scaling.skip(times[i]),
                         .data = std::sqrt(next) * scaling.out(times[i]),
                         .std = std::sqrt(1 - next),
                         .draws = !(is_last && has_end)});
    }
    knots.push_back(knot_of_alpha_bar(0.0, 1.0));
    return {.knots = grid(std::move(knots)).with_prior(prior::standard),
            .solver = linear_steps(std::move(rules)),
            .reads = {output_of(s)},
            .bounded = bounds_of(s)};
}

}  // namespace fokker::diffusers::detail
