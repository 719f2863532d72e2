/// FlowMatchEulerDiscreteScheduler.
#pragma once

#include <array>
#include <cstddef>
#include <utility>

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

inline constexpr auto flow_match_euler_keys =
    joined(flow_level_keys, std::array{flag("stochastic_sampling", false)});

/// The walk of a Mochi: its levels are shares of the data, they and the labels rise, and the
/// network's velocity points to the data.
inline flow_level_list inverted(const settings& s, flow_level_list levels) {
    for (std::size_t i = 0; i < levels.sigmas.size(); ++i)
        levels.labels[i] = (1 - levels.sigmas[i]) * s.whole("num_train_timesteps");
    return levels;
}

/// Euler's method for dx / dsigma = the network's velocity, which is DDIM on a flow's path.
inline plan plan_of_flow_match_euler(const settings& s, const timesteps& asked) {
    refuse_step_options(s, asked);
    const bool inverts = s.flag("invert_sigmas"), renews = s.flag("stochastic_sampling");
    s.require(!inverts || !renews,
              "invert_sigmas and stochastic_sampling are both true; the "
              "original's last step returns noise alone then");
    s.require(!inverts || asked.strength == 1.0, "strength is ", asked.strength,
              "; with invert_sigmas the original gives the picture the noise of the other end");
    flow_level_list levels = flow_levels_of(s, asked);
    if (inverts) levels = inverted(s, std::move(levels));
    const int first = first_step(s, asked, static_cast<int>(levels.sigmas.size()), true);
    return {
        .knots = grid(flow_knots(levels)).from(first).with_prior(prior::standard),
        .solver = renews ? any_solver(renewing_steps(levels.sigmas, first)) : any_solver(ddim{}),
        .reads = {inverts ? output::flow_to_data : output::flow_prediction},
        .whole_labels = false};
}

}  // namespace fokker::diffusers::detail
