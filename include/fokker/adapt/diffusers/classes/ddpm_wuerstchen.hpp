/// DDPMWuerstchenScheduler, of Wuerstchen and Stable Cascade.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <limits>
#include <numbers>
#include <utility>
#include <vector>

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

inline constexpr std::array ddpm_wuerstchen_keys{number("scaler", 1.0), number("s", 0.008)};

/// alpha_bar at a time in [0, 1]: the cosine schedule, held to [0.0001, 0.9999].
inline double wuerstchen_alpha_bar(double t, double scaler, double s) {
    if (scaler > 1)
        t = 1 - std::pow(1 - t, scaler);
    else if (scaler < 1)
        t = std::pow(t, scaler);
    const auto wave = [&](double time) {
        const double c = std::cos((time + s) / (1 + s) * std::numbers::pi / 2);
        return c * c;
    };
    return std::clamp(wave(t) / wave(0.0), 0.0001, 0.9999);
}

/// Ho et al. 2020, Algorithm 2, in continuous time, from 1 to 0 in even steps or over times that
/// are given with their end. The walk ends a little above clean data. Each step draws.
inline plan plan_of_ddpm_wuerstchen(const settings& s, const timesteps& asked) {
    refuse_sigmas(s, asked);
    refuse_mu(s, asked);
    refuse_step_options(s, asked);
    const double scaler = s.number("scaler"), shift = s.number("s");
    s.require_of("scaler", scaler > 0, "it must be positive");
    s.require_of("s", shift >= 0, "it must not be negative");
    std::vector<double> times = asked.timesteps;
    if (times.empty())
        times = evenly_spaced(1.0, 0.0,
                              steps_asked_for(s, asked, (std::numeric_limits<int>::max)() - 1) + 1);
    s.require(times.size() >= 2, "timesteps must hold two times at least: it has the end, too");
    s.require(asked.timesteps.empty() || asked.steps == 0,
              "steps and timesteps were both given; give one of them");
    std::vector<knot> knots;
    std::vector<linear_step> rules;
    for (std::size_t i = 0; i < times.size(); ++i) {
        s.require(times[i] >= 0 && times[i] <= 1, "timesteps has ", times[i],
                  "; times lie in [0, 1]");
        s.require(i == 0 || times[i] < times[i - 1], "timesteps has ", times[i], " after ",
                  times[i == 0 ? 0 : i - 1], "; it must fall");
        knots.push_back(knot_of_alpha_bar(times[i], wuerstchen_alpha_bar(times[i], scaler, shift)));
        if (i == 0) continue;
        const double bar = wuerstchen_alpha_bar(times[i - 1], scaler, shift);
        const double next = wuerstchen_alpha_bar(times[i], scaler, shift);
        const double alpha = bar / next;
        rules.push_back(
            {.state = 1 / std::sqrt(alpha),
             .epsilon = -(1 - alpha) / std::sqrt((1 - bar) * alpha),
             .std = times[i] == 0 ? 0.0 : std::sqrt((1 - alpha) * (1 - next) / (1 - bar)),
             .draws = true});
    }
    const int first = first_step(s, asked, static_cast<int>(rules.size()));
    return {
        .knots = grid(without_standstill(std::move(knots))).from(first).with_prior(prior::standard),
        .solver = linear_steps(std::move(rules), first),
        .reads = {output::epsilon},
        .whole_labels = false};
}

}  // namespace fokker::diffusers::detail
