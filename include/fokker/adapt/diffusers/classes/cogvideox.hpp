/// CogVideoXDDIMScheduler and CogVideoXDPMScheduler.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <memory>
#include <utility>
#include <vector>

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

/// Nothing is clipped, whatever clip_sample says.
inline constexpr auto cogvideox_keys =
    joined(training_keys(0.00085, 0.012, "scaled_linear"), clip_keys(true),
           std::array{flag("set_alpha_to_one", true), prediction_key(three_predictions),
                      number("sample_max_value", 1.0), flag("rescale_betas_zero_snr", false),
                      number("snr_shift_scale", 3.0)},
           spacing_keys("leading"));

/// alpha_bar with a signal-to-noise ratio that is snr_shift_scale times less.
inline std::vector<double> cogvideox_alpha_bars(const settings& s) {
    const double scale = s.number("snr_shift_scale");
    s.require_of("snr_shift_scale", scale > 0, "it must be positive");
    std::vector<double> bars = training_alpha_bars(s);
    for (double& bar : bars) bar /= scale + (1 - scale) * bar;
    return s.flag("rescale_betas_zero_snr") ? ending_in_noise(std::move(bars)) : bars;
}

/// A walk as of DDIMScheduler: each step goes from time t to t - T / N, in integers.
struct cogvideox_walk {
    std::vector<double> times, bars, nexts;
    std::vector<bool> ends_clean;  ///< whether a step ends before time 0
    grid knots;

    int steps() const { return static_cast<int>(times.size()); }
};

inline cogvideox_walk cogvideox_walk_of(const settings& s, const timesteps& asked) {
    refuse_timesteps(s, asked);
    refuse_sigmas(s, asked);
    refuse_mu(s, asked);
    refuse_step_options(s, asked);
    const std::vector<double> bars = cogvideox_alpha_bars(s);
    const auto trained = static_cast<int>(bars.size());
    const int steps = steps_asked_for(s, asked, trained);
    const double last = s.flag("set_alpha_to_one") ? 1.0 : bars.front();
    cogvideox_walk walk{
        spaced_times(s, steps, true), {}, {}, {}, {{0.0, 0.0, 1.0}, {0.0, 1.0, 0.0}}};
    std::vector<knot> knots;
    for (const double t : walk.times) {
        const int target = static_cast<int>(t) - trained / steps;
        walk.bars.push_back(bars[static_cast<std::size_t>(t)]);
        walk.nexts.push_back(target >= 0 ? bars[static_cast<std::size_t>(target)] : last);
        walk.ends_clean.push_back(target < 0);
        knots.push_back(knot_of_alpha_bar(t, walk.bars.back()));
    }
    knots.push_back(knot_of_alpha_bar(0.0, walk.nexts.back()));
    walk.knots = grid(without_standstill(std::move(knots))).with_prior(prior::standard);
    return walk;
}

/// DDIM, with a table and a convention of its own.
inline plan plan_of_cogvideox_ddim(const settings& s, const timesteps& asked) {
    const cogvideox_walk walk = cogvideox_walk_of(s, asked);
    std::vector<linear_step> rules;
    for (std::size_t i = 0; i < walk.times.size(); ++i) {
        const double state = std::sqrt((1 - walk.nexts[i]) / (1 - walk.bars[i]));
        rules.push_back(
            {.state = state, .data = std::sqrt(walk.nexts[i]) - std::sqrt(walk.bars[i]) * state});
    }
    const int first = first_step(s, asked, walk.steps());
    return {.knots = walk.knots.from(first),
            .solver = linear_steps(std::move(rules), first),
            .reads = {output_of(s)}};
}

/// x becomes state x + data D + past D_before + std z, where D_before is that of the step before.
struct cogvideox_step {
    double state, data, past, std;
    bool looks_back;
};

/// DPM-Solver++(2M) for the reverse SDE, Lu et al. 2022. A step that looks back draws twice, and
/// uses the second draw.
struct cogvideox_dpm_steps {
    static constexpr int history = 1;
    static constexpr int evaluations = 1;
    static constexpr int stages = 1;

    std::shared_ptr<const std::vector<cogvideox_step>> steps;  ///< of the part that is walked

    bool stochastic() const { return true; }
    void check(const grid& walk) const { check_length(steps->size(), 0, walk); }

    void step(auto& run) const {
        const cogvideox_step& c = (*steps)[static_cast<std::size_t>(run.index())];
        auto x = run.x();
        const auto D = run.data(x, run.interval().first);
        if (!c.looks_back) {
            x = c.state * x + c.data * D + c.std * run.gaussian();
            return;
        }
        auto unused = run.stage(0);
        unused = 0.0 * x + run.gaussian();
        x = c.state * x + c.data * D + c.past * run.past(1) + c.std * run.gaussian();
    }
};

inline plan plan_of_cogvideox_dpm(const settings& s, const timesteps& asked) {
    const cogvideox_walk walk = cogvideox_walk_of(s, asked);
    const int first = first_step(s, asked, walk.steps());
    const auto lambda = [](double bar) { return 0.5 * std::log(bar / (1 - bar)); };
    std::vector<cogvideox_step> rules;
    for (auto i = static_cast<std::size_t>(first); i < walk.times.size(); ++i) {
        const double bar = walk.bars[i], next = walk.nexts[i];
        const double h = lambda(next) - lambda(bar), data = -std::expm1(-2 * h) * std::sqrt(next);
        cogvideox_step rule{
            .state = std::sqrt((1 - next) / (1 - bar)) * std::exp(-h),
            .data = data,
            .past = 0.0,
            .std = std::sqrt(1 - next) * std::sqrt(-std::expm1(-2 * h)),
            .looks_back = i > static_cast<std::size_t>(first) && !walk.ends_clean[i]};
        if (rule.looks_back) {
            const double share = h / (2 * (lambda(bar) - lambda(walk.bars[i - 1])));
            rule.data = (1 + share) * data;
            rule.past = -share * data;
        }
        rules.push_back(rule);
    }
    return {.knots = walk.knots.from(first),
            .solver = cogvideox_dpm_steps{std::make_shared<const std::vector<cogvideox_step>>(
                std::move(rules))},
            .reads = {output_of(s)}};
}

}  // namespace fokker::diffusers::detail
