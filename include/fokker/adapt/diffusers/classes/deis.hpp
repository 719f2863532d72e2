/// DEISMultistepScheduler.
#pragma once

#include <array>

#include <fokker/adapt/diffusers/bounding.hpp>
#include <fokker/adapt/diffusers/detail.hpp>
#include <fokker/adapt/diffusers/key.hpp>
#include <fokker/adapt/diffusers/multistep_walk.hpp>
#include <fokker/adapt/diffusers/plan.hpp>
#include <fokker/adapt/diffusers/settings.hpp>
#include <fokker/adapt/diffusers/spacing.hpp>
#include <fokker/adapt/diffusers/step_rules.hpp>
#include <fokker/adapt/diffusers/timesteps.hpp>
#include <fokker/solver/exponential_multistep.hpp>
#include <fokker/target.hpp>

namespace fokker::inline FOKKER_TARGET::diffusers::detail {

inline constexpr auto deis_keys =
    joined(training_keys(1e-4, 0.02),
           std::array{whole("solver_order", 2), prediction_key(four_predictions)}, threshold_keys(),
           std::array{word("algorithm_type", "deis", "deis, dpmsolver, dpmsolver++"),
                      word("solver_type", "logrho", "logrho, midpoint, heun, bh1, bh2"),
                      flag("lower_order_final", true)},
           sigma_keys(), flow_sigma_keys(), spacing_keys("linspace"), dynamic_shift_keys(),
           sigma_range_keys());

/// Ends at the least noise of the training, and with levels of another spacing with a step of no
/// length.
inline plan plan_of_deis(const settings& s, const timesteps& asked) {
    refuse_timesteps(s, asked);
    refuse_sigmas(s, asked);
    refuse_step_options(s, asked);
    require_one_spacing(s);
    refuse_spaced_flow(s);
    require_flow_prediction(s);
    const int order = s.whole("solver_order");
    s.require_of("solver_order", order >= 1 && order <= 3, "it must be 1, 2 or 3");
    const trained_levels trained = levels_trained(s, false);
    const int steps = steps_asked_for(s, asked, trained.count() - 1);
    const bool flow = s.flag("use_flow_sigmas");
    if (!flow) refuse_mu(s, asked);

    level_list levels;
    double last = trained.sigmas.front();
    if (const auto spaced = spaced_levels(s, trained, steps, false, karras_labels::rounded)) {
        levels = *spaced;
        last = levels.sigmas.back();
    } else if (flow) {
        levels = flow_levels(s, steps, shift_of(s, asked));
        last = levels.sigmas.back();
    } else {
        levels = levels_at(multistep_times(s, steps, trained.count()), trained);
    }
    levels.sigmas.push_back(last);
    const auto count = static_cast<int>(levels.labels.size());
    const int first = first_step(s, asked, count);
    const int falling = s.flag("lower_order_final") && count < 15 ? 2 : 0;
    const auto solver = [&]() -> any_solver {
        constexpr double growth = detail::longest_growth;
        if (order == 1) return deis<1>{};
        if (order == 2) return deis<2>{.most_growth = growth, .falling_steps = falling};
        return deis<3>{.most_growth = growth, .falling_steps = falling};
    };
    return {.knots = multistep_grid(s, levels, flow, first),
            .solver = solver(),
            .reads = {output_of(s)},
            .bounded = threshold_of(s)};
}

}  // namespace fokker::diffusers::detail
