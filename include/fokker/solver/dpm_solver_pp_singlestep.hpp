/// DPM-Solver++ with stages, in its data form: Lu et al. 2022 (DPM-Solver++).
#pragma once

#include <fokker/path/grid.hpp>
#include <fokker/solver/dpm_solver.hpp>
#include <fokker/solver/exponential_form.hpp>
#include <fokker/solver/singlestep.hpp>

namespace fokker {

/// DPM-Solver++(2S). Lu et al. 2022 (DPM-Solver++), Algorithm 1, with its stage at r of the step in
/// lambda. Order 2; two evaluations a step, one from alpha = 0 and to sigma = 0; deterministic; any
/// path, and a grid that knows it. Throws fokker::error unless 0 < r < 1.
struct dpm_solver_pp_2s {
    static constexpr int history = 0;
    static constexpr int evaluations = 2;
    static constexpr int stages = 1;

    double r = 0.5;

    void check(const grid& walk) const {
        detail::require_stage("r", r);
        walk.require_path();
    }

    void step(auto& run) const {
        const auto [s, t] = run.interval();
        if (s.alpha == 0 || t.sigma == 0) return detail::constant_data_step(run, run.x(), s, t);
        detail::singlestep_2<detail::data_form, detail::second_stage::midpoint>(run, run.x(), s, t,
                                                                                r);
    }
};

/// DPM-Solver++(3S): DPM-Solver-3 in its data form. Order 3; three evaluations a step, one from
/// alpha = 0 and to sigma = 0; deterministic; any path, and a grid that knows it. Throws
/// fokker::error unless 0 < r1 < r2 < 1.
struct dpm_solver_pp_3s {
    static constexpr int history = 0;
    static constexpr int evaluations = 3;
    static constexpr int stages = 2;

    double r1 = 1.0 / 3.0;
    double r2 = 2.0 / 3.0;

    void check(const grid& walk) const { dpm_solver_3{r1, r2}.check(walk); }

    void step(auto& run) const {
        const auto [s, t] = run.interval();
        if (s.alpha == 0 || t.sigma == 0) return detail::constant_data_step(run, run.x(), s, t);
        detail::singlestep_3<detail::data_form>(run, run.x(), s, t, r1, r2);
    }
};

/// RES 2S: the same with the exact weights of exponential Runge-Kutta methods. Zhang et al. 2023
/// (Improved Order Analysis and Design of Exponential Integrator for Diffusion Models Sampling).
/// Order 2; two evaluations a step, one from alpha = 0 and to sigma = 0; deterministic; any path,
/// and a grid that knows it. Throws fokker::error unless 0 < c2 < 1.
struct res_2s {
    static constexpr int history = 0;
    static constexpr int evaluations = 2;
    static constexpr int stages = 1;

    double c2 = 0.5;

    void check(const grid& walk) const {
        detail::require_stage("c2", c2);
        walk.require_path();
    }

    void step(auto& run) const {
        const auto [s, t] = run.interval();
        if (s.alpha == 0 || t.sigma == 0) return detail::constant_data_step(run, run.x(), s, t);
        detail::singlestep_2<detail::data_form, detail::second_stage::exact>(run, run.x(), s, t,
                                                                             c2);
    }
};

}  // namespace fokker
