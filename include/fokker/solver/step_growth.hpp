/// From which earlier steps a multistep method extrapolates: where the order of a step is decided.
#pragma once

#include <algorithm>
#include <cmath>
#include <limits>

#include <fokker/error.hpp>
#include <fokker/target.hpp>

namespace fokker::inline FOKKER_TARGET::detail {

/// How many times as long as a step before it a step may be, and still extrapolate over that one.
/// Chosen by measurement: docs/solver-formulas.md, "Steps that grow".
inline constexpr double usual_growth = 2.0;
/// The most that may be asked for, and what solvers that are named after a program have: these
/// programs know no bound, but beyond this one it is the rounding of floats that is extrapolated.
inline constexpr double longest_growth = 1000.0;

inline void require_growth(double most_growth) {
    require(most_growth >= 1 && most_growth <= longest_growth, "most_growth is ", most_growth,
            "; it must lie in [1, ", longest_growth, "]");
}

inline void require_falling(int falling_steps) {
    require(falling_steps >= 0, "falling_steps is ", falling_steps, "; it must not be negative");
}

/// The order that a step may have at most by falling_steps: in so many of the last steps no more
/// than there are steps left, with this one. `newest` as in usable_past.
int falling_order(const auto& run, int falling_steps, int newest = 0) {
    const int left = run.steps() - run.index() + newest;
    return left <= falling_steps ? left : (std::numeric_limits<int>::max)();
}

/// Of so many earlier predictions those that falling_steps leaves to the step.
int falling_past(const auto& run, int past, int falling_steps, int newest = 0) {
    return (std::min)(past, detail::falling_order(run, falling_steps, newest) - 1);
}

inline constexpr auto in_lambda = [](const auto& k) { return k.lambda(); };
inline constexpr auto in_sigma = [](const auto& k) { return k.noise_to_signal(); };
inline constexpr auto in_time = [](const auto& k) { return k.time(); };

/// Earlier predictions that were made at alpha > 0: all that a method can use whose weights do not
/// depend on the lengths of its steps.
int past_with_signal(const auto& run) {
    int k = 0;
    while (k < run.past_steps() && run.before(k + 1).alpha > 0) ++k;
    return k;
}

/// Earlier predictions that a step from s to t can use, where s is the knot before(newest): those
/// made at alpha > 0, up to the first step between them that is shorter than this one by more than
/// the factor most_growth, or so short that it has no length in double. Lengths are those in the
/// coordinate. A ratio that is most_growth but for rounding is no more than that.
template <class Coordinate>
int usable_past(const auto& run, const auto& s, const auto& t, double most_growth,
                Coordinate coordinate, int newest = 0) {
    const double h = coordinate(t) - coordinate(s);
    if (h == 0) return 0;
    // Both lengths have the same sign, but for steps of no length; so nothing is divided.
    const double sign = h > 0 ? 1.0 : -1.0, least = sign * h * (1.0 - 1e-9);
    double end = coordinate(run.before(newest));
    int k = 0;
    for (const int most = run.past_steps() - newest; k < most; ++k) {
        const auto& older = run.before(newest + k + 1);
        const double begin = coordinate(older);
        if (!(older.alpha > 0 && sign * most_growth * (end - begin) >= least)) break;
        end = begin;
    }
    return k;
}

/// The same for weights that are exact in the linear part, whose lengths are in lambda. Where the
/// exponential falls along the step (the noise form to the data, the data form from them) a line
/// is good over a long step, too: one prediction is used up to longest_growth.
template <class Form>
int usable_exact_past(const auto& run, const auto& s, const auto& t, double most_growth,
                      int newest = 0) {
    const int past = detail::usable_past(run, s, t, most_growth, in_lambda, newest);
    if (past > 0 || Form::exponent(t.lambda() - s.lambda()) > 0) return past;
    return detail::usable_past(run, s, t, longest_growth, in_lambda, newest) > 0 ? 1 : 0;
}

/// The same for the run's own step.
template <class Form>
int usable_exact_past(const auto& run, double most_growth) {
    const auto [s, t] = run.interval();
    return detail::usable_exact_past<Form>(run, s, t, most_growth);
}

}  // namespace fokker::inline FOKKER_TARGET::detail
