/// Dormand-Prince 5(4) for the probability-flow ODE: Dormand & Prince 1980.
#pragma once

#include <fokker/path/grid.hpp>
#include <fokker/path/knot.hpp>
#include <fokker/solver/exponential_form.hpp>
#include <fokker/solver/step_control.hpp>
#include <fokker/target.hpp>

namespace fokker::inline FOKKER_TARGET {

/// The probability-flow ODE in lambda, d(x / alpha) / dlambda = D - x / alpha, by the Runge-Kutta
/// method of order 5 with an embedded one of order 4 for the error (Dormand & Prince 1980), as
/// general ODE solvers do; Song et al. 2021 sample with it. Each step of the grid is made in as
/// many parts as it takes: a grid of one step to the path's least noise is the usual one. Seven
/// calls a part, accepted or not (the last is the next one's first, and is made again);
/// deterministic; any path, and a grid that knows it. Steps from alpha = 0 and to sigma = 0 are one
/// DDIM step. Throws fokker::error on bad options.
struct dormand_prince {
    static constexpr int history = 0;
    static constexpr int evaluations = 1;
    static constexpr int stages = 9;
    static constexpr bool tries_parts = true;

    step_control control{};

    int evaluations_in_step() const { return 0; }  // as many as it takes

    void check(const grid& walk) const {
        control.check();
        walk.require_path();
    }

    void step(auto& run) const {
        const auto [s, t] = run.interval();
        if (s.alpha == 0 || t.sigma == 0) return detail::constant_data_step(run, run.x(), s, t);
        auto x = run.x();
        auto y = run.stage(0), high = run.stage(1), u = run.stage(2);
        auto k1 = run.stage(3), k2 = run.stage(4), k3 = run.stage(5), k4 = run.stage(6),
             k5 = run.stage(7), k6 = run.stage(8);
        auto error = k2;  // not needed any more when the error is made
        y = x / s.alpha;
        const auto attempt = [&](double from, double to) {
            const double h = to - from;
            // k = the slope of y = x / alpha in lambda at c of the step.
            const auto slope = [&](const auto& k, const auto& at, double c) {
                run.begin_part();
                const knot m = run.knot_at(from + c * h);
                u = m.alpha * at;
                k = run.data(u, m) - u / m.alpha;
            };
            slope(k1, y, 0.0);
            slope(k2, y + h / 5 * k1, 1.0 / 5);
            slope(k3, y + h * (3.0 / 40 * k1 + 9.0 / 40 * k2), 3.0 / 10);
            slope(k4, y + h * (44.0 / 45 * k1 - 56.0 / 15 * k2 + 32.0 / 9 * k3), 4.0 / 5);
            slope(k5,
                  y + h * (19372.0 / 6561 * k1 - 25360.0 / 2187 * k2 + 64448.0 / 6561 * k3 -
                           212.0 / 729 * k4),
                  8.0 / 9);
            slope(k6,
                  y + h * (9017.0 / 3168 * k1 - 355.0 / 33 * k2 + 46732.0 / 5247 * k3 +
                           49.0 / 176 * k4 - 5103.0 / 18656 * k5),
                  1.0);
            high = y + h * (35.0 / 384 * k1 + 500.0 / 1113 * k3 + 125.0 / 192 * k4 -
                            2187.0 / 6784 * k5 + 11.0 / 84 * k6);
            run.begin_part();
            const knot b = run.knot_at(to);
            u = b.alpha * high;
            error = h * (71.0 / 57600 * k1 - 71.0 / 16695 * k3 + 71.0 / 1920 * k4 -
                         17253.0 / 339200 * k5 + 22.0 / 525 * k6 -
                         1.0 / 40 * (run.data(u, b) - u / b.alpha));
            return run.error_norm(error, y, high, control.tolerated);
        };
        control.walk(run, s.lambda(), t.lambda(), 5, attempt, [&] { y = high; });
        x = t.alpha * y;
    }
};

}  // namespace fokker
