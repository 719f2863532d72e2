/// DPMSolverSinglestepScheduler.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <limits>
#include <utility>
#include <vector>

#include <fokker/adapt/diffusers/bounding.hpp>
#include <fokker/adapt/diffusers/classes/dpm_multistep.hpp>
#include <fokker/adapt/diffusers/detail.hpp>
#include <fokker/adapt/diffusers/dpm_weights.hpp>
#include <fokker/adapt/diffusers/key.hpp>
#include <fokker/adapt/diffusers/multistep_walk.hpp>
#include <fokker/adapt/diffusers/plan.hpp>
#include <fokker/adapt/diffusers/settings.hpp>
#include <fokker/adapt/diffusers/spacing.hpp>
#include <fokker/adapt/diffusers/step_rules.hpp>
#include <fokker/adapt/diffusers/timesteps.hpp>
#include <fokker/adapt/diffusers/weighted_steps.hpp>
#include <fokker/target.hpp>

namespace fokker::inline FOKKER_TARGET::diffusers::detail {

inline constexpr auto dpm_singlestep_keys = joined(
    training_keys(1e-4, 0.02),
    std::array{whole("solver_order", 2), prediction_key(four_predictions)}, threshold_keys(),
    std::array{
        word("algorithm_type", "dpmsolver++", "dpmsolver, dpmsolver++, sde-dpmsolver++, deis"),
        word("solver_type", "midpoint", "midpoint, heun, logrho, bh1, bh2"),
        flag("lower_order_final", false)},
    sigma_keys(), flow_sigma_keys(),
    std::array{word("final_sigmas_type", "zero", "zero, sigma_min"),
               number("lambda_min_clipped", -std::numeric_limits<double>::infinity()),
               optional_word("variance_type", "learned, learned_range")},
    dynamic_shift_keys(), sigma_range_keys());

/// The orders of the steps of a whole walk: 1, 2, 3, again and again. A step of order k goes from
/// the knot k - 1 before its own.
inline std::vector<int> singlestep_orders(int order, int steps, bool lower_final, bool to_zero) {
    // The original sets the key itself where it must be set.
    lower_final = lower_final || to_zero || steps % order != 0;
    std::vector<int> orders;
    for (int i = 0; i < steps; ++i) orders.push_back(i % order + 1);
    if (lower_final && steps % order == 0) {
        // The last group gets one order less: 1, 2, 1 or 1, 1.
        orders.back() = 1;
    }
    if (to_zero) orders.back() = 1;
    return orders;
}

/// A step from the knot k - 1 before this one's, with the predictions since.
inline std::vector<weighted_step::term> singlestep_terms(const dpm_weights& w, int order, double r0,
                                                         double r1, bool exact) {
    if (order == 1) return {{w.constant}};
    if (order == 2) {
        const double slope = (exact ? w.line : 0.5 * w.constant) / r0;
        return {{slope, 0}, {w.constant - slope, 1}};
    }
    if (!exact) {
        const double slope = w.line / r0;
        return {{slope, 0}, {w.constant - slope, 2}};
    }
    // D1 = (r0 D1_0 - r1 D1_1) / (r0 - r1), D2 = 2 (D1_1 - D1_0) / (r0 - r1), with
    // D1_0 = (P1 - P2) / r1 and D1_1 = (P0 - P2) / r0.
    const double newest = (-r1 * w.line + 2 * w.parabola) / (r0 - r1) / r0;
    const double middle = (r0 * w.line - 2 * w.parabola) / (r0 - r1) / r1;
    return {{newest, 0}, {middle, 1}, {w.constant - newest - middle, 2}};
}

/// A walk of stages, all of them at knots of the grid: one call at each.
inline plan plan_of_dpm_singlestep(const settings& s, const timesteps& asked) {
    refuse_sigmas(s, asked);
    refuse_step_options(s, asked);
    require_one_spacing(s);
    refuse_spaced_flow(s);
    require_flow_prediction(s);
    const dpm_method method = dpm_method_of(s);
    const bool to_zero = s.is("final_sigmas_type", "zero");
    s.require(!to_zero || (method.in_data && !s.is("algorithm_type", "deis")),
              "final_sigmas_type is \"zero\", which algorithm_type \"dpmsolver++\" and "
              "\"sde-dpmsolver++\" take alone; set \"sigma_min\"");
    s.require(method.in_data || !s.flag("thresholding"),
              "thresholding is set, which algorithm_type \"dpmsolver\" does not have here");
    const trained_levels trained = levels_trained(s, false);
    require_times(s, asked, trained.count());
    const bool flow = s.flag("use_flow_sigmas");
    if (!flow) refuse_mu(s, asked);

    level_list levels;
    if (!asked.timesteps.empty()) {
        for (const char* name : {"use_karras_sigmas", "use_exponential_sigmas", "use_beta_sigmas"})
            s.require(!s.flag(name), "timesteps cannot be given with ", name);
        levels = flow ? flow_levels(s, static_cast<int>(asked.timesteps.size()), shift_of(s, asked))
                      : levels_at(asked.timesteps, trained);
    } else {
        const int steps = steps_asked_for(s, asked, trained.count() - 1);
        const auto spaced = spaced_levels(s, trained, steps, false, karras_labels::rounded);
        levels = spaced ? *spaced
                 : flow
                     ? flow_levels(s, steps, shift_of(s, asked))
                     : levels_at(multistep_times(s, steps, times_above_lambda(s, trained), nullptr),
                                 trained);
    }
    levels.sigmas.push_back(to_zero ? 0.0 : trained.sigmas.front());
    const auto count = static_cast<int>(levels.labels.size());
    const int first = first_step(s, asked, count);
    const grid walk = multistep_grid(s, levels, flow, first);
    const std::vector<int> orders =
        singlestep_orders(method.order, count, s.flag("lower_order_final"), to_zero);

    std::vector<weighted_step> steps;
    for (int i = 0; i < walk.steps(); ++i) {
        const int order = (std::min)(orders[static_cast<std::size_t>(first + i)], i + 1);
        const auto at = [&](int ahead) { return walk[static_cast<std::size_t>(i + ahead)]; };
        const knot from = at(1 - order);
        const dpm_weights w(from, at(1), method.in_data, method.stochastic);
        const auto part = [&](const knot& k) { return (k.lambda() - from.lambda()) / w.length(); };
        const double r0 = order > 1 ? part(at(0)) : 0.0, r1 = order > 2 ? part(at(-1)) : 0.0;
        steps.push_back({.state = w.state,
                         .keeps = order == 1,
                         .from_kept = order > 1,
                         .terms = singlestep_terms(w, order, r0, r1, method.exact_line),
                         .std = w.std,
                         .draws = method.stochastic});
    }
    const auto solver = [&]() -> any_solver {
        if (method.in_data)
            return weighted_steps<detail::data_form, 2, keeps_states::yes>(std::move(steps));
        return weighted_steps<detail::noise_form, 2, keeps_states::yes>(std::move(steps));
    };
    return {.knots = walk, .solver = solver(), .reads = {output_of(s)}, .bounded = threshold_of(s)};
}

}  // namespace fokker::diffusers::detail
