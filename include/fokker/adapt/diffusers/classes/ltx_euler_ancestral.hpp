/// LTXEulerAncestralRFScheduler.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <utility>
#include <vector>

#include <fokker/adapt/diffusers/convention.hpp>
#include <fokker/adapt/diffusers/detail.hpp>
#include <fokker/adapt/diffusers/flow_levels.hpp>
#include <fokker/adapt/diffusers/key.hpp>
#include <fokker/adapt/diffusers/plan.hpp>
#include <fokker/adapt/diffusers/settings.hpp>
#include <fokker/adapt/diffusers/step_rules.hpp>
#include <fokker/adapt/diffusers/steps.hpp>
#include <fokker/adapt/diffusers/timesteps.hpp>
#include <fokker/adapt/diffusers/walk.hpp>
#include <fokker/target.hpp>

namespace fokker::inline FOKKER_TARGET::diffusers::detail {

/// The keys of the flow's levels count where steps are asked for, and no list is given.
inline constexpr auto ltx_euler_ancestral_keys =
    joined(flow_level_keys, std::array{number("eta", 1.0), number("s_noise", 1.0)});

/// The levels with their end. A list holds the end, too, and is taken as it is: timesteps in place
/// of sigmas are levels as well, not labels.
inline flow_level_list ltx_levels(const settings& s, const timesteps& asked) {
    const std::vector<double>& given = asked.sigmas.empty() ? asked.timesteps : asked.sigmas;
    if (given.empty()) {
        flow_level_list levels = flow_levels_of(s, asked);
        levels.sigmas.push_back(0.0);
        return levels;
    }
    s.require(given.size() >= 2, "the list of levels must hold two at least: it has the end, too");
    flow_level_list levels{given, {}};
    require_falling_levels(s, levels.sigmas);
    for (const double sigma : given)
        levels.labels.push_back(sigma * s.whole("num_train_timesteps"));
    return levels;
}

/// Euler's step to a level below the next one, and noise from there to it (ComfyUI's ancestral
/// Euler of rectified flows). At the end of a list that was given the network is called once more,
/// and the state stays as it is.
inline plan plan_of_ltx_euler_ancestral(const settings& s, const timesteps& asked) {
    refuse_step_options(s, asked);
    s.require(!s.flag("invert_sigmas"), "invert_sigmas is true; it is not served");
    const double eta = s.number("eta"), s_noise = s.number("s_noise");
    s.require_of("eta", eta >= 0 && eta <= 1, "it must lie in [0, 1]");
    s.require_of("s_noise", s_noise >= 0, "it must not be negative");
    const flow_level_list levels = ltx_levels(s, asked);
    const auto calls = static_cast<int>(levels.labels.size());

    std::vector<knot> knots;
    std::vector<linear_step> rules;
    for (std::size_t i = 0; i < levels.labels.size(); ++i) {
        const double sigma = (std::max)(levels.sigmas[i], 1e-20);
        knots.push_back({levels.labels[i], 1 - sigma, sigma});
        if (i + 1 == levels.sigmas.size()) {
            rules.push_back({.state = 1.0});
            break;
        }
        const double next = levels.sigmas[i + 1];
        if (next < 1e-8) {
            rules.push_back({.data = 1.0});
            continue;
        }
        const double down = next * (1 + (next / sigma - 1) * eta), ratio = down / sigma;
        linear_step rule{.state = ratio, .data = 1 - ratio};
        if (eta > 0 && s_noise > 0) {
            const double back = (1 - next) / (1 - down + 1e-12);
            const double kept = down * (1 - next);
            const double variance = next * next - kept * kept / ((1 - down) * (1 - down) + 1e-12);
            rule = {.state = back * rule.state,
                    .data = back * rule.data,
                    .std = s_noise * std::sqrt((std::max)(variance, 0.0)),
                    .draws = true};
        }
        rules.push_back(rule);
    }
    const double end = levels.sigmas.back();
    knots.push_back({0.0, 1 - end, end});
    const int first = first_step(s, asked, calls, true);
    return {
        .knots = grid(without_standstill(std::move(knots))).from(first).with_prior(prior::standard),
        .solver = linear_steps(std::move(rules), first),
        .reads = {output::flow_prediction},
        .whole_labels = false};
}

}  // namespace fokker::diffusers::detail
