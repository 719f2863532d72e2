/// EDMDPMSolverMultistepScheduler.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <utility>
#include <vector>

#include <fokker/adapt/diffusers/bounding.hpp>
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
#include <fokker/adapt/diffusers/weighted_steps.hpp>
#include <fokker/path/prior.hpp>
#include <fokker/solver/exponential_form.hpp>
#include <fokker/target.hpp>

namespace fokker::inline FOKKER_TARGET::diffusers::detail {

inline constexpr auto edm_dpm_solver_keys =
    joined(edm_range_keys(0.002, 80.0, 0.5),
           std::array{word("sigma_schedule", "karras", "karras, exponential"),
                      whole("num_train_timesteps", 1000), prediction_key("epsilon, v_prediction"),
                      number("rho", 7.0), whole("solver_order", 2)},
           threshold_keys(),
           // "deis" is taken for "dpmsolver++", and other solver types for "midpoint".
           std::array{word("algorithm_type", "dpmsolver++", "dpmsolver++, sde-dpmsolver++, deis"),
                      word("solver_type", "midpoint", "midpoint, heun, logrho, bh1, bh2"),
                      flag("lower_order_final", true), flag("euler_at_final", false),
                      word("final_sigmas_type", "zero", "zero, sigma_min")});

using edm_steps = weighted_steps<detail::data_form, 2>;

/// The order of step i of so many: lower at the end for few steps, and 1 to sigma = 0.
inline int edm_order(const settings& s, int i, int steps, int made) {
    const bool is_short = s.flag("lower_order_final") && steps < 15;
    if (i == steps - 1 &&
        (s.flag("euler_at_final") || is_short || s.is("final_sigmas_type", "zero")))
        return 1;
    const int order = (std::min)(s.whole("solver_order"), made);
    return i == steps - 2 && is_short ? (std::min)(order, 2) : order;
}

/// Step i of these levels, of this order. Lu et al. 2022 (DPM-Solver++), with the published third
/// order, whose second derivative counts half. A step of no length changes nothing, where the
/// original's divides 0 by 0 (for "heun", and in the third order).
inline weighted_step edm_step(const settings& s, const std::vector<double>& sigmas, std::size_t i,
                              int order, bool is_sde) {
    const double from = sigmas[i], to = sigmas[i + 1];
    if (from == to) return {.state = 1.0, .terms = {{0.0, 0}}, .draws = is_sde};
    const double ratio = to / from;  // exp(-h)
    const double kept = is_sde ? ratio * ratio : ratio;
    weighted_step step{.state = kept,
                       .terms = {{1.0 - kept}},
                       .std = is_sde ? to * std::sqrt(1.0 - kept) : 0.0,
                       .draws = is_sde};
    if (order == 1) return step;
    const double h = -std::log(ratio), h_0 = std::log(sigmas[i - 1] / from), r0 = h_0 / h;
    // What the first derivative counts; with noise the length in the exponent is doubled.
    const double line = 1.0 - (1.0 - kept) / ((is_sde ? 2.0 : 1.0) * h);
    const bool is_heun = s.is("solver_type", "heun");
    if (order == 2) {
        const double of_slope = (is_heun ? line : 0.5 * (1.0 - kept)) / r0;
        step.terms = {{1.0 - kept + of_slope, 0}, {-of_slope, 1}};
        return step;
    }
    const double r1 = std::log(sigmas[i - 2] / sigmas[i - 1]) / h;
    const double curve = 0.5 - (ratio - 1.0 + h) / (h * h);
    // D1 = slope_0 + r0 / (r0 + r1) (slope_0 - slope_1), D2 = (slope_0 - slope_1) / (r0 + r1)
    const double of_difference = (line * r0 + curve) / (r0 + r1);
    const double of_slope_0 = (line + of_difference) / r0, of_slope_1 = -of_difference / r1;
    step.terms = {{1.0 - kept + of_slope_0, 0}, {of_slope_1 - of_slope_0, 1}, {-of_slope_1, 2}};
    return step;
}

/// The steps of a walk of these levels, from step `first` on.
inline std::vector<weighted_step> edm_rules(const settings& s, const std::vector<double>& sigmas,
                                            int first, bool is_sde) {
    const auto steps = static_cast<int>(sigmas.size()) - 1;
    std::vector<weighted_step> rules(static_cast<std::size_t>(first));
    for (int i = first; i < steps; ++i)
        rules.push_back(edm_step(s, sigmas, static_cast<std::size_t>(i),
                                 edm_order(s, i, steps, i - first + 1), is_sde));
    return rules;
}

inline plan plan_of_edm_dpm_solver(const settings& s, const timesteps& asked) {
    refuse_timesteps(s, asked);
    refuse_sigmas(s, asked);
    refuse_mu(s, asked);
    refuse_step_options(s, asked);
    s.require(!s.is("algorithm_type", "deis") || s.is("final_sigmas_type", "sigma_min"),
              "algorithm_type is \"deis\"; it needs final_sigmas_type = \"sigma_min\"");
    const int most = s.whole("solver_order");
    const bool is_sde = s.is("algorithm_type", "sde-dpmsolver++");
    s.require_of("solver_order", most >= 1 && most <= (is_sde ? 2 : 3),
                 is_sde ? "sde-dpmsolver++ has 1 and 2" : "served are 1 to 3");
    const std::vector<double> sigmas = edm_levels_with_end(s, asked);
    std::vector<knot> knots;
    for (const double sigma : sigmas)
        knots.push_back(knot_of_sigma(sigma > 0 ? edm_label(sigma) : 0.0, sigma));

    const int first = first_step(s, asked, asked.steps);
    return {.knots =
                grid(without_standstill(std::move(knots))).from(first).with_prior(prior::unit_data),
            .solver = edm_steps(edm_rules(s, sigmas, first, is_sde), first),
            .reads = edm_convention(s),
            .bounded = threshold_of(s),
            .whole_labels = false};
}

}  // namespace fokker::diffusers::detail
