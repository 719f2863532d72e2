/// SDE-DPM-Solver++ with several steps as the programs that it is known from have it, where that
/// differs from exact weights.
#pragma once

#include <algorithm>
#include <array>

#include <fokker/path/grid.hpp>
#include <fokker/solver/dpm_solver_sde.hpp>
#include <fokker/solver/exponential_form.hpp>
#include <fokker/solver/noise_step.hpp>
#include <fokker/solver/published_dpm_solver.hpp>
#include <fokker/target.hpp>

namespace fokker::inline FOKKER_TARGET {

/// SDE-DPM-Solver++(2M) with the slope of the data prediction weighed by the midpoint rule:
/// k-diffusion's "DPM++ 2M SDE" and the solver of diffusers, both with their solver_type
/// "midpoint", the default. Their "heun" is sde_dpm_solver_pp<2>, whose weights are exact. Lu et
/// al. 2022 (DPM-Solver++), appendix. At eta = 0 it is dpm_solver_pp_2m. One evaluation a step;
/// stochastic if eta > 0; any path. Throws fokker::error on bad options.
struct published_sde_dpm_solver_pp_2m {
    static constexpr int history = 1;
    static constexpr int evaluations = 1;

    double eta = 1.0;
    double s_noise = 1.0;
    /// A step that is more than this many times as long as an earlier one does not use it.
    double most_growth = detail::longest_growth;
    /// In so many last steps the order is at most the number of steps that are left.
    int falling_steps = 0;

    bool stochastic() const { return eta > 0; }
    void check(const grid&) const {
        detail::check_sde(eta, s_noise);
        detail::require_growth(most_growth);
        detail::require_falling(falling_steps);
    }

    void step(auto& run) const {
        const auto [s, t] = run.interval();
        const int past = detail::usable_past(run, s, t, most_growth, detail::in_lambda);
        if (t.sigma == 0 || detail::falling_past(run, past, falling_steps) == 0)
            return detail::sde_multistep<1>(run, eta, s_noise);
        const auto D = run.data(run.x(), s);
        const detail::sde_step sde(s, t, eta, s_noise);
        const double constant = sde.weights(std::array{0.0})[0];
        const double r = (s.lambda() - run.before(1).lambda()) / (t.lambda() - s.lambda());
        const double slope = 0.5 * constant / r;
        detail::assign_with_noise(
            run, sde.state * run.x() + (constant + slope) * D - slope * run.past(1), sde.std);
    }
};

/// SDE-DPM-Solver++(3M) as k-diffusion has it ("DPM++ 3M SDE"): its second difference lacks a
/// factor 2; sde_dpm_solver_pp<3> has it. (That of diffusers has another sign there, too.) At eta =
/// 0 it is published_dpm_solver_pp_3m but for the second step, which has the exact weights. One
/// evaluation a step; stochastic if eta > 0; any path. Throws fokker::error on bad options.
struct published_sde_dpm_solver_pp_3m {
    static constexpr int history = 2;
    static constexpr int evaluations = 1;

    double eta = 1.0;
    double s_noise = 1.0;
    /// A step that is more than this many times as long as an earlier one does not use it.
    double most_growth = detail::longest_growth;
    /// In so many last steps the order is at most the number of steps that are left.
    int falling_steps = 0;

    bool stochastic() const { return eta > 0; }
    void check(const grid&) const {
        detail::check_sde(eta, s_noise);
        detail::require_growth(most_growth);
        detail::require_falling(falling_steps);
    }

    void step(auto& run) const {
        const auto [s, t] = run.interval();
        const int past = detail::usable_past(run, s, t, most_growth, detail::in_lambda);
        if (t.sigma == 0 || detail::falling_past(run, past, falling_steps) < 2)
            return detail::sde_multistep<2>(run, eta, s_noise, most_growth, falling_steps);
        const auto D = run.data(run.x(), s);
        const detail::sde_step sde(s, t, eta, s_noise);
        const auto moments = detail::exponential_moments<3>(sde.exponent);
        const double h = t.lambda() - s.lambda();
        const double r0 = (s.lambda() - run.before(1).lambda()) / h;
        const double r1 = (run.before(1).lambda() - run.before(2).lambda()) / h;
        const auto weights = detail::published_weights(
            r0, r1, sde.scale * moments[0], sde.scale * moments[1], 0.5 * sde.scale * moments[2]);
        detail::assign_with_noise(run, sde.state * run.x() + detail::with_past(run, weights, D),
                                  sde.std);
    }
};

}  // namespace fokker
