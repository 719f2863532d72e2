/// Heun's method in sigma / alpha, with churn: Karras et al. 2022 (EDM).
#pragma once

#include <limits>

#include <fokker/path/grid.hpp>
#include <fokker/path/knot.hpp>
#include <fokker/solver/churn.hpp>
#include <fokker/target.hpp>

FOKKER_MAY_SHADOW

namespace fokker::inline FOKKER_TARGET {

/// Solves dX/dnsr = (X - D) / nsr by the trapezoidal rule, with X = x / alpha, nsr = sigma / alpha.
/// Karras et al. 2022, Algorithms 1 and 2. Order 2; two evaluations a step, one where the step ends
/// at sigma = 0 or begins at alpha = 0 (an Euler step); stochastic if s_churn > 0; any path. Throws
/// fokker::error on bad churn options.
struct heun {
    static constexpr int history = 0;
    static constexpr int evaluations = 2;
    static constexpr int stages = 2;

    double s_churn = 0.0;
    double s_min = 0.0;
    double s_max = std::numeric_limits<double>::infinity();
    double s_noise = 1.0;

    detail::churn_options churn() const { return {s_churn, s_min, s_max, s_noise}; }
    bool stochastic() const { return s_churn > 0; }
    void check(const grid& walk) const { churn().check(walk); }

    void step(auto& run) const {
        const knot& t = run.interval().second;
        churn().lift(run, run.stage(1),
                     [&](const auto& v, const knot& hat) { advance(run, v, hat, t); });
    }

private:
    /// From the state `v` at `s` to x at `t`.
    static void advance(auto& run, const auto& v, const knot& s, const knot& t) {
        auto x = run.x();
        const auto D = run.data(v, s);
        const double ratio = t.sigma / s.sigma;
        const auto euler = ratio * v + (t.alpha - ratio * s.alpha) * D;
        if (t.sigma == 0 || s.alpha == 0) {
            x = euler;
            return;
        }
        auto x_euler = run.stage(0);
        x_euler = euler;
        const auto D_euler = run.data(x_euler, t);
        const auto slope = (v / s.alpha - D) / s.noise_to_signal();
        const auto slope_euler = (x_euler / t.alpha - D_euler) / t.noise_to_signal();
        const double h = t.noise_to_signal() - s.noise_to_signal();
        x = t.alpha * (v / s.alpha + 0.5 * h * (slope + slope_euler));
    }
};

}  // namespace fokker

FOKKER_END_MAY_SHADOW
