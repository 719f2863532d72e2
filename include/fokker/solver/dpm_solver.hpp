/// DPM-Solver in its noise form: Lu et al. 2022 (A Fast ODE Solver for Diffusion Probabilistic
/// Model Sampling in Around 10 Steps).
#pragma once

#include <fokker/error.hpp>
#include <fokker/path/grid.hpp>
#include <fokker/solver/exponential_form.hpp>
#include <fokker/solver/singlestep.hpp>

namespace fokker {

namespace detail {
inline void require_stage(const char* name, double r) {
    require(r > 0 && r < 1, name, " is ", r, "; a stage lies between 0 and 1 of the step");
}
}  // namespace detail

/// DPM-Solver-2. Lu et al. 2022, Algorithm 1, with its stage at r of the step in lambda. Order 2;
/// two evaluations a step, one from alpha = 0 and to sigma = 0; deterministic; any path, and a grid
/// that knows it. Throws fokker::error unless 0 < r < 1.
struct dpm_solver_2 {
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
        detail::singlestep_2<detail::noise_form, detail::second_stage::midpoint>(run, run.x(), s, t,
                                                                                 r);
    }
};

/// DPM-Solver-3. Lu et al. 2022, Algorithm 2. Order 3; three evaluations a step, one from alpha = 0
/// and to sigma = 0; deterministic; any path, and a grid that knows it. Throws fokker::error unless
/// 0 < r1 < r2 < 1.
struct dpm_solver_3 {
    static constexpr int history = 0;
    static constexpr int evaluations = 3;
    static constexpr int stages = 2;

    double r1 = 1.0 / 3.0;
    double r2 = 2.0 / 3.0;

    void check(const grid& walk) const {
        detail::require_stage("r1", r1);
        detail::require_stage("r2", r2);
        detail::require(r1 < r2, "r1 is ", r1, ", not below r2 = ", r2);
        walk.require_path();
    }

    void step(auto& run) const {
        const auto [s, t] = run.interval();
        if (s.alpha == 0 || t.sigma == 0) return detail::constant_data_step(run, run.x(), s, t);
        detail::singlestep_3<detail::noise_form>(run, run.x(), s, t, r1, r2);
    }
};

}  // namespace fokker
