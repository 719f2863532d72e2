/// UniPCMultistepScheduler.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <memory>
#include <utility>
#include <vector>

#include <fokker/adapt/diffusers/bounding.hpp>
#include <fokker/adapt/diffusers/detail.hpp>
#include <fokker/adapt/diffusers/key.hpp>
#include <fokker/adapt/diffusers/multistep_walk.hpp>
#include <fokker/adapt/diffusers/plan.hpp>
#include <fokker/adapt/diffusers/settings.hpp>
#include <fokker/adapt/diffusers/sigma_spacing.hpp>
#include <fokker/adapt/diffusers/spacing.hpp>
#include <fokker/adapt/diffusers/step_rules.hpp>
#include <fokker/adapt/diffusers/steps.hpp>
#include <fokker/adapt/diffusers/timesteps.hpp>
#include <fokker/solver/unipc.hpp>
#include <fokker/target.hpp>

namespace fokker::inline FOKKER_TARGET::diffusers::detail {

inline constexpr auto unipc_keys = joined(
    training_keys(1e-4, 0.02),
    std::array{whole("solver_order", 2), prediction_key(four_predictions)}, threshold_keys(),
    std::array{
        flag("predict_x0", true), word("solver_type", "bh2", "bh1, bh2, midpoint, heun, logrho"),
        flag("lower_order_final", true), wholes("disable_corrector"), null_alone("solver_p")},
    sigma_keys(), flow_sigma_keys(), spacing_keys("linspace"),
    std::array{word("final_sigmas_type", "zero", "zero, sigma_min"),
               flag("rescale_betas_zero_snr", false)},
    dynamic_shift_keys(), sigma_range_keys(), std::array{optional_number("shift_terminal")});

/// UniPC in one form whatever the direction, where the corrector of some steps is left out.
template <class Form, int Order>
struct unipc_steps {
    static constexpr int history = Order;
    static constexpr int evaluations = 1;
    static constexpr int memories = 1;

    detail::unipc_rules rules;
    std::shared_ptr<const std::vector<int>> uncorrected;  ///< which, counted in the whole walk
    int first = 0;                                        ///< the first step of the walk's part
    std::size_t steps = 0;                                ///< of the whole walk

    void check(const grid& walk) const { check_length(steps, first, walk); }

    void step(auto& run) const {
        detail::unipc_rules here = rules;
        // A step is corrected at the beginning of the next one.
        here.corrects_here = std::find(uncorrected->begin(), uncorrected->end(),
                                       first + run.index() - 1) == uncorrected->end();
        detail::unipc_step<Form, Order>(run, here);
    }
};

/// The levels of use_flow_sigmas.
inline level_list unipc_flow_levels(const settings& s, const timesteps& asked, int trained) {
    level_list made;
    made.sigmas = asked.sigmas;
    if (made.sigmas.empty()) {
        made.sigmas = evenly_spaced(1.0, 1.0 / trained, steps_asked_for(s, asked, trained - 1) + 1);
        made.sigmas.pop_back();
    }
    for (std::size_t i = 0; i < made.sigmas.size(); ++i)
        s.require(made.sigmas[i] > 0 && made.sigmas[i] <= 1 &&
                      (i == 0 || made.sigmas[i] < made.sigmas[i - 1]),
                  "sigmas has ", made.sigmas[i],
                  "; those of a flow fall from 1 at most to above 0");
    const double shift = s.number("flow_shift");
    s.require_of("flow_shift", shift > 0, "it must be positive");
    const bool linear = s.is("time_shift_type", "linear");
    for (double& sigma : made.sigmas) {
        if (!s.flag("use_dynamic_shifting")) {
            sigma = flow_shifted(sigma, shift);
            continue;
        }
        const double factor = linear ? *asked.mu : std::exp(*asked.mu);
        s.require(factor > 0, "mu is ", *asked.mu, "; with time_shift_type \"linear\" it must be ",
                  "positive");
        sigma = factor / (factor + (1 / sigma - 1));
    }
    const double terminal = s.optional_number("shift_terminal").value_or(0.0);
    if (terminal != 0) {
        s.require_of("shift_terminal", terminal > 0 && terminal < 1,
                     "it must lie strictly between 0 and 1");
        s.require(made.sigmas.back() < 1, "shift_terminal needs a sigma below 1");
        const double scale = (1 - made.sigmas.back()) / (1 - terminal);
        for (double& sigma : made.sigmas) sigma = 1 - (1 - sigma) / scale;
    }
    // The logarithm of alpha would be infinite.
    if (std::abs(made.sigmas.front() - 1) < 1e-6) made.sigmas.front() -= 1e-6;
    for (const double sigma : made.sigmas) made.labels.push_back(std::trunc(sigma * trained));
    return made;
}

/// The levels of karras sigmas as those of a flow.
inline level_list as_flow_levels(level_list levels, int trained) {
    for (std::size_t i = 0; i < levels.sigmas.size(); ++i) {
        double& sigma = levels.sigmas[i];
        sigma = sigma / (sigma + 1);
        levels.labels[i] = std::trunc(sigma * trained);
    }
    return levels;
}

template <class Form>
any_solver unipc_solver(int order, const detail::unipc_rules& rules, std::vector<int> uncorrected,
                        int first, std::size_t steps) {
    const auto list = std::make_shared<const std::vector<int>>(std::move(uncorrected));
    if (order == 1) return unipc_steps<Form, 1>{rules, list, first, steps};
    if (order == 2) return unipc_steps<Form, 2>{rules, list, first, steps};
    if (order == 3) return unipc_steps<Form, 3>{rules, list, first, steps};
    return unipc_steps<Form, 4>{rules, list, first, steps};
}

inline plan plan_of_unipc(const settings& s, const timesteps& asked) {
    refuse_timesteps(s, asked);
    refuse_step_options(s, asked);
    require_one_spacing(s);
    refuse_spaced_flow(s, false);
    require_flow_prediction(s);
    const bool flow = s.flag("use_flow_sigmas"), karras = s.flag("use_karras_sigmas"),
               to_zero = s.is("final_sigmas_type", "zero"), in_data = s.flag("predict_x0");
    if (!flow || karras) refuse_sigmas(s, asked);
    s.require(asked.sigmas.empty() || asked.steps == 0,
              "steps and sigmas were both given; give one of them");
    s.require(flow || !s.optional_number("shift_terminal"),
              "shift_terminal is set, which needs use_flow_sigmas");
    if (s.flag("use_dynamic_shifting"))
        s.require(asked.mu.has_value(), "use_dynamic_shifting is set, and mu was not given");
    else
        refuse_mu(s, asked);
    s.require(in_data || !s.is("prediction_type", "flow_prediction"),
              "prediction_type is \"flow_prediction\", which needs predict_x0");
    const int order = s.whole("solver_order");
    s.require_of("solver_order", order >= 1 && order <= 4, "it must be 1, 2, 3 or 4");

    const trained_levels trained = levels_trained(s, true);
    level_list levels;
    const auto spaced = [&] {
        const int steps = steps_asked_for(s, asked, trained.count() - 1);
        return spaced_levels(s, trained, steps, false, karras_labels::rounded);
    };
    bool table_ends = false;
    if (flow && !karras) {
        levels = unipc_flow_levels(s, asked, trained.count());
    } else if (auto found = spaced()) {
        levels = flow ? as_flow_levels(*std::move(found), trained.count()) : *std::move(found);
    } else {
        table_ends = true;
        levels = levels_at(multistep_times(s, asked.steps, trained.count()), trained);
    }
    const int first = first_step(s, asked, static_cast<int>(levels.labels.size()));
    const int steps = static_cast<int>(levels.labels.size()) - first;
    const bool falls = s.flag("lower_order_final");
    s.require(!to_zero || !s.is("solver_type", "bh1"),
              "final_sigmas_type is \"zero\", where solver_type \"bh1\" is not a number; set "
              "\"sigma_min\" or \"bh2\"");
    s.require(falls || order == 1 || steps == 1 || !to_zero,
              "final_sigmas_type is \"zero\", where steps of order 2 and more are infinite; set "
              "lower_order_final, or \"sigma_min\"");
    s.require(falls || order <= 2 || steps <= 2 || table_ends,
              "final_sigmas_type is \"sigma_min\", which ends such a walk with a step of no "
              "length, where order 3 is not defined; set lower_order_final");
    s.require(
        in_data || !to_zero,
        "final_sigmas_type is \"zero\", at which the noise form cannot end; set \"sigma_min\" "
        "or predict_x0");
    levels.sigmas.push_back(to_zero      ? 0.0
                            : table_ends ? trained.sigmas.front()
                                         : levels.sigmas.back());
    const detail::unipc_rules rules{
        true, s.is("solver_type", "bh1") ? unipc_variant::bh1 : unipc_variant::bh2,
        detail::longest_growth, falls ? order : 0};
    const std::vector<int> uncorrected = s.wholes("disable_corrector");
    const auto make = [&]<class Form>(Form) {
        return unipc_solver<Form>(order, rules, uncorrected, first, levels.labels.size());
    };
    return {
        .knots = multistep_grid(s, levels, flow, first),
        .solver = in_data ? make(fokker::detail::data_form{}) : make(fokker::detail::noise_form{}),
        .reads = {output_of(s)},
        // In noise form the original does not look at thresholding.
        .bounded = in_data ? threshold_of(s) : bounds{}};
}

}  // namespace fokker::diffusers::detail
