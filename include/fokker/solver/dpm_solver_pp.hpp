/// DPM-Solver++: Lu et al. 2022 (Fast Solver for Guided Sampling of Diffusion Probabilistic
/// Models).
#pragma once

#include <cmath>

#include <fokker/path/grid.hpp>
#include <fokker/solver/step_growth.hpp>
#include <fokker/target.hpp>

namespace fokker::inline FOKKER_TARGET {

/// Solves the probability-flow ODE in lambda, exactly in its linear part, by a two-step method. Lu
/// et al. 2022, Algorithm 2. Order 2; one evaluation a step; deterministic; any path. The first
/// step, and one that ends at sigma = 0, are of order 1.
struct dpm_solver_pp_2m {
    static constexpr int history = 1;
    static constexpr int evaluations = 1;

    /// A step that is more than this many times as long as an earlier one does not use it.
    double most_growth = detail::usual_growth;
    /// In so many last steps the order is at most the number of steps that are left.
    int falling_steps = 0;

    void check(const grid&) const {
        detail::require_growth(most_growth);
        detail::require_falling(falling_steps);
    }

    void step(auto& run) const {
        const auto [s, t] = run.interval();
        auto x = run.x();
        const auto D = run.data(x, s);
        const double h = t.lambda() - s.lambda();
        const double ratio = t.sigma / s.sigma, phi = -t.alpha * std::expm1(-h);
        const int past = detail::usable_past(run, s, t, most_growth, detail::in_lambda);
        if (t.sigma == 0 || detail::falling_past(run, past, falling_steps) == 0) {
            x = ratio * x + phi * D;
            return;
        }
        const double r = (s.lambda() - run.before(1).lambda()) / h;
        x = ratio * x + phi * (1 + 0.5 / r) * D - phi * 0.5 / r * run.past(1);
    }
};

}  // namespace fokker
