/// Guidance: networks made of networks.
#pragma once

#include <cstdint>
#include <type_traits>
#include <utility>

#include <fokker/core/caller.hpp>
#include <fokker/core/memory.hpp>
#include <fokker/core/space.hpp>
#include <fokker/error.hpp>
#include <fokker/kernel/array.hpp>
#include <fokker/model/guidance_options.hpp>
#include <fokker/model/guidance_pass.hpp>
#include <fokker/model/kept_array.hpp>
#include <fokker/model/model.hpp>
#include <fokker/model/network.hpp>
#include <fokker/model/second_output.hpp>
#include <fokker/path/knot.hpp>
#include <fokker/target.hpp>

FOKKER_MAY_SHADOW

namespace fokker::inline FOKKER_TARGET {

namespace detail {

/// The options of a guided network, and the difference that momentum keeps from call to call.
class guidance_state {
public:
    explicit guidance_state(const guidance& options) : options_(options) { options_.check(); }

    bool acts_at(const knot& k) const { return options_.acts_at(k); }
    /// Which of the predictions the result depends on.
    bool needs_conditional(const knot& k) const {
        return !acts_at(k) || !takes_only_unconditional(options_);
    }
    bool needs_unconditional(const knot& k) const {
        return acts_at(k) && !takes_only_conditional(options_);
    }

    /// Before a part is called. Throws fokker::error on samples that are too small for an option,
    /// and where momentum would be another walk's.
    void begin_call(array_shape shape, const knot& k) {
        require_samples_for(options_, shape);
        is_zero_ = options_.zeroes_at(k);
        if (options_.projection.momentum != 0.0) follow(core::caller_of(k));
    }

    void begin_walk() {
        fresh_ = true;
        is_told_ = true;
    }

    /// out = the guided prediction; it may be c or u.
    template <array_like Out>
    void guide(Out& out, const scalar_of<Out>* c, const scalar_of<Out>* u) {
        const double momentum = options_.projection.momentum;
        using space = core::space_of<Out>;
        const array_shape shape = detail::shape_of(out);
        if (is_zero_)
            return write_sample<space>(detail::data_of(out), kernel::term(0.0, c), shape.size());
        scalar_of<Out>* average = nullptr;
        if (momentum != 0.0) {
            bool is_new = false;
            if (fresh_) average_.forget();
            average = detail::data_of(average_.like(out, &is_new));
            if (is_new || fresh_)
                set_difference<space>(average, c, u, shape.size());
            else
                add_difference<space>(average, c, u, momentum, shape.size());
            fresh_ = false;
        }
        detail::guide<space>(options_, detail::data_of(out), c, u, average, shape);
    }

    template <class Archive>
    void memory(Archive& archive) {
        if (options_.projection.momentum == 0.0) return;
        archive(fresh_);
        average_.memory(archive);
        if constexpr (Archive::reads) is_told_ = true;
    }

private:
    /// Where this is inside of a callable that the run does not look into, such as a std::function,
    /// nobody calls begin_walk() and memory(). A new walk shows by its number. Memory that ought to
    /// be what it was cannot be mended here.
    void follow(const core::caller* by) {
        if (!by) return follow_hand();
        const bool was_left = walk_ != 0 && by->copy_of == walk_ && network_calls_ >= by->copied_at;
        require(by->walk >= walk_ && !was_left,
                "a guided network with momentum is called in two walks by turns, and has one "
                "momentum; give each run a guided network of its own");
        require(is_told_ || !by_hand_,
                "a guided network with momentum is called in a run after calls that came from no "
                "run; call its begin_walk() in between, and pass knots on by reference, as they "
                "came");
        if (!is_told_ && !goes_on(*by)) {
            require(by->walk > walk_ && !by->resumed && (by->copy_of == 0 || walk_ == 0),
                    "a guided network with momentum is inside of another callable, such as a "
                    "lambda or a std::function, and cannot go back to an earlier momentum, as it "
                    "must after a failed or rejected step, for a checkpoint and for a copy of a "
                    "run; pass the guided network itself, or give your callable the functions "
                    "begin_walk() and memory(archive), which call those of the guided network");
            fresh_ = true;
        }
        is_told_ = false;
        by_hand_ = false;
        walk_ = by->walk;
        restored_ = by->restored;
        network_calls_ = by->network_calls;
    }

    /// Whether the momentum is that of this walk, or of the one that it is a copy of, as that was.
    bool goes_on(const core::caller& by) const {
        return by.restored == restored_ &&
               (by.walk == walk_ || (walk_ != 0 && by.copy_of == walk_));
    }

    /// A call of which no walk is known is one by hand if begin_walk() was called by hand.
    void follow_hand() {
        require(is_told_ || by_hand_,
                "a guided network with momentum is called with a knot that came from no run, so "
                "that it cannot tell where a walk begins; inside of your own callable, pass the "
                "knot on by reference, as it came; otherwise call begin_walk() of the guided "
                "network where a walk begins");
        is_told_ = false;
        by_hand_ = true;
    }

    guidance options_;
    kept_array average_;
    bool is_zero_ = false;  // the prediction of the call under way
    bool fresh_ = true;
    bool is_told_ = false;  // by begin_walk() or memory(), since the last call
    bool by_hand_ = false;  // the last call
    // Of the walk that called last, as it called.
    std::uint64_t walk_ = 0, restored_ = 0;
    std::int64_t network_calls_ = 0;
};

/// A part that is called for one output, if it can be, and for two otherwise.
template <class F, class X, class Out>
concept part_of_guidance = network_for<F, X, Out> || two_output_network_for<F, X, Out>;

namespace types {

/// Classifier-free guidance: unconditional + scale (conditional - unconditional), Ho & Salimans
/// 2022, in the convention in which scale = 1 is the conditional network alone and 0 the
/// unconditional one; with the options of `guidance`. A network itself; both parts predict the same
/// thing. It calls each part once, and one alone where the result does not depend on the other: at
/// scale 1 and 0, and where guidance does not act. A run counts the pair as one evaluation, and
/// each call as a network call. Its second output is the unconditional prediction, or that of the
/// conditional part if this one cannot be called for one output alone. Its scratch arrays are made
/// at the first call and again when the shape changes, so one object serves one thread at a time.
template <class Conditional, class Unconditional>
class guided_network {
    using with = std::remove_reference_t<Conditional>;
    using without = std::remove_reference_t<Unconditional>;

public:
    guided_network(Conditional&& conditional, Unconditional&& unconditional,
                   const guidance& options)
        : conditional_(std::forward<Conditional>(conditional)),
          unconditional_(std::forward<Unconditional>(unconditional)),
          state_(options) {}

    /// out = f(x, knot).
    template <array_like X, array_like Out>
        requires network_for<with, X, Out> && network_for<without, X, owner_of<Out>>
    void operator()(const X& x, const knot& k, Out& out) {
        state_.begin_call(detail::shape_of(x), k);
        if constexpr (network_for<without, X, Out>)
            if (!state_.needs_conditional(k))
                return detail::call_network(unconditional_, x, k, k.t, out);
        detail::call_network(conditional_, x, k, k.t, out);
        if (!state_.needs_unconditional(k)) return;
        if constexpr (array_traits<Out>::is_fixed) {
            auto other = array_traits<Out>::like(out);
            combine(x, k, out, other);
        } else {
            combine(x, k, out, scratch_.like(out));
        }
    }

    /// The same, and `second` = the unconditional prediction (the conditional one where guidance
    /// does not act).
    template <array_like X, array_like Out>
        requires network_for<with, X, Out> && network_for<without, X, Out>
    void operator()(const X& x, const knot& k, Out& out, Out& second) {
        state_.begin_call(detail::shape_of(x), k);
        const auto copy_to_second = [&] {
            write_sample<core::space_of<Out>>(detail::data_of(second),
                                              kernel::term(1.0, detail::const_data_of(out)),
                                              detail::shape_of(out).size());
        };
        if (!state_.needs_conditional(k)) {
            detail::call_network(unconditional_, x, k, k.t, out);
            return copy_to_second();
        }
        detail::call_network(conditional_, x, k, k.t, out);
        if (!state_.acts_at(k)) return copy_to_second();
        if (state_.needs_unconditional(k))
            combine(x, k, out, second);
        else {
            detail::call_network(unconditional_, x, k, k.t, second);
            detail::require_apart(second, out, the_second_output, the_output, k, -1);
        }
    }

    /// The same where the conditional part has a second output of its own, which is kept.
    template <array_like X, array_like Out>
        requires(!network_for<with, X, Out>) && two_output_network_for<with, X, Out> &&
                part_of_guidance<without, X, Out>
    void operator()(const X& x, const knot& k, Out& out, Out& second) {
        state_.begin_call(detail::shape_of(x), k);
        const bool acts = state_.needs_unconditional(k);
        owner_of<Out>& other = scratch_.like(out);
        if (acts) {
            if constexpr (network_for<without, X, owner_of<Out>>)
                detail::call_network(unconditional_, x, k, k.t, other);
            else
                detail::call_network_twice(unconditional_, x, k, k.t, other, second);
        }
        detail::call_network_twice(conditional_, x, k, k.t, out, second);
        if (acts)
            detail::require_apart(other, out, "the unconditional prediction", "the conditional one",
                                  k, -1);
        if (acts) state_.guide(out, detail::data_of(out), detail::data_of(other));
    }

    template <class X, class Out>
    static constexpr second_output second_kind() {
        return network_for<with, X, Out> ? second_output::unconditional
                                         : second_output::unspecified;
    }

    /// Where a part is a flow map: see there. Both are called for the same way.
    void check_map(const knot& from, const knot& to) const
        requires is_flow_map<with> || is_flow_map<without>
    {
        if constexpr (is_flow_map<with>) conditional_.check_map(from, to);
        if constexpr (is_flow_map<without>) unconditional_.check_map(from, to);
    }

    /// What a part refuses.
    void check_state(const array_like auto& x) const {
        detail::check_state(conditional_, x);
        detail::check_state(unconditional_, x);
    }

    /// Forgets the walk before. A run calls this when it begins one, and after a seek or a jump;
    /// who calls a guided network with momentum by hand does so, too.
    void begin_walk() {
        state_.begin_walk();
        detail::begin_walk(conditional_);
        detail::begin_walk(unconditional_);
    }

    /// The difference that momentum keeps, and what the parts keep.
    template <class Archive>
    void memory(Archive& archive) {
        state_.memory(archive);
        core::visit_memory(conditional_, archive);
        core::visit_memory(unconditional_, archive);
    }

private:
    template <class X, class Out, class Other>
    void combine(const X& x, const knot& k, Out& out, Other& other) {
        detail::call_network(unconditional_, x, k, k.t, other);
        detail::require_apart(other, out, "the unconditional prediction", "the conditional one", k,
                              -1);
        state_.guide(out, detail::data_of(out), detail::data_of(other));
    }

    Conditional conditional_;
    Unconditional unconditional_;
    guidance_state state_;
    kept_array scratch_;
};

}  // namespace types
using types::guided_network;

}  // namespace detail

/// Combines two callables by classifier-free guidance; wrap the result like any network, for
/// example predicts_noise(guided(conditional, unconditional, {.scale = 7.5, .rescale = 0.7})).
/// Throws fokker::error on an option out of its range (see `guidance`).
template <class Conditional, class Unconditional>
auto guided(Conditional&& conditional, Unconditional&& unconditional, const guidance& options) {
    static_assert(!detail::is_model<std::remove_cvref_t<Conditional>> &&
                      !detail::is_model<std::remove_cvref_t<Unconditional>>,
                  "fokker: guided combines networks, and what they predict is said around it: "
                  "predicts_noise(guided(a, b, scale))");
    return detail::guided_network<Conditional, Unconditional>(
        std::forward<Conditional>(conditional), std::forward<Unconditional>(unconditional),
        options);
}

/// The same with a scale alone.
template <class Conditional, class Unconditional>
auto guided(Conditional&& conditional, Unconditional&& unconditional, double scale) {
    return fokker::guided(std::forward<Conditional>(conditional),
                          std::forward<Unconditional>(unconditional), guidance{.scale = scale});
}

}  // namespace fokker

FOKKER_END_MAY_SHADOW
