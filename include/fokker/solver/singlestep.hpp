/// One-step exponential integrators with stages between the knots: DPM-Solver-2 and -3 (Lu et al.
/// 2022, Algorithms 1 and 2 and their data forms), and what starts multistep methods.
#pragma once

#include <array>
#include <type_traits>

#include <fokker/error.hpp>
#include <fokker/path/grid.hpp>
#include <fokker/path/knot.hpp>
#include <fokker/solver/exponential_form.hpp>
#include <fokker/target.hpp>

namespace fokker::inline FOKKER_TARGET::detail {

/// How the second-order step weighs its two predictions: by the midpoint rule, as DPM-Solver does,
/// or by the exact integral of the line through them.
enum class second_stage { midpoint, exact };

/// Order 2, two evaluations, one stage at s + r (t - s) in lambda; of order 1 where there is
/// nothing to divide by, from alpha = 0 and to sigma = 0. end(run, mean) assigns x.
template <class Form, second_stage Weights, class End = assign_state>
void singlestep_2(auto& run, const auto& v, const knot& s, const knot& t, double r,
                  const End& end = {}) {
    if (s.alpha == 0 || t.sigma == 0) return detail::constant_data_step(run, v, s, t, end);
    auto u = run.stage(0);
    const double h = t.lambda() - s.lambda();
    const knot m = run.knot_at(s.lambda() + r * h);
    const auto P = Form::prediction(run, v, s);
    u = Form::ratio(s, m) * v + Form::constant(s, m) * P;
    const auto P_m = Form::prediction(run, u, m);
    std::array<double, 2> weights;
    if constexpr (Weights == second_stage::midpoint) {
        weights[1] = Form::constant(s, t) / (2 * r);
        weights[0] = Form::constant(s, t) - weights[1];
    } else {
        weights = exponential_weights<Form>(std::array{0.0, r}, t, h);
    }
    end(run, Form::ratio(s, t) * v + weights[0] * P + weights[1] * P_m);
}

/// Order 3, three evaluations, stages at r1 and r2 of the step; of order 1 at the same ends.
template <class Form, class End = assign_state>
void singlestep_3(auto& run, const auto& v, const knot& s, const knot& t, double r1, double r2,
                  const End& end = {}) {
    if (s.alpha == 0 || t.sigma == 0) return detail::constant_data_step(run, v, s, t, end);
    auto u = run.stage(0), w = run.stage(1);
    const double h = t.lambda() - s.lambda();
    const knot m1 = run.knot_at(s.lambda() + r1 * h), m2 = run.knot_at(s.lambda() + r2 * h);
    const auto P = Form::prediction(run, v, s);
    u = Form::ratio(s, m1) * v + Form::constant(s, m1) * P;
    const auto P1 = Form::prediction(run, u, m1);
    const auto to_m2 = exponential_weights<Form>(std::array{0.0, r1 / r2}, m2, r2 * h);
    w = Form::ratio(s, m2) * v + to_m2[0] * P + to_m2[1] * P1;
    const auto P2 = Form::prediction(run, w, m2);
    const auto to_t = exponential_weights<Form>(std::array{0.0, r2}, t, h);
    end(run, Form::ratio(s, t) * v + to_t[0] * P + to_t[1] * P2);
}

/// One of these by its order, from the knot where the step begins.
template <class Form, int Order, class End = assign_state>
void singlestep_to(auto& run, const knot& t, const End& end = {}) {
    const knot& s = run.interval().first;
    if constexpr (Order == 1)
        detail::constant_data_step(run, run.x(), s, t, end);
    else if constexpr (Order == 2)
        detail::singlestep_2<Form, second_stage::midpoint>(run, run.x(), s, t, 0.5, end);
    else
        detail::singlestep_3<Form>(run, run.x(), s, t, 1.0 / 3.0, 2.0 / 3.0, end);
}

/// The same over the whole step.
template <class Form, int Order>
void singlestep(auto& run) {
    detail::singlestep_to<Form, Order>(run, run.interval().second);
}

inline void require_stage(const char* name, double r) {
    require(r > 0 && r < 1, name, " is ", r, "; a stage lies between 0 and 1 of the step");
}

namespace types {

/// A solver of order 2 with one stage at `r` of the step in lambda.
template <class Form, second_stage Weights>
struct one_stage_solver {
    static constexpr int history = 0;
    static constexpr int evaluations = 2;
    static constexpr int stages = 1;

    double r = 0.5;

    void check(const grid& walk) const {
        require_stage("r", r);
        walk.require_path();
        if constexpr (std::is_same_v<Form, noise_form>) require_steps_of_noise_form(walk);
    }

    void step(auto& run) const {
        const auto [s, t] = run.interval();
        detail::singlestep_2<Form, Weights>(run, run.x(), s, t, r);
    }
};

/// A solver of order 3 with stages at `r1` and `r2`.
template <class Form>
struct two_stage_solver {
    static constexpr int history = 0;
    static constexpr int evaluations = 3;
    static constexpr int stages = 2;

    double r1 = 1.0 / 3.0;
    double r2 = 2.0 / 3.0;

    void check(const grid& walk) const {
        require_stage("r1", r1);
        require_stage("r2", r2);
        require(r1 < r2, "r1 is ", r1, ", not below r2 = ", r2);
        walk.require_path();
        if constexpr (std::is_same_v<Form, noise_form>) require_steps_of_noise_form(walk);
    }

    void step(auto& run) const {
        const auto [s, t] = run.interval();
        detail::singlestep_3<Form>(run, run.x(), s, t, r1, r2);
    }
};

}  // namespace types
using types::one_stage_solver, types::two_stage_solver;

}  // namespace fokker::detail
