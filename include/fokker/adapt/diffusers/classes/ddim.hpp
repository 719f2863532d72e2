/// DDIMScheduler, and DDIMParallelScheduler, whose steps are the same.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <utility>
#include <vector>

#include <fokker/adapt/diffusers/bounding.hpp>
#include <fokker/adapt/diffusers/convention.hpp>
#include <fokker/adapt/diffusers/detail.hpp>
#include <fokker/adapt/diffusers/key.hpp>
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

inline constexpr auto ddim_keys = joined(
    training_keys(1e-4, 0.02), clip_keys(true),
    std::array{flag("set_alpha_to_one", true), prediction_key(three_predictions)}, threshold_keys(),
    spacing_keys("leading"), std::array{flag("rescale_betas_zero_snr", false)});

/// A step goes from time t to time t - T / N, in integers, whatever the next time of the walk is:
/// with "linspace" and "trailing" the state is then read at another noise level than it has.
inline plan plan_of_ddim(const settings& s, const timesteps& asked) {
    refuse_timesteps(s, asked);
    refuse_sigmas(s, asked);
    refuse_mu(s, asked);
    refuse_step_options(s, asked, {"eta", "use_clipped_model_output"});
    const std::vector<double> bars = rescaled_alpha_bars(s);
    const auto trained = static_cast<int>(bars.size());
    const int steps = steps_asked_for(s, asked, trained);
    const double last = s.flag("set_alpha_to_one") ? 1.0 : bars.front();
    const std::vector<double> times = spaced_times(s, steps, true);
    const double eta = asked.step.eta.value_or(0.0);
    const bool follows = asked.step.use_clipped_model_output.value_or(false);

    std::vector<knot> knots;
    std::vector<linear_step> rules;
    double bar = 1.0, next = last;
    for (const double t : times) {
        bar = bars[static_cast<std::size_t>(t)];
        const int target = static_cast<int>(t) - trained / steps;
        next = target >= 0 ? bars[static_cast<std::size_t>(target)] : last;
        knots.push_back(knot_of_alpha_bar(t, bar));
        const double variance = (1 - next) / (1 - bar) * (1 - bar / next);
        const double std = eta * std::sqrt(variance);
        const double along = std::sqrt(1 - next - std * std);  // of eps_hat
        linear_step rule{.data = std::sqrt(next), .std = std, .draws = eta > 0};
        if (follows) {
            rule.state = along / std::sqrt(1 - bar);
            rule.data -= rule.state * std::sqrt(bar);
        } else {
            rule.epsilon = along;
        }
        rules.push_back(rule);
    }
    knots.push_back(knot_of_alpha_bar(0.0, next));
    const int first = first_step(s, asked, static_cast<int>(times.size()));
    return {
        .knots = grid(without_standstill(std::move(knots))).from(first).with_prior(prior::standard),
        .solver = linear_steps(std::move(rules), first),
        .reads = {output_of(s)},
        .bounded = bounds_of(s)};
}

}  // namespace fokker::diffusers::detail
