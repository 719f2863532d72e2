/// Networks of two knots: f(x, from, to), which go from one noise level to another in one call.
#pragma once

#include <cmath>
#include <concepts>
#include <functional>
#include <type_traits>
#include <utility>

#include <fokker/core/caller.hpp>
#include <fokker/core/memory.hpp>
#include <fokker/error.hpp>
#include <fokker/finite.hpp>
#include <fokker/kernel/array.hpp>
#include <fokker/model/callable.hpp>
#include <fokker/model/model.hpp>
#include <fokker/model/network.hpp>
#include <fokker/path/grid.hpp>
#include <fokker/path/knot.hpp>
#include <fokker/solver/solver.hpp>
#include <fokker/target.hpp>

FOKKER_MAY_SHADOW

namespace fokker::inline FOKKER_TARGET {

/// What a flow map is handed as its second label, by the labels of the two knots.
enum class second_label {
    to,          ///< the label of the knot to which it goes: CTM, IMM, Align Your Flow, AnyFlow
    difference,  ///< label(from) - label(to): MeanFlow, and IMM with its `stride`
    /// k, where the labels are 2^-k apart: shortcut models, which know no other steps
    log2_steps,
};

namespace detail {

/// A rule for the second label: a second_label, or a callable of the two knots with their labels.
template <class L>
concept label_rule = std::same_as<L, second_label> ||
                     std::is_invocable_r_v<double, const L&, const knot&, const knot&>;

/// f(x, from, to, out) or out = f(x, from, to), with labels or with knots.
template <class F, class X, class Label, class Out>
concept writes_map = std::invocable<F&, const X&, Label, Label, Out&>;
template <class F, class X, class Label, class Out>
concept returns_map = std::invocable<F&, const X&, Label, Label> &&
                      returned_array<std::invoke_result_t<F&, const X&, Label, Label>, Out>;

template <class F, class X, class Out>
concept map_for = writes_map<F, X, double, Out> || writes_map<F, X, const knot&, Out> ||
                  returns_map<F, X, double, Out> || returns_map<F, X, const knot&, Out>;

/// Whether a label between the integers would be cut off: the first one, or the second one.
template <class F, class X, class From, class To, class Out>
concept takes_labels =
    std::invocable<F&, const X&, From, To, Out&> || std::invocable<F&, const X&, From, To>;
template <class F, class X, class Out>
concept takes_integer_first = plain_callable<F> && takes_labels<F, X, double, double, Out> &&
                              !takes_labels<F, X, fractional, double, Out>;
template <class F, class X, class Out>
concept takes_integer_second = plain_callable<F> && takes_labels<F, X, double, double, Out> &&
                               !takes_labels<F, X, double, fractional, Out>;

double second_label_of(second_label rule, const knot& from, const knot& to);

namespace types {

/// The result of `flow_map`. A network itself, for runs whose solver says where its call goes.
template <class Network, label_rule Label>
class flow_map_network {
    using network = std::remove_reference_t<Network>;

public:
    flow_map_network(Network&& f, Label label)
        : network_(std::forward<Network>(f)), label_(std::move(label)) {}

    /// out = f(x, from, to), with the knots of the call for which k was handed over.
    template <array_like X, array_like Out>
        requires map_for<network, X, Out>
    void operator()(const X& x, const knot& k, Out& out) {
        call(network_, x, k, out);
    }
    template <array_like X, array_like Out>
        requires map_for<std::add_const_t<network>, X, Out>
    void operator()(const X& x, const knot& k, Out& out) const {
        call(network_, x, k, out);
    }

    /// Throws fokker::error unless the network can be told of these knots: both with the model's
    /// labels. What can be known before the first call.
    void check_map(const knot& from, const knot& to) const {
        const double label = second(from, to);
        require(is_finite(label),
                "the flow map cannot be told where its step goes: from {t = ", from.t,
                "} to {alpha = ", to.alpha, ", sigma = ", to.sigma, "} its second label is ", label,
                "; end the grid where there is a label, as with grid_end::least_noise, or give "
                "flow_map a rule for that label");
    }

    void begin_walk() { detail::begin_walk(network_); }
    template <class Archive>
    void memory(Archive& archive)
        requires core::keeps_memory<network>
    {
        core::visit_memory(network_, archive);
    }

private:
    template <class F, class X, class Out>
    void call(F& f, const X& x, const knot& k, Out& out) const {
        require_types<F, X, Out>();
        const core::call_target* const target = core::target_of(k);
        if (!target) refuse_no_target();
        const knot from = plain(k);
        knot to = target->labelled();
        to.t = second(from, to);
        if constexpr (takes_integer_second<F, X, Out>) require_whole_labels();
        if constexpr (writes_map<F, X, double, Out>)
            write(f, x, from.t, to.t, out);
        else if constexpr (writes_map<F, X, const knot&, Out>)
            write(f, x, from, to, out);
        else if constexpr (returns_map<F, X, double, Out>)
            take(x, k, std::invoke(f, x, from.t, to.t), out);
        else
            take(x, k, std::invoke(f, x, from, to), out);
    }

    /// Without a call to belong to: the user's network is no wrapper of ours.
    static knot plain(const knot& k) { return {k.t, k.alpha, k.sigma}; }

    double second(const knot& from, const knot& to) const {
        if constexpr (std::same_as<Label, second_label>)
            return detail::second_label_of(label_, from, to);
        else
            return std::invoke(label_, from, to);
    }

    template <class F, class X, class At, class Out>
    static void write(F& f, const X& x, const At& from, const At& to, Out& out) {
        static_assert(
            std::is_void_v<std::invoke_result_t<F&, const X&, const At&, const At&, Out&>>,
            "fokker: a flow map called as f(x, from, to, out) writes into out; what it returns "
            "would be ignored, so let it return void (throw to report a failure)");
        std::invoke(f, x, from, to, out);
    }

    template <class X, class Y, class Out>
    static void take(const X& x, const knot& k, Y&& y, Out& out) {
        detail::require_output(x, y, out, the_output, k, -1);
        out = std::forward<Y>(y);
    }

    template <class F, class X, class Out>
    static consteval void require_types() {
        static_assert(!takes_integer_first<F, X, Out>,
                      "fokker: the flow map takes its first label as an integer, and labels may "
                      "lie between the integers; take a double, and round it where that is right");
        static_assert(!loses_output<F, Out, const X&, double, double> &&
                          !loses_output<F, Out, const X&, const knot&, const knot&>,
                      "fokker: the flow map takes its output by value, so what it writes would be "
                      "lost; take it by reference");
    }

    /// For a network that takes the second label as an integer: by its first call.
    void require_whole_labels() const {
        if constexpr (std::same_as<Label, second_label>)
            require(label_ == second_label::log2_steps,
                    "the flow map takes its second label as an integer, and of these only "
                    "second_label::log2_steps is one; take a double, and round it where that is "
                    "right");
        else
            static_assert(
                std::is_integral_v<std::invoke_result_t<const Label&, const knot&, const knot&>>,
                "fokker: the flow map takes its second label as an integer, and the rule for that "
                "label returns none; take a double, and round it where that is right");
    }

    [[noreturn]] FOKKER_COLD FOKKER_NEVER_INLINE static void refuse_no_target() {
        refuse(
            "a flow map was called without the knot to which it is to go, which a run tells it if "
            "its solver says so; take fokker::ddim{}, euler, tcd, gamma_sampler or "
            "consistency_sampler, and inside of your own callable pass the knot on by reference, "
            "as it came");
    }

    Network network_;
    Label label_;
};

}  // namespace types
using types::flow_map_network;

/// Throws fokker::error where a solver would call a flow map for a way that it cannot be told of,
/// or where the solver, with its options, does not go by one call.
template <solver Solver, class Model>
void check_flow_map(const Solver& method, const Model& predictor, const grid& walk) {
    if constexpr (is_flow_map<decltype(predictor.network)> && takes_flow_maps<Solver>)
        for (int i = 0; i < walk.steps(); ++i) {
            if (walk.is_jump(i)) continue;
            const auto& s = walk.walked(static_cast<std::size_t>(i));
            const knot to = method.target(walk, s, walk.walked(static_cast<std::size_t>(i) + 1));
            const auto labelled = [&](const knot& k) {
                return knot{predictor.prediction.at(k).label, k.alpha, k.sigma};
            };
            predictor.network.check_map(labelled(s), labelled(to));
        }
}

inline double second_label_of(second_label rule, const knot& from, const knot& to) {
    if (rule == second_label::to) return to.t;
    const double apart = from.t - to.t;
    if (rule == second_label::difference) return apart;
    const double steps = apart == 0 ? -1.0 : -std::log2(std::abs(apart));
    const double whole = std::nearbyint(steps);
    require(std::abs(steps - whole) <= 1e-6 && whole >= 0,
            "a shortcut model knows steps of 1, 1/2, 1/4, .. alone, and one goes from t = ", from.t,
            " to t = ", to.t,
            "; take an evenly spaced grid whose number of steps is a power of 2, with labels from "
            "0 to 1");
    return whole;
}

}  // namespace detail

/// A network of two knots, a flow map: f(x, from, to, out) or out = f(x, from, to), which tells for
/// the way from the knot `from`, where x is, to the knot `to`, what others tell of one knot; both
/// come as labels (double) or as fokker::knot, whose t are these labels. What it predicts is said
/// around it: predicts_flow(flow_map(f)). Then ddim{} is the map itself, x_to = f's, in one step
/// or in many; tcd, gamma_sampler and consistency_sampler draw fresh noise between. Guidance goes
/// around flow maps. Other solvers are refused. `label` says what the second label is, and may be
/// a callable of the two knots. Boffi et al. 2024 (Flow map matching).
template <class Network, detail::label_rule Label = second_label>
auto flow_map(Network&& network, Label label = Label{}) {
    static_assert(!detail::is_model<std::remove_cvref_t<Network>>,
                  "fokker: flow_map takes a network, and what it predicts is said around it: "
                  "predicts_flow(flow_map(network))");
    return detail::flow_map_network<Network, Label>(std::forward<Network>(network),
                                                    std::move(label));
}

}  // namespace fokker

FOKKER_END_MAY_SHADOW
