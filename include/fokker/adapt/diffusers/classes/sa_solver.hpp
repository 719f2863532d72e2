/// SASolverScheduler.
#pragma once

#include <array>
#include <limits>

#include <fokker/adapt/diffusers/bounding.hpp>
#include <fokker/adapt/diffusers/detail.hpp>
#include <fokker/adapt/diffusers/key.hpp>
#include <fokker/adapt/diffusers/multistep_walk.hpp>
#include <fokker/adapt/diffusers/plan.hpp>
#include <fokker/adapt/diffusers/settings.hpp>
#include <fokker/adapt/diffusers/spacing.hpp>
#include <fokker/adapt/diffusers/step_rules.hpp>
#include <fokker/adapt/diffusers/timesteps.hpp>
#include <fokker/solver/published_sa_solver.hpp>
#include <fokker/target.hpp>

namespace fokker::inline FOKKER_TARGET::diffusers::detail {

inline constexpr auto sa_solver_keys = joined(
    training_keys(1e-4, 0.02),
    std::array{whole("predictor_order", 2), whole("corrector_order", 2),
               prediction_key(four_predictions), null_alone("tau_func")},
    threshold_keys(),
    std::array{word("algorithm_type", "data_prediction", "data_prediction, noise_prediction"),
               flag("lower_order_final", true)},
    sigma_keys(), flow_sigma_keys(),
    std::array{number("lambda_min_clipped", -std::numeric_limits<double>::infinity()),
               optional_word("variance_type", "learned, learned_range")},
    spacing_keys("linspace"), sigma_range_keys());

/// Noise is drawn in every step, and added in those that begin at the labels 200 to 800. The walk
/// ends as DEIS's.
inline plan plan_of_sa_solver(const settings& s, const timesteps& asked) {
    refuse_timesteps(s, asked);
    refuse_sigmas(s, asked);
    refuse_mu(s, asked);
    refuse_step_options(s, asked);
    require_one_spacing(s);
    refuse_spaced_flow(s);
    require_flow_prediction(s);
    const int predictor = s.whole("predictor_order"), corrector = s.whole("corrector_order");
    s.require_of("predictor_order", predictor >= 1 && predictor <= 4, "it must lie in 1 .. 4");
    s.require_of("corrector_order", corrector >= 1 && corrector <= 4, "it must lie in 1 .. 4");
    const bool in_noise = s.is("algorithm_type", "noise_prediction");
    s.require(!in_noise || !s.flag("thresholding"),
              "thresholding is set, which algorithm_type \"noise_prediction\" does not have here");
    s.require(
        !in_noise || !s.is("prediction_type", "flow_prediction"),
        "prediction_type is \"flow_prediction\", which algorithm_type \"data_prediction\" takes "
        "alone");
    const trained_levels trained = levels_trained(s, false);
    const int steps = steps_asked_for(s, asked, trained.count() - 1);
    const bool flow = s.flag("use_flow_sigmas");

    level_list levels;
    double last = trained.sigmas.front();
    bool at_times = false;
    if (const auto spaced = spaced_levels(s, trained, steps, false, karras_labels::rounded)) {
        levels = *spaced;
        last = levels.sigmas.back();
    } else if (flow) {
        levels = flow_levels(s, steps, s.number("flow_shift"));
        last = levels.sigmas.back();
    } else {
        at_times = true;
        levels = levels_at(multistep_times(s, steps, times_above_lambda(s, trained)), trained);
    }
    levels.sigmas.push_back(last);
    const auto count = static_cast<int>(levels.labels.size());
    const int first = first_step(s, asked, count);
    s.require(at_times || first == 0, "strength is ", asked.strength,
              "; image to image adds the noise of the label, which "
              "is not that of the walk with karras, exponential, beta and flow sigmas");
    return {.knots = multistep_grid(s, levels, flow, first),
            .solver = published_sa_solver{.predictor = predictor,
                                          .corrector = corrector,
                                          .least_label = 200,
                                          .most_label = 800,
                                          .in_noise = in_noise,
                                          .falling_steps = s.flag("lower_order_final") ? 4 : 0},
            .reads = {output_of(s)},
            .bounded = threshold_of(s)};
}

}  // namespace fokker::diffusers::detail
