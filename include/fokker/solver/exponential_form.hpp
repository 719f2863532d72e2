/// The two forms in which exponential integrators write the probability-flow ODE, and one step of
/// any order in either.
#pragma once

#include <array>
#include <cmath>
#include <cstddef>
#include <type_traits>
#include <utility>

#include <fokker/error.hpp>
#include <fokker/path/grid.hpp>
#include <fokker/path/knot.hpp>
#include <fokker/solver/exponential_integrals.hpp>
#include <fokker/solver/step_growth.hpp>
#include <fokker/target.hpp>

FOKKER_MAY_SHADOW

namespace fokker::inline FOKKER_TARGET::detail {

namespace types {

/// x_t = sigma_t / sigma_s x_s + sigma_t int e^lambda D dlambda. Lu et al. 2022 (DPM-Solver++),
/// eq. 8. Any path, from alpha = 0 and to sigma = 0, too.
struct data_form {
    static auto prediction(auto& run, const auto& v, const knot& k) { return run.data(v, k); }
    static double ratio(const knot& s, const knot& t) { return t.sigma / s.sigma; }
    /// What the prediction counts in a step that takes it as constant.
    static double constant(const knot& s, const knot& t) { return t.alpha - ratio(s, t) * s.alpha; }
    /// The integral of u^k is scale(t, h) times the k-th moment of exponent(h).
    static double scale(const knot& t, double h) { return t.alpha * h; }
    static double exponent(double h) { return h; }
};

/// x_t = alpha_t / alpha_s x_s - alpha_t int e^-lambda eps_hat dlambda. Lu et al. 2022
/// (DPM-Solver), eq. 3.4.
struct noise_form {
    static auto prediction(auto& run, const auto& v, const knot& k) { return run.epsilon(v, k); }
    static double ratio(const knot& s, const knot& t) { return t.alpha / s.alpha; }
    static double constant(const knot& s, const knot& t) { return t.sigma - ratio(s, t) * s.sigma; }
    static double scale(const knot& t, double h) { return -t.sigma * h; }
    static double exponent(double h) { return -h; }
};

}  // namespace types
using types::data_form, types::noise_form;

/// Throws fokker::error on a step over which a noise prediction cannot tell the data any more: the
/// state falls by this factor, and what is left of it is the difference of numbers of its old size.
inline void require_steps_of_noise_form(const grid& walk) {
    constexpr double most = 1e8;  // half of the digits of a double
    for (std::size_t i = 0; i + 1 < walk.size(); ++i) {
        const double from = walk[i].noise_to_signal(), to = walk[i + 1].noise_to_signal();
        detail::require(
            walk[i].alpha == 0 || walk.is_jump(static_cast<int>(i)) || to == 0 || from <= most * to,
            "step ", i, " falls from sigma / alpha = ", from, " to ", to,
            ", where the noise predictions of this solver leave no digits of the data; begin at "
            "alpha = 0, with less noise or with shorter steps, or take a solver that goes by the "
            "data, such as dpm_solver_pp_3s");
    }
}

/// Weights of predictions at `nodes` (0 is the knot s, 1 the knot t) in a step of the Form.
template <class Form, std::size_t N>
std::array<double, N> exponential_weights(const std::array<double, N>& nodes, const knot& t,
                                          double h) {
    auto weights = lagrange_weights(nodes, exponential_moments<N>(Form::exponent(h)));
    for (double& weight : weights) weight *= Form::scale(t, h);
    return weights;
}

/// weights[0] * newest + weights[1] * run.past(1) + ..
template <std::size_t N>
auto with_past(auto& run, const std::array<double, N>& weights, const auto& newest) {
    if constexpr (N == 1)
        return weights[0] * newest;
    else
        return [&]<std::size_t... K>(std::index_sequence<K...>) {
            return ((weights[0] * newest) + ... +
                    (weights[K + 1] * run.past(static_cast<int>(K) + 1)));
        }(std::make_index_sequence<N - 1>{});
}

/// Where this step's knot and those before it lie between s (0) and t (1) in this coordinate: the
/// k-th is run.before(k). With this step's own ends that is 0 and then what is negative; with those
/// of the step before, as a corrector has them, 1, 0 and then what is negative.
template <std::size_t N, class Coordinate = decltype(in_lambda)>
std::array<double, N> nodes_between(const auto& run, const auto& s, const auto& t,
                                    Coordinate coordinate = {}) {
    const double from = coordinate(s), h = coordinate(t) - from;
    std::array<double, N> nodes;
    for (std::size_t k = 0; k < N; ++k)
        nodes[k] = (coordinate(run.before(static_cast<int>(k))) - from) / h;
    return nodes;
}

/// f(std::integral_constant<int, n>) with n = order, bounded by 1 and Most.
template <int Most, int N = 1>
void at_order(int order, const auto& f) {
    if constexpr (N < Most)
        if (order > N) return at_order<Most, N + 1>(order, f);
    f(std::integral_constant<int, N>{});
}

/// How a step ends that adds nothing to what it has solved.
struct assign_state {
    void operator()(auto& run, const auto& mean) const {
        auto x = run.x();
        x = mean;
    }
};

/// A step that takes the data prediction as constant: DDIM's. `v` is the state at s.
template <class End = assign_state>
void constant_data_step(auto& run, const auto& v, const knot& s, const knot& t,
                        const End& end = {}) {
    end(run, data_form::ratio(s, t) * v + data_form::constant(s, t) * run.data(v, s));
}

/// One step of the exponential Adams-Bashforth method with `past` earlier predictions, of order
/// Order at most. Steps from alpha = 0 and to sigma = 0 are of order 1.
template <class Form, int Order>
void exponential_adams_step(auto& run, int past) {
    const auto [s, t] = run.interval();
    if (s.alpha == 0) return detail::constant_data_step(run, run.x(), s, t);
    auto x = run.x();
    const auto newest = Form::prediction(run, x, s);
    if (t.sigma == 0) {
        x = Form::ratio(s, t) * x + Form::constant(s, t) * newest;
        return;
    }
    const double h = t.lambda() - s.lambda(), ratio = Form::ratio(s, t);
    at_order<Order>(past + 1, [&](auto order) {
        const auto nodes = detail::nodes_between<order>(run, s, t);
        x = ratio * x + detail::with_past(run, exponential_weights<Form>(nodes, t, h), newest);
    });
}

}  // namespace fokker::detail

FOKKER_END_MAY_SHADOW
