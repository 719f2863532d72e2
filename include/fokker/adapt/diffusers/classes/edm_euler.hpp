/// EDMEulerScheduler.
#pragma once

#include <array>
#include <utility>
#include <vector>

#include <fokker/adapt/diffusers/churned_euler.hpp>
#include <fokker/adapt/diffusers/convention.hpp>
#include <fokker/adapt/diffusers/detail.hpp>
#include <fokker/adapt/diffusers/edm_levels.hpp>
#include <fokker/adapt/diffusers/key.hpp>
#include <fokker/adapt/diffusers/plan.hpp>
#include <fokker/adapt/diffusers/settings.hpp>
#include <fokker/adapt/diffusers/spacing.hpp>
#include <fokker/adapt/diffusers/step_rules.hpp>
#include <fokker/adapt/diffusers/steps.hpp>
#include <fokker/adapt/diffusers/timesteps.hpp>
#include <fokker/adapt/diffusers/walk.hpp>
#include <fokker/any_solver.hpp>
#include <fokker/path/prior.hpp>
#include <fokker/solver/euler.hpp>
#include <fokker/target.hpp>

namespace fokker::inline FOKKER_TARGET::diffusers::detail {

/// num_train_timesteps says nothing here: set_timesteps makes all levels anew.
inline constexpr auto edm_euler_keys =
    joined(edm_range_keys(0.002, 80.0, 0.5),
           std::array{word("sigma_schedule", "karras", "karras, exponential"),
                      whole("num_train_timesteps", 1000), prediction_key("epsilon, v_prediction"),
                      number("rho", 7.0), word("final_sigmas_type", "zero", "zero, sigma_min")});

/// Euler's method in sigma. With churn the noise comes after the network was called.
inline plan plan_of_edm_euler(const settings& s, const timesteps& asked) {
    refuse_timesteps(s, asked);
    // The original's sigmas are places in [0, 1] on the way from sigma_max, as a tensor.
    refuse_sigmas(s, asked);
    refuse_mu(s, asked);
    refuse_step_options(s, asked, {"s_churn", "s_tmin", "s_tmax", "s_noise"});
    const std::vector<double> sigmas = edm_levels(s, asked);
    std::vector<knot> knots;
    for (const double sigma : sigmas) knots.push_back(knot_of_sigma(edm_label(sigma), sigma));
    knots.push_back(knot_of_sigma(0.0, s.is("final_sigmas_type", "zero") ? 0.0 : sigmas.back()));
    knots = without_standstill(std::move(knots));

    const int first = first_step(s, asked, asked.steps);
    const convention reads = edm_convention(s);
    any_solver solver = euler{};
    if (is_churned(s, asked))
        solver =
            linear_steps(churned_euler(
                             knots, asked.steps, asked, [&](const knot& k) { return reads.at(k); },
                             [&](const knot&, const knot& hat) { return reads.at(hat); }),
                         first);
    return {.knots = grid(std::move(knots)).from(first).with_prior(prior::unit_data),
            .solver = std::move(solver),
            .reads = reads,
            .bounded = {},
            .whole_labels = false};
}

}  // namespace fokker::diffusers::detail
