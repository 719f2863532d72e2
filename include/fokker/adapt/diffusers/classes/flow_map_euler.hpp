/// FlowMapEulerDiscreteScheduler.
#pragma once

#include <array>
#include <utility>
#include <vector>

#include <fokker/adapt/diffusers/convention.hpp>
#include <fokker/adapt/diffusers/detail.hpp>
#include <fokker/adapt/diffusers/flow_levels.hpp>
#include <fokker/adapt/diffusers/key.hpp>
#include <fokker/adapt/diffusers/plan.hpp>
#include <fokker/adapt/diffusers/settings.hpp>
#include <fokker/adapt/diffusers/step_rules.hpp>
#include <fokker/adapt/diffusers/timesteps.hpp>
#include <fokker/adapt/diffusers/walk.hpp>
#include <fokker/solver/ddim.hpp>
#include <fokker/target.hpp>

namespace fokker::inline FOKKER_TARGET::diffusers::detail {

inline constexpr std::array flow_map_euler_keys{whole("num_train_timesteps", 1000),
                                                number("shift", 1.0)};

/// The levels of its walk: even ones from 1 on, or those that are given, and all are shifted. Given
/// timesteps are levels, too; the labels are those of the shifted ones.
inline flow_level_list flow_map_levels(const settings& s, const timesteps& asked) {
    const int steps = flow_steps(s, asked), trained = s.whole("num_train_timesteps");
    s.require_of("num_train_timesteps", trained >= 1, "it must be at least 1");
    s.require_of("shift", s.number("shift") > 0, "it must be positive");
    flow_level_list levels{asked.sigmas, {}};
    if (levels.sigmas.empty())
        for (const double label : asked.timesteps) levels.sigmas.push_back(label / trained);
    if (levels.sigmas.empty()) {
        levels.sigmas = evenly_spaced(1.0, 0.0, steps + 1);
        levels.sigmas.pop_back();
    }
    require_falling_levels(s, levels.sigmas);
    for (double& sigma : levels.sigmas) {
        sigma = flow_shifted(sigma, s.number("shift"));
        levels.labels.push_back(sigma * trained);
    }
    return levels;
}

/// A flow map's own steps (AnyFlow): x - (sigma_t - sigma_r) u(x, t, r), which is DDIM on a flow's
/// path. Its network takes both labels: flow_map.
inline plan plan_of_flow_map_euler(const settings& s, const timesteps& asked) {
    refuse_mu(s, asked);
    refuse_step_options(s, asked);
    const flow_level_list levels = flow_map_levels(s, asked);
    const int first = first_step(s, asked, static_cast<int>(levels.sigmas.size()), true);
    return {.knots = grid(flow_knots(levels)).from(first).with_prior(prior::standard),
            .solver = ddim{},
            .reads = {output::flow_prediction},
            .whole_labels = false,
            .takes_two_labels = true};
}

}  // namespace fokker::diffusers::detail
