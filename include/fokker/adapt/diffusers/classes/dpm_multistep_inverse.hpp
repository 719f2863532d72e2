/// DPMSolverMultistepInverseScheduler.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <utility>
#include <vector>

#include <fokker/adapt/diffusers/bounding.hpp>
#include <fokker/adapt/diffusers/classes/dpm_multistep.hpp>
#include <fokker/adapt/diffusers/detail.hpp>
#include <fokker/adapt/diffusers/multistep_walk.hpp>
#include <fokker/adapt/diffusers/plan.hpp>
#include <fokker/adapt/diffusers/settings.hpp>
#include <fokker/adapt/diffusers/spacing.hpp>
#include <fokker/adapt/diffusers/step_rules.hpp>
#include <fokker/adapt/diffusers/timesteps.hpp>
#include <fokker/target.hpp>

namespace fokker::inline FOKKER_TARGET::diffusers::detail {

inline constexpr auto dpm_multistep_inverse_keys = dpm_multistep_shared_keys();

/// The levels of the inverse, which rise, but for those of a flow. A training time that comes twice
/// is visited once, and the walk is so much shorter, while its levels stay.
inline level_list inverse_levels(const settings& s, const trained_levels& trained, int steps) {
    const int last = times_above_lambda(s, trained);
    level_list levels;
    if (auto spaced = spaced_levels(s, trained, steps, false, karras_labels::rounded)) {
        levels = *std::move(spaced);
        std::reverse(levels.sigmas.begin(), levels.sigmas.end());
        std::reverse(levels.labels.begin(), levels.labels.end());
        // One step stays where the original's list begins, at the least noise.
        if (steps == 1) levels = levels_at({0.0}, trained);
        levels.sigmas.push_back(levels.sigmas.back());
    } else if (s.flag("use_flow_sigmas")) {
        levels = flow_levels(s, steps, s.number("flow_shift"));
        levels.sigmas.push_back(levels.sigmas.back());
    } else {
        std::vector<double> times;
        if (s.is("timestep_spacing", "linspace")) {
            times = evenly_spaced(0.0, last - 1.0, steps + 1);
            times.pop_back();
            for (double& t : times) t = rounded(t);
        } else if (s.is("timestep_spacing", "leading")) {
            const int stride = last / (steps + 1);
            for (int i = 0; i < steps; ++i)
                times.push_back(static_cast<double>(i * stride + s.whole("steps_offset")));
        } else {
            times = multistep_times(s, steps, last);
            std::reverse(times.begin(), times.end());
        }
        levels = levels_at(times, trained);
        levels.sigmas.push_back(trained.sigmas[static_cast<std::size_t>(last - 1)]);
    }
    // Labels of the other spacings are no integers yet when the original looks for those twice.
    if (!s.flag("use_exponential_sigmas") && !s.flag("use_beta_sigmas") &&
        !s.flag("use_flow_sigmas")) {
        const auto end = std::unique(levels.labels.begin(), levels.labels.end());
        levels.labels.erase(end, levels.labels.end());
        levels.sigmas.resize(levels.labels.size() + 1);
    }
    s.require(levels.labels.size() < 2 || levels.labels[0] != levels.labels[1], "with ", steps,
              " steps the first two labels are both ", levels.labels[0],
              ", where the original stumbles; take fewer");
    return levels;
}

/// From clean data to noise, but with use_flow_sigmas, where the original walks the usual way.
inline plan plan_of_dpm_multistep_inverse(const settings& s, const timesteps& asked) {
    refuse_timesteps(s, asked);
    refuse_sigmas(s, asked);
    refuse_mu(s, asked);
    refuse_step_options(s, asked);
    require_one_spacing(s);
    const dpm_method method = dpm_method_of(s);
    s.require(!method.stochastic,
              "algorithm_type is \"sde-dpmsolver\" or \"sde-dpmsolver++\", whose noise has no real "
              "standard deviation from data to noise");
    refuse_spaced_flow(s);
    s.require(!s.optional_number("sigma_min") && !s.optional_number("sigma_max"),
              "sigma_min and sigma_max, which the original takes the other way round, are not "
              "served");
    s.require(asked.strength == 1.0, "strength is ", asked.strength,
              "; from data to noise there is the whole walk alone");
    require_flow_prediction(s);
    const trained_levels trained = levels_trained(s, false);
    const level_list levels =
        inverse_levels(s, trained, steps_asked_for(s, asked, trained.count() - 1));
    const bool flow = s.flag("use_flow_sigmas");
    const grid walk = multistep_grid(s, levels, flow, 0, !flow);
    const int falling = dpm_falling_steps(s, static_cast<int>(levels.labels.size()), false);
    require_last_length(s, method, levels, falling, walk.steps());
    return {.knots = walk,
            .solver = dpm_multistep_solver(method, walk, falling),
            .reads = {output_of(s)},
            .bounded = threshold_of(s)};
}

}  // namespace fokker::diffusers::detail
