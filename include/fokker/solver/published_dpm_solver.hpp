/// DPM-Solver's multistep methods as their authors' code has them, where that differs from exact
/// weights.
#pragma once

#include <algorithm>
#include <array>

#include <fokker/path/grid.hpp>
#include <fokker/solver/exponential_form.hpp>
#include <fokker/solver/step_growth.hpp>
#include <fokker/target.hpp>

namespace fokker::inline FOKKER_TARGET {

namespace detail {

/// The weights of the last three predictions by their differences, D1 the slope and D2 the second
/// difference, as the authors' code combines them. The last two steps are r0 and r1 times as long
/// as this one; the prediction counts `constant` where it is constant, its slope `line`, and half
/// its second difference `parabola`:
///   D1_0 = (P - P1) / r0, D1_1 = (P1 - P2) / r1, D1 = D1_0 + r0 / (r0 + r1) (D1_0 - D1_1),
///   D2 = (D1_0 - D1_1) / (r0 + r1), where Taylor's formula has twice as much.
inline std::array<double, 3> published_weights(double r0, double r1, double constant, double line,
                                               double parabola) {
    const double bend = (line * r0 + parabola) / (r0 + r1);
    const double newer = (line + bend) / r0, older = bend / r1;
    return {constant + newer, -(newer + older), older};
}

/// A step of DPM-Solver's multistep method in the Form.
template <class Form>
void published_multistep(auto& run, int order, double most_growth, int falling_steps) {
    const auto [s, t] = run.interval();
    auto x = run.x();
    if (s.alpha == 0) return detail::constant_data_step(run, x, s, t);
    const auto P = Form::prediction(run, x, s);
    const double ratio = Form::ratio(s, t), constant = Form::constant(s, t);
    const int usable = detail::usable_past(run, s, t, most_growth, in_lambda);
    const int past = (std::min)(order - 1, detail::falling_past(run, usable, falling_steps));
    if (t.sigma == 0 || past == 0) {
        x = ratio * x + constant * P;
        return;
    }
    const double h = t.lambda() - s.lambda();
    const double r0 = (s.lambda() - run.before(1).lambda()) / h;
    if (past == 1) {
        const double slope = 0.5 * constant / r0;  // by the midpoint rule
        x = ratio * x + (constant + slope) * P - slope * run.past(1);
        return;
    }
    const double r1 = (run.before(1).lambda() - run.before(2).lambda()) / h;
    const auto moments = exponential_moments<3>(Form::exponent(h));
    const double scale = Form::scale(t, h);
    x = ratio * x +
        detail::with_past(
            run, published_weights(r0, r1, constant, scale * moments[1], 0.5 * scale * moments[2]),
            P);
}

}  // namespace detail

/// DPM-Solver(2M): DPM-Solver-2 in noise form with the last step's prediction in place of a stage.
/// Lu et al. 2022 (DPM-Solver++), appendix. Order 2; one evaluation a step; deterministic; any
/// path.
struct dpm_solver_2m {
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
        detail::published_multistep<detail::noise_form>(run, 2, most_growth, falling_steps);
    }
};

/// DPM-Solver++(3M) as published: its second difference lacks a factor 2, so that it is of order 2
/// (with dpm_solver_pp_3m the order is 3). For pictures that must equal those of other programs.
/// One evaluation a step; deterministic; any path.
struct published_dpm_solver_pp_3m {
    static constexpr int history = 2;
    static constexpr int evaluations = 1;

    /// A step that is more than this many times as long as an earlier one does not use it.
    double most_growth = detail::longest_growth;
    /// In so many last steps the order is at most the number of steps that are left.
    int falling_steps = 0;

    void check(const grid&) const {
        detail::require_growth(most_growth);
        detail::require_falling(falling_steps);
    }

    void step(auto& run) const {
        detail::published_multistep<detail::data_form>(run, 3, most_growth, falling_steps);
    }
};

/// DPM-Solver(3M) in noise form as published, likewise of order 2; deis<3> is the exact one.
struct published_dpm_solver_3m {
    static constexpr int history = 2;
    static constexpr int evaluations = 1;

    /// A step that is more than this many times as long as an earlier one does not use it.
    double most_growth = detail::longest_growth;
    /// In so many last steps the order is at most the number of steps that are left.
    int falling_steps = 0;

    void check(const grid&) const {
        detail::require_growth(most_growth);
        detail::require_falling(falling_steps);
    }

    void step(auto& run) const {
        detail::published_multistep<detail::noise_form>(run, 3, most_growth, falling_steps);
    }
};

}  // namespace fokker
