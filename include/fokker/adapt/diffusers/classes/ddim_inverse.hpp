/// DDIMInverseScheduler.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <utility>
#include <vector>

#include <fokker/adapt/diffusers/bounding.hpp>
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

inline constexpr auto ddim_inverse_keys =
    joined(training_keys(1e-4, 0.02), clip_keys(true),
           std::array{flag("set_alpha_to_one", true), null_alone("set_alpha_to_zero"),
                      prediction_key(three_predictions)},
           spacing_keys("leading", "leading, trailing"),
           std::array{flag("rescale_betas_zero_snr", false)});

/// Linear steps from data to noise.
struct inverse_steps : linear_steps {
    static constexpr bool inverts = true;
    using linear_steps::linear_steps;
};

/// DDIM's step taken the other way: from time t - T / N, in integers, to t, with the network called
/// at the beginning and told of the end. It walks on from the x that it is given: `denoise`.
/// Strength ends the walk early.
inline plan plan_of_ddim_inverse(const settings& s, const timesteps& asked) {
    refuse_timesteps(s, asked);
    refuse_sigmas(s, asked);
    refuse_mu(s, asked);
    refuse_step_options(s, asked);
    s.require(
        !(s.flag("set_alpha_to_one") && s.is("prediction_type", "sample")),
        "prediction_type is \"sample\" and set_alpha_to_one is true; the noise in clean data, "
        "with which the walk would begin, cannot be told");
    const std::vector<double> bars = rescaled_alpha_bars(s);
    const auto trained = static_cast<int>(bars.size());
    const int steps = steps_asked_for(s, asked, trained);
    std::vector<double> times = spaced_times(s, steps, true);
    std::reverse(times.begin(), times.end());

    std::vector<knot> knots;
    std::vector<linear_step> rules;
    for (const double t : times) {
        const int from = (std::min)(static_cast<int>(t) - trained / steps, trained - 1);
        const double bar = from >= 0                    ? bars[static_cast<std::size_t>(from)]
                           : s.flag("set_alpha_to_one") ? 1.0
                                                        : bars.front();
        const double next = bars[static_cast<std::size_t>(t)];
        knot begin = knot_of_alpha_bar(t, bar);
        begin.sigma = (std::max)(begin.sigma, 1e-20);  // so that the network is called there
        knots.push_back(begin);
        rules.push_back({.data = std::sqrt(next), .epsilon = std::sqrt(1 - next)});
    }
    knot end = knot_of_alpha_bar(times.back(), bars[static_cast<std::size_t>(times.back())]);
    end.alpha = (std::max)(end.alpha, 1e-20);  // the network is not called there, so alpha may be 0
    knots.push_back(end);
    std::reverse(knots.begin(), knots.end());
    const auto all = static_cast<int>(times.size());
    const int walked = all - first_step(s, asked, all);
    rules.resize(static_cast<std::size_t>(walked));
    return {.knots = grid(without_standstill(std::move(knots))).reversed().until(walked),
            .solver = inverse_steps(std::move(rules)),
            .reads = {output_of(s)},
            .bounded = clip_of(s)};
}

}  // namespace fokker::diffusers::detail
