/// CosineDPMSolverMultistepScheduler.
#pragma once

#include <array>
#include <cmath>
#include <cstddef>
#include <numbers>
#include <utility>
#include <vector>

#include <fokker/adapt/diffusers/classes/edm_dpm_solver.hpp>
#include <fokker/adapt/diffusers/convention.hpp>
#include <fokker/adapt/diffusers/detail.hpp>
#include <fokker/adapt/diffusers/edm_levels.hpp>
#include <fokker/adapt/diffusers/key.hpp>
#include <fokker/adapt/diffusers/plan.hpp>
#include <fokker/adapt/diffusers/settings.hpp>
#include <fokker/adapt/diffusers/spacing.hpp>
#include <fokker/adapt/diffusers/step_rules.hpp>
#include <fokker/adapt/diffusers/timesteps.hpp>
#include <fokker/adapt/diffusers/walk.hpp>
#include <fokker/path/prior.hpp>
#include <fokker/target.hpp>

namespace fokker::inline FOKKER_TARGET::diffusers::detail {

inline constexpr auto cosine_dpm_solver_keys =
    joined(edm_range_keys(0.3, 500.0, 1.0),
           std::array{word("sigma_schedule", "exponential", "exponential, karras"),
                      whole("num_train_timesteps", 1000), whole("solver_order", 2),
                      prediction_key("epsilon, v_prediction", "v_prediction"), number("rho", 7.0),
                      word("solver_type", "midpoint", "midpoint, heun, logrho, bh1, bh2"),
                      flag("lower_order_final", true), flag("euler_at_final", false),
                      word("final_sigmas_type", "zero", "zero, sigma_min")});

/// The steps of EDM's SDE-DPM-Solver++ with labels 2 / pi atan(sigma), and the noise of torchsde's
/// tree, which has the seed of the generator.
inline plan plan_of_cosine_dpm_solver(const settings& s, const timesteps& asked) {
    refuse_timesteps(s, asked);
    refuse_sigmas(s, asked);
    refuse_mu(s, asked);
    refuse_step_options(s, asked);
    s.require_of("solver_order", s.whole("solver_order") >= 1 && s.whole("solver_order") <= 2,
                 "served are 1 and 2");
    const std::vector<double> sigmas = edm_levels_with_end(s, asked);
    std::vector<knot> knots;
    for (const double sigma : sigmas)
        knots.push_back(knot_of_sigma(std::atan(sigma) / std::numbers::pi * 2, sigma));
    const int first = first_step(s, asked, asked.steps);
    std::vector<weighted_step> rules = edm_rules(s, sigmas, first, true);
    // The tree's numbers come in no order: nothing is drawn where nothing is needed.
    for (auto& rule : rules) rule.draws = rule.std > 0;
    return {.knots =
                grid(without_standstill(std::move(knots))).from(first).with_prior(prior::unit_data),
            .solver = edm_steps(std::move(rules), first),
            .reads = edm_convention(s),
            .bounded = {},
            .whole_labels = false,
            .tree = tree_noise{.seed = {},
                               .sigma_min = s.number("sigma_min"),
                               .sigma_max = s.number("sigma_max"),
                               .levels = sigmas}};
}

}  // namespace fokker::diffusers::detail
