/// RePaintScheduler.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <utility>
#include <vector>

#include <fokker/adapt/diffusers/convention.hpp>
#include <fokker/adapt/diffusers/detail.hpp>
#include <fokker/adapt/diffusers/key.hpp>
#include <fokker/adapt/diffusers/plan.hpp>
#include <fokker/adapt/diffusers/repainting.hpp>
#include <fokker/adapt/diffusers/settings.hpp>
#include <fokker/adapt/diffusers/spacing.hpp>
#include <fokker/adapt/diffusers/step_rules.hpp>
#include <fokker/adapt/diffusers/timesteps.hpp>
#include <fokker/adapt/diffusers/training_table.hpp>
#include <fokker/adapt/diffusers/walk.hpp>
#include <fokker/model/second_output.hpp>
#include <fokker/path/grids/jumps.hpp>
#include <fokker/path/knot_order.hpp>
#include <fokker/target.hpp>

namespace fokker::inline FOKKER_TARGET::diffusers::detail {

inline constexpr auto repaint_keys =
    joined(training_keys(1e-4, 0.02, "linear", "linear, scaled_linear, squaredcos_cap_v2, sigmoid"),
           std::array{number("eta", 0.0), flag("clip_sample", true)});

/// The times of a walk that goes back, counted in steps: at every jump_length-th from the data it
/// goes jump_length back, jump_n_sample - 1 times. Lugmayr et al. 2022 (RePaint), figure 9.
inline std::vector<int> repaint_times(int steps, int jump_length, int jump_samples) {
    const double places =
        std::ceil((std::max)(0.0, static_cast<double>(steps) - jump_length) / jump_length);
    fokker::detail::require_few_enough(
        "with jump_n_sample the number of steps",
        static_cast<std::size_t>(steps + 2.0 * places * jump_length * (jump_samples - 1)));
    std::vector<int> jumps_left(static_cast<std::size_t>(steps), 0), times;
    for (int t = 0; t < steps - jump_length; t += jump_length)
        jumps_left[static_cast<std::size_t>(t)] = jump_samples - 1;
    for (int t = steps; t >= 1;) {
        times.push_back(--t);
        if (jumps_left[static_cast<std::size_t>(t)] == 0) continue;
        --jumps_left[static_cast<std::size_t>(t)];
        for (int i = 0; i < jump_length; ++i) times.push_back(++t);
    }
    return times;
}

/// Lugmayr et al. 2022, Algorithm 1, with DDIM's step: see `repaint`. The steps back to more noise
/// are the original's: one draw for each training time, with the betas of the times above the one
/// that the state is at.
inline plan plan_of_repaint(const settings& s, const timesteps& asked) {
    refuse_timesteps(s, asked);
    refuse_sigmas(s, asked);
    refuse_mu(s, asked);
    refuse_step_options(s, asked, {"eta"});
    s.require(asked.strength == 1.0, "strength is ", asked.strength,
              "; the walk begins with noise alone");
    const double eta = asked.step.eta.value_or(s.number("eta"));
    s.require(eta >= 0 && eta <= 1, "eta is ", eta, "; it must lie in [0, 1]");
    const int length = asked.jump_length.value_or(10), samples = asked.jump_n_sample.value_or(10);
    s.require(length >= 1, "jump_length is ", length, "; it must be at least 1");
    s.require(samples >= 1, "jump_n_sample is ", samples, "; it must be at least 1");
    const std::vector<double> betas = training_betas(s), bars = alpha_bars(betas);
    const auto trained = static_cast<int>(bars.size());
    const int steps = steps_asked_for(s, asked, trained), stride = trained / steps;
    const auto bar_at = [&](int t) { return t >= 0 ? bars[static_cast<std::size_t>(t)] : 1.0; };

    repaint_rules rules{{}, s.flag("clip_sample")};
    rules.of_time.resize(bars.size());
    for (int t = 0; t < trained; t += stride) {
        const double bar = bar_at(t), next = bar_at(t - stride);
        const double std = eta * std::sqrt((1 - next) / (1 - bar) * (1 - bar / next));
        rules.of_time[static_cast<std::size_t>(t)] = {std::sqrt(bar),
                                                      std::sqrt(1 - bar),
                                                      std::sqrt(next),
                                                      std::sqrt(1 - next),
                                                      std::sqrt(1 - next - std * std),
                                                      t > 0 ? std : 0.0};
    }
    const std::vector<int> times = repaint_times(steps, length, samples);
    double bar = bar_at(times.front() * stride);
    detail::jumping_walk walk(
        grid({knot_of_alpha_bar(times.front() * stride, bar), {0.0, 1.0, 0.0}})
            .with_prior(prior::standard));
    // A knot is known when its label is: by the time after it, if that is a step's.
    for (std::size_t i = 0; i < times.size(); ++i) {
        const bool goes_back = i > 0 && times[i] > times[i - 1];
        const double label = i + 1 < times.size() ? times[i + 1] * stride : 0.0;
        if (!goes_back) {
            bar = bar_at((times[i] - 1) * stride);
            knot end = knot_of_alpha_bar(label, bar);
            if (i + 1 < times.size()) end.sigma = (std::max)(end.sigma, 1e-20);
            walk.step_to(end);
            continue;
        }
        for (int k = 0; k < stride; ++k) {
            bar *= 1 - betas[static_cast<std::size_t>(times[i - 1] * stride + k)];
            walk.jump_to(knot_of_alpha_bar(label, bar));
        }
    }
    return {.knots = std::move(walk).made(),
            .solver = repaint_steps{},
            .reads = {output::sample},
            .second = second_output::variance,
            .repaints = std::make_shared<const repaint_rules>(std::move(rules))};
}

}  // namespace fokker::diffusers::detail
