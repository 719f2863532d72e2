/// DPMSolverMultistepScheduler.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <limits>
#include <utility>
#include <vector>

#include <fokker/adapt/diffusers/bounding.hpp>
#include <fokker/adapt/diffusers/convention.hpp>
#include <fokker/adapt/diffusers/detail.hpp>
#include <fokker/adapt/diffusers/dpm_weights.hpp>
#include <fokker/adapt/diffusers/key.hpp>
#include <fokker/adapt/diffusers/multistep_walk.hpp>
#include <fokker/adapt/diffusers/plan.hpp>
#include <fokker/adapt/diffusers/settings.hpp>
#include <fokker/adapt/diffusers/spacing.hpp>
#include <fokker/adapt/diffusers/step_rules.hpp>
#include <fokker/adapt/diffusers/timesteps.hpp>
#include <fokker/adapt/diffusers/walk.hpp>
#include <fokker/adapt/diffusers/weighted_steps.hpp>
#include <fokker/solver/ddim.hpp>
#include <fokker/solver/dpm_solver_pp.hpp>
#include <fokker/solver/dpm_solver_sde.hpp>
#include <fokker/solver/exponential_multistep.hpp>
#include <fokker/solver/published_dpm_solver.hpp>
#include <fokker/solver/published_sde_dpm_solver.hpp>
#include <fokker/target.hpp>

namespace fokker::inline FOKKER_TARGET::diffusers::detail {

/// Keys that the multistep scheduler shares with its inverse.
constexpr auto dpm_multistep_shared_keys() {
    return joined(training_keys(1e-4, 0.02),
                  std::array{whole("solver_order", 2), prediction_key(four_predictions)},
                  threshold_keys(),
                  std::array{word("algorithm_type", "dpmsolver++",
                                  "dpmsolver, dpmsolver++, sde-dpmsolver, sde-dpmsolver++, deis"),
                             word("solver_type", "midpoint", "midpoint, heun, logrho, bh1, bh2"),
                             flag("lower_order_final", true), flag("euler_at_final", false)},
                  sigma_keys(), flow_sigma_keys(),
                  std::array{number("lambda_min_clipped", -std::numeric_limits<double>::infinity()),
                             optional_word("variance_type", "learned, learned_range")},
                  spacing_keys("linspace"), sigma_range_keys());
}

inline constexpr auto dpm_multistep_keys = joined(
    dpm_multistep_shared_keys(),
    std::array{flag("use_lu_lambdas", false), word("final_sigmas_type", "zero", "zero, sigma_min"),
               flag("rescale_betas_zero_snr", false)},
    dynamic_shift_keys());

/// Which of DPM-Solver's methods the keys name.
struct dpm_method {
    int order = 2;
    bool in_data = true;  ///< "++": the data prediction is extrapolated
    bool stochastic = false;
    bool exact_line = false;  ///< solver_type "heun": steps of order 2 integrate the line exactly
};

inline dpm_method dpm_method_of(const settings& s) {
    dpm_method made;
    made.order = s.whole("solver_order");
    s.require_of("solver_order", made.order >= 1 && made.order <= 3, "it must be 1, 2 or 3");
    made.in_data = !s.is("algorithm_type", "dpmsolver") && !s.is("algorithm_type", "sde-dpmsolver");
    made.stochastic =
        s.is("algorithm_type", "sde-dpmsolver") || s.is("algorithm_type", "sde-dpmsolver++");
    made.exact_line = s.is("solver_type", "heun");
    s.require(made.in_data || !s.is("prediction_type", "flow_prediction"),
              "prediction_type is \"flow_prediction\", which algorithm_type \"dpmsolver++\" and "
              "\"sde-dpmsolver++\" take alone");
    return made;
}

/// The solver of a walk along these levels, from step `first` on, whose order falls in the last
/// `falling` steps. It is the library's where it has the same method; where it has not (noise in
/// the noise form; the third order with a "heun" start, or with noise, where the original's second
/// difference has another sign) its weights are computed here.
inline any_solver dpm_multistep_solver(const dpm_method& m, const grid& walk, int falling) {
    constexpr double growth = detail::longest_growth;
    if (m.order == 1 && !m.stochastic) return ddim{};
    if (m.in_data && !m.stochastic) {
        if (m.order == 2 && !m.exact_line)
            return dpm_solver_pp_2m{.most_growth = growth, .falling_steps = falling};
        if (m.order == 2) return res_multistep{.most_growth = growth, .falling_steps = falling};
        if (!m.exact_line) return published_dpm_solver_pp_3m{.falling_steps = falling};
    }
    if (!m.in_data && !m.stochastic) {
        if (m.order == 2 && !m.exact_line)
            return dpm_solver_2m{.most_growth = growth, .falling_steps = falling};
        if (m.order == 2) return deis<2>{.most_growth = growth, .falling_steps = falling};
        if (!m.exact_line) return published_dpm_solver_3m{.falling_steps = falling};
    }
    if (m.in_data && m.stochastic) {
        if (m.order == 1) return sde_dpm_solver_pp<1>{};
        if (m.order == 2 && m.exact_line)
            return sde_dpm_solver_pp<2>{.most_growth = growth, .falling_steps = falling};
        if (m.order == 2) return published_sde_dpm_solver_pp_2m{.falling_steps = falling};
    }
    std::vector<weighted_step> steps;
    for (int i = 0; i < walk.steps(); ++i) {
        const int left = walk.steps() - i;
        const int order = (std::min)({m.order, i + 1, left <= falling ? left : m.order});
        const auto at = [&](int ahead) { return walk[static_cast<std::size_t>(i + ahead)]; };
        const dpm_weights w(at(0), at(1), m.in_data, m.stochastic);
        weighted_step step{.state = w.state, .std = w.std, .draws = m.stochastic};
        if (order == 1)
            step.terms = {{w.constant}};
        else if (order == 2)
            step.terms = w.along_line(at(-1), m.exact_line);
        else
            step.terms = w.along_parabola(at(-1), at(-2));
        steps.push_back(std::move(step));
    }
    if (m.in_data) return weighted_steps<detail::data_form, 2>(std::move(steps));
    return weighted_steps<detail::noise_form, 2>(std::move(steps));
}

/// In how many of the last steps of a walk of `steps` the order falls.
inline int dpm_falling_steps(const settings& s, int steps, bool ends_at_zero) {
    if (s.flag("lower_order_final") && steps < 15) return 2;
    return s.flag("euler_at_final") || ends_at_zero ? 1 : 0;
}

/// Throws fokker::error where the walk ends with a step of no length whose order is above 1: what
/// some of the methods make of it is not a number.
inline void require_last_length(const settings& s, const dpm_method& m, const level_list& levels,
                                int falling, int steps) {
    const double last = levels.sigmas.back(), before = levels.sigmas[levels.sigmas.size() - 2];
    const bool stands = std::abs(last / before - 1.0) < 1e-9;
    const int order = (std::min)(m.order, falling > 0 ? 1 : steps);
    s.require(!stands || order == 1 || (order == 2 && !m.exact_line),
              "the walk ends with a step of no length, where solver_order 3 and solver_type "
              "\"heun\" are not defined; set euler_at_final");
}

inline plan plan_of_dpm_multistep(const settings& s, const timesteps& asked) {
    refuse_sigmas(s, asked);
    refuse_step_options(s, asked);
    require_one_spacing(s);
    refuse_spaced_flow(s, true, true);
    require_flow_prediction(s);
    const dpm_method method = dpm_method_of(s);
    s.require(!method.stochastic || method.in_data || method.order < 3,
              "solver_order is 3, which algorithm_type \"sde-dpmsolver\" does not have");
    const bool to_zero = s.is("final_sigmas_type", "zero");
    s.require((method.in_data && !s.is("algorithm_type", "deis")) || !to_zero,
              "final_sigmas_type is \"zero\", which algorithm_type \"dpmsolver++\" and "
              "\"sde-dpmsolver++\" take alone; set \"sigma_min\"");
    const trained_levels trained = levels_trained(s, true);
    require_times(s, asked, trained.count());
    const bool flow = s.flag("use_flow_sigmas");

    level_list levels;
    if (!asked.timesteps.empty()) {
        for (const char* name : {"use_karras_sigmas", "use_lu_lambdas", "use_exponential_sigmas",
                                 "use_beta_sigmas", "use_flow_sigmas"})
            s.require(!s.flag(name), "timesteps cannot be given with ", name);
        levels = levels_at(asked.timesteps, trained);
    } else {
        const int steps = steps_asked_for(s, asked, trained.count() - 1);
        const auto spaced = spaced_levels(s, trained, steps, true, karras_labels::cut_if_cosine);
        levels =
            spaced ? *spaced
            : flow ? flow_levels(s, steps, shift_of(s, asked))
                   : levels_at(multistep_times(s, steps, times_above_lambda(s, trained)), trained);
    }
    if (!flow) refuse_mu(s, asked);
    const auto steps = static_cast<int>(levels.labels.size());
    levels.sigmas.push_back(to_zero ? 0.0 : trained.sigmas.front());
    const int falling = dpm_falling_steps(s, steps, to_zero);
    const grid walk = multistep_grid(s, levels, flow, first_step(s, asked, steps));
    require_last_length(s, method, levels, falling, walk.steps());
    return {.knots = walk,
            .solver = dpm_multistep_solver(method, walk, falling),
            .reads = {output_of(s)},
            .bounded = threshold_of(s)};
}

}  // namespace fokker::diffusers::detail
