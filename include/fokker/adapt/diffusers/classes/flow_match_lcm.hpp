/// FlowMatchLCMScheduler.
#pragma once

#include <array>
#include <cstddef>

#include <fokker/adapt/diffusers/convention.hpp>
#include <fokker/adapt/diffusers/detail.hpp>
#include <fokker/adapt/diffusers/flow_levels.hpp>
#include <fokker/adapt/diffusers/key.hpp>
#include <fokker/adapt/diffusers/plan.hpp>
#include <fokker/adapt/diffusers/settings.hpp>
#include <fokker/adapt/diffusers/step_rules.hpp>
#include <fokker/adapt/diffusers/timesteps.hpp>
#include <fokker/adapt/diffusers/walk.hpp>
#include <fokker/target.hpp>

namespace fokker::inline FOKKER_TARGET::diffusers::detail {

/// scale_factors, with which the picture grows on its way, are not served; without them nothing
/// looks at upscale_mode.
inline constexpr auto flow_match_lcm_keys =
    joined(flow_level_keys,
           std::array{null_alone("scale_factors"),
                      word("upscale_mode", "bicubic",
                           "nearest, linear, bilinear, bicubic, trilinear, area, nearest-exact")});

/// Consistency sampling on a flow, with a draw in the last step, too.
inline plan plan_of_flow_match_lcm(const settings& s, const timesteps& asked) {
    refuse_step_options(s, asked);
    s.require(!s.flag("invert_sigmas"),
              "invert_sigmas is true; the original's last step returns noise alone then");
    const flow_level_list levels = flow_levels_of(s, asked);
    const int first = first_step(s, asked, static_cast<int>(levels.sigmas.size()), true);
    return {.knots = grid(flow_knots(levels)).from(first).with_prior(prior::standard),
            .solver = renewing_steps(levels.sigmas, first),
            .reads = {output::flow_prediction},
            .whole_labels = false};
}

}  // namespace fokker::diffusers::detail
