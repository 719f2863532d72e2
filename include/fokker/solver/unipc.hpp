/// UniPC: Zhao et al. 2023 (UniPC: A Unified Predictor-Corrector Framework for Fast Sampling of
/// Diffusion Models).
#pragma once

#include <array>
#include <cstddef>
#include <optional>

#include <fokker/path/grid.hpp>
#include <fokker/solver/exponential_form.hpp>
#include <fokker/solver/step_growth.hpp>
#include <fokker/target.hpp>

FOKKER_MAY_SHADOW

namespace fokker::inline FOKKER_TARGET {

/// The function B(h) of UniPC. It matters only where a weight is fixed at one half in place of the
/// exact one, as the authors' code does for the predictor of order 2 and the corrector of order 1;
/// `exact` solves for those, too, and is what the paper calls varying coefficients (UniPC_v), whose
/// B(h) cancels: the polynomial through the predictions, integrated exactly.
enum class unipc_variant { exact, bh1, bh2 };

namespace detail {

/// What a step of UniPC goes by.
struct unipc_rules {
    bool corrector = true;
    unipc_variant variant = unipc_variant::exact;
    double most_growth = usual_growth;
    int falling_steps = 0;
    bool corrects_here = true;  // whether this step mends the state, if there is a corrector

    /// Gives the prediction `other`, at this node, the weight B(h) / 2 over the node, and what is
    /// left to the one at the node 0.
    template <class Form, std::size_t N>
    void halve(std::array<double, N>& weights, std::size_t other, const knot& s, const knot& t,
               double h, double node) const {
        if (N != 2 || variant == unipc_variant::exact) return;
        const double B = variant == unipc_variant::bh1 ? Form::scale(t, h) : Form::constant(s, t);
        weights[other] = 0.5 * B / node;
        weights[1 - other] = Form::constant(s, t) - weights[other];
    }
};

/// A step of UniPC in the Form, for a solver with one memory, in which the mended state is.
template <class Form, int Order>
void unipc_step(auto& run, const unipc_rules& rules) {
    const auto [s, t] = run.interval();
    auto x = run.x();
    const auto newest = Form::prediction(run, x, s);
    if (s.alpha == 0 || t.sigma == 0) {
        x = Form::ratio(s, t) * x + Form::constant(s, t) * newest;
        return;
    }
    const auto corrected = rules.corrector ? run.memory(0) : x;
    if (rules.corrector && (!rules.corrects_here || run.first() || run.before(1).alpha == 0 ||
                            run.before(1).lambda() == s.lambda())) {
        corrected = x;
    } else if (rules.corrector) {
        // From the knot before s, with the prediction at s as one more node.
        const auto& r = run.before(1);
        const double h = s.lambda() - r.lambda();
        const int past = detail::usable_exact_past<Form>(run, r, s, rules.most_growth, 1);
        const int used = detail::falling_past(run, past, rules.falling_steps, 1);
        detail::at_order<Order>(used + 1, [&](auto order) {
            const auto nodes = detail::nodes_between<order + 1>(run, r, s);
            auto weights = detail::exponential_weights<Form>(nodes, s, h);
            if (order == 1) rules.template halve<Form>(weights, 0, r, s, h, 1.0);
            corrected = Form::ratio(r, s) * corrected + detail::with_past(run, weights, newest);
        });
    }
    const double h = t.lambda() - s.lambda();
    const int past = detail::usable_exact_past<Form>(run, rules.most_growth);
    const int used = detail::falling_past(run, past, rules.falling_steps);
    detail::at_order<Order>(used + 1, [&](auto order) {
        const auto nodes = detail::nodes_between<order>(run, s, t);
        auto weights = detail::exponential_weights<Form>(nodes, t, h);
        if constexpr (order == 2) rules.template halve<Form>(weights, 1, s, t, h, nodes[1]);
        x = Form::ratio(s, t) * corrected + detail::with_past(run, weights, newest);
    });
}

}  // namespace detail

/// The predictor of order `Order` from the last predictions, and a corrector that takes in the
/// newest one: the state that a step began with is mended when its prediction is known, without
/// another call. Zhao et al. 2023, Algorithms 1 and 2, in the form that calls once a step. Without
/// `corrector` it is UniP. Order `Order` + 1 with the corrector, `Order` without; one evaluation a
/// step; deterministic; any path. From the data to the noise it uses noise predictions. The first
/// steps are of lower order, and what they lose (h^3 with the corrector) leaves order 3 on fine
/// grids where the order is above 3, sooner or later: unipc<3> shows 4 from noise to data, where
/// the first steps count little, and 3 from data to noise.
template <int Order = 2>
    requires(Order >= 1 && Order <= 4)
struct unipc {
    static constexpr int history = Order;
    static constexpr int evaluations = 1;
    static constexpr int memories = 1;

    bool corrector = true;
    unipc_variant variant = unipc_variant::exact;
    /// A step that is more than this many times as long as an earlier one does not use it. Empty: 2
    /// in the exact variant; 1000, the most, in those of the authors, whose code has no such bound.
    std::optional<double> most_growth{};
    /// In so many last steps the order is at most the number of steps that are left.
    int falling_steps = 0;

    void check(const grid&) const {
        detail::require_growth(longest());
        detail::require_falling(falling_steps);
    }

    void step(auto& run) const {
        const auto [s, t] = run.interval();
        const detail::unipc_rules rules{corrector, variant, longest(), falling_steps};
        // What the corrector mends is multiplied from step to step by the ratio of the form, while
        // the prediction was made without it. Towards the data sigma_t / sigma_s makes less of it.
        // From the data on it would make more and more, and alpha_t / alpha_s does not.
        if (t.lambda() < s.lambda())
            detail::unipc_step<detail::noise_form, Order>(run, rules);
        else
            detail::unipc_step<detail::data_form, Order>(run, rules);
    }

private:
    /// What most_growth says.
    double longest() const {
        return most_growth.value_or(variant == unipc_variant::exact ? detail::usual_growth
                                                                    : detail::longest_growth);
    }
};

}  // namespace fokker

FOKKER_END_MAY_SHADOW
