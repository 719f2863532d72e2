/// The classical Runge-Kutta method of order 4 (Kutta 1901) for the probability-flow ODE.
#pragma once

#include <cmath>

#include <fokker/path/grid.hpp>
#include <fokker/path/knot.hpp>
#include <fokker/solver/exponential_form.hpp>
#include <fokker/solver/flow_coordinates.hpp>
#include <fokker/target.hpp>

FOKKER_MAY_SHADOW

namespace fokker::inline FOKKER_TARGET {

namespace detail {

/// y(s + h) of dy/dz = slope, of order 4, with X = scale(k) y at the knot k. slope(v, D, k) is that
/// at the state v.
void classical_step(auto& run, const knot& s, const knot& m, const knot& t, double h,
                    const auto& scale, const auto& slope) {
    auto x = run.x();
    auto x_2 = run.stage(0), x_3 = run.stage(1), x_4 = run.stage(2);
    const auto y = x / scale(s);
    const auto k_1 = slope(x, run.data(x, s), s);
    x_2 = scale(m) * (y + 0.5 * h * k_1);
    const auto k_2 = slope(x_2, run.data(x_2, m), m);
    x_3 = scale(m) * (y + 0.5 * h * k_2);
    const auto k_3 = slope(x_3, run.data(x_3, m), m);
    x_4 = scale(t) * (y + h * k_3);
    const auto k_4 = slope(x_4, run.data(x_4, t), t);
    x = scale(t) * (y + h / 6 * k_1 + h / 3 * k_2 + h / 3 * k_3 + h / 6 * k_4);
}

}  // namespace detail

/// RK4 in lambda: d(x / alpha) / dlambda = D - x / alpha, of which it solves nothing exactly, so
/// that steps longer than 2.78 in lambda grow; krogstad has no such bound. Order 4; four
/// evaluations a step, one from alpha = 0 and to sigma = 0; deterministic; any path, and a grid
/// that knows it.
struct rk4 {
    static constexpr int history = 0;
    static constexpr int evaluations = 4;
    static constexpr int stages = 3;

    void check(const grid& walk) const { walk.require_path(); }

    void step(auto& run) const {
        const auto [s, t] = run.interval();
        if (s.alpha == 0 || t.sigma == 0) return detail::constant_data_step(run, run.x(), s, t);
        const double h = t.lambda() - s.lambda();
        const knot m = run.knot_at(s.lambda() + 0.5 * h);
        // Where 1 - alpha is 1 in double, as on a flow next to noise alone.
        if (m.alpha == 0) return detail::constant_data_step(run, run.x(), s, t);
        detail::classical_step(
            run, s, m, t, h, [](const knot& k) { return k.alpha; },
            [](const auto& v, const auto& D, const knot& k) { return D - v / k.alpha; });
    }
};

/// RK4 in the coordinates of rectified flow: dX/du = eps_hat - D with u = sigma / (alpha + sigma),
/// which on flow_path is what the network returns, and general ODE solvers integrate there. Order
/// 4; four evaluations a step, from alpha = 0 too, one to sigma = 0; deterministic; any path, and a
/// grid that knows it.
struct flow_rk4 {
    static constexpr int history = 0;
    static constexpr int evaluations = 4;
    static constexpr int stages = 3;

    void check(const grid& walk) const { walk.require_path(); }

    void step(auto& run) const {
        const auto [s, t] = run.interval();
        if (t.sigma == 0) return detail::constant_data_step(run, run.x(), s, t);
        const double from = detail::flow_time(s), h = detail::flow_time(t) - from;
        const knot m = run.knot_at(detail::lambda_of_flow_time(from + 0.5 * h));
        detail::classical_step(
            run, s, m, t, h, [](const knot& k) { return detail::flow_scale(k); },
            [](const auto& v, const auto& D, const knot& k) {
                return detail::flow_velocity(v, D, k);
            });
    }
};

}  // namespace fokker

FOKKER_END_MAY_SHADOW
