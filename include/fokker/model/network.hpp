/// The network as a callable: the ways in which it may be written, told apart at compile time, and
/// functions that call any of them.
#pragma once

#include <concepts>
#include <cstddef>
#include <functional>
#include <string>
#include <type_traits>
#include <utility>

#include <fokker/compiled.hpp>
#include <fokker/core/caller.hpp>
#include <fokker/error.hpp>
#include <fokker/kernel/array.hpp>
#include <fokker/model/callable.hpp>
#include <fokker/model/second_output.hpp>
#include <fokker/path/knot.hpp>
#include <fokker/target.hpp>

namespace fokker::inline FOKKER_TARGET::detail {

/// What `out = f(x, t)` may return: any array of the same scalar that the output can be set to.
template <class R, class Out>
concept returned_array = !std::is_void_v<R> && std::is_assignable_v<Out&, R&&>;

template <class F, class X, class Time, class Out>
concept in_place = std::invocable<F&, const X&, Time, Out&>;

template <class F, class X, class Time, class Out>
concept returning = std::invocable<F&, const X&, Time> &&
                    returned_array<std::invoke_result_t<F&, const X&, Time>, Out>;

/// Whether a time between the integers would be cut off.
template <class F, class X, class Out>
concept takes_integer_time =
    cuts_time<F, const X&, Out&> || cuts_time<F, const X&> || cuts_time<F, const X&, Out&, Out&>;

template <class F, class X, class Time, class Out, class Second>
concept in_place_twice = std::invocable<F&, const X&, Time, Out, Second>;

template <class F, class X, class Out, class Second>
concept writes_both =
    in_place_twice<F, X, double, Out, Second> || in_place_twice<F, X, const knot&, Out, Second>;

/// Whether what the network writes would be lost.
template <class F, class X, class Out>
concept takes_output_by_value =
    loses_output<F, Out, const X&, double> || loses_output<F, Out, const X&, const knot&> ||
    (plain_callable<F> &&
     (writes_both<F, X, temporary<Out>, Out&> || writes_both<F, X, Out&, temporary<Out>>));

/// Stands for a second output of every type.
struct anything {
    template <class T>
    operator T&() const;
};

/// Whether only the second output is at fault.
template <class F, class X, class Out>
concept takes_other_second =
    plain_callable<F> && !writes_both<F, X, Out&, Out&> &&
    !writes_both<F, X, Out&, temporary<Out>> && writes_both<F, X, Out&, anything>;

/// A time between the integers reaches the network as it is, and what it writes reaches the caller.
/// Asked of those inside of another one, too.
template <class F, class X, class Out>
constexpr void require_nothing_is_lost() {
    static_assert(!takes_output_by_value<F, X, Out>,
                  "fokker: the network takes its output by value, so what it writes would be lost; "
                  "take it by reference");
    static_assert(!takes_integer_time<F, X, Out>,
                  "fokker: the network takes the time as an integer, and times may lie between the "
                  "integers; take a double, and round it where that is right");
}

/// A callable f(x, t, out), f(x, knot, out), out = f(x, t) or out = f(x, knot), for a state of type
/// X and an output of type Out. Where it takes either time, it gets the label t.
template <class F, class X, class Out>
concept network_for = in_place<F, X, double, Out> || in_place<F, X, const knot&, Out> ||
                      returning<F, X, double, Out> || returning<F, X, const knot&, Out>;

/// A callable f(x, t, out, second) or f(x, knot, out, second): a network with a second output of
/// the same type as the first, such as a learned variance.
template <class F, class X, class Out>
concept two_output_network_for = writes_both<F, X, Out&, Out&>;

/// With one output or with two, for the state and for the run's own arrays. A concept, as its parts
/// are asked about one after the other: a generic network of one output may not compile for two.
template <class F, class X, class Out>
concept network_of_either_kind =
    (network_for<F, X, Out> && network_for<F, Out, Out>) ||
    (two_output_network_for<F, X, Out> && two_output_network_for<F, Out, Out>);

/// What is called, in the words of an error.
inline constexpr const char* the_output = "the network's output";
inline constexpr const char* the_second_output = "the network's second output";
inline constexpr const char* the_input = "its input";

/// An array's shape in words, to be said if it is wrong: so many numbers of it, and a text.
struct described_shape {
    std::size_t first;
    const char* text;
    std::size_t second;
    int numbers;
};

/// Rows and columns where it has them. What a network returned may be another library's array, of
/// which nothing is known here.
described_shape described(const auto& y) {
    const auto size = [](auto n) { return static_cast<std::size_t>(n); };
    if constexpr (requires { y.rows(); })
        return {size(y.rows()), " x ", size(y.cols()), 2};
    else if constexpr (array_like<decltype(y)>)
        return {detail::shape_of(y).samples, " samples of ", detail::shape_of(y).elements, 2};
    else if constexpr (requires { static_cast<std::size_t>(y.size()); })
        return {size(y.size()), " elements", 0, 1};
    else
        return {0, "another one", 0, 0};
}

[[noreturn]] FOKKER_COLD void refuse_output(const char* what, const knot& k, int step,
                                            const described_shape& expected,
                                            const described_shape& got);

/// Throws network_error unless y has the shape of x; `out` is mended first.
template <class X, class Out>
void require_output(const X& x, const auto& y, Out& out, const char* what, const knot& k,
                    int step) {
    if (array_traits<X>::same_shape(x, y)) return;
    const described_shape got = detail::described(y);
    out = array_traits<X>::like(x);  // the network may have resized it; the run can go on
    refuse_output(what, knot(k), step, detail::described(x),
                  got);  // a copy, so that k can be in registers
}

[[noreturn]] FOKKER_COLD void refuse_shared(const char* what, const char* other, const knot& k,
                                            int step);

/// Throws network_error if an output shares elements with an array that is another one: what is
/// written to one of them would change both. The output gets elements of its own first.
template <class Out, class Other>
void require_apart(Out& out, const Other& other_array, const char* what, const char* other,
                   const knot& k, int step) {
    if (!detail::share_elements(out, other_array)) return;
    if constexpr (!array_traits<Out>::is_view) out = array_traits<Out>::like(out);
    refuse_shared(what, other, knot(k), step);
}

/// One call, at the label or at the knot `time`. std::invoke converts the label where the network
/// takes a float.
template <class F, class X, class Time, class Out>
void call_with(core::open_call& call, F& f, const X& x, const Time& time, Out& out, const knot& k,
               int step, const char* what) {
    if constexpr (in_place<F, X, Time, Out>) {
        static_assert(std::is_void_v<std::invoke_result_t<F&, const X&, Time, Out&>>,
                      "fokker: a network called as f(x, t, out) writes into out; what it returns "
                      "would be ignored, so let it return void (throw to report a failure)");
        std::invoke(f, x, time, out);
        call.done();
        detail::require_output(x, out, out, what, k, step);
        detail::require_apart(out, x, what, the_input, k, step);
    } else {
        decltype(auto) y = std::invoke(f, x, time);
        call.done();
        detail::require_output(x, y, out, what, k, step);
        out = std::forward<decltype(y)>(y);
        detail::require_apart(out, x, what, the_input, k, step);
    }
}

template <class F, class X, class Time, class Out>
void call_twice_with(core::open_call& call, F& f, const X& x, const Time& time, Out& out,
                     Out& second, const knot& k, int step) {
    static_assert(std::is_void_v<std::invoke_result_t<F&, const X&, Time, Out&, Out&>>,
                  "fokker: a network called as f(x, t, out, second) writes into out and second; "
                  "what it returns would be ignored, so let it return void (throw to report a "
                  "failure)");
    std::invoke(f, x, time, out, second);
    call.done();
    detail::require_output(x, out, out, the_output, k, step);
    detail::require_output(x, second, second, the_second_output, k, step);
    detail::require_apart(out, x, the_output, the_input, k, step);
    detail::require_apart(second, x, the_second_output, the_input, k, step);
    detail::require_apart(second, out, the_second_output, the_output, k, step);
}

/// out = f(x, t), in the call for which the knot was handed over, if it was. Throws network_error,
/// naming the step unless it is below 0, if the output's shape is not that of x.
template <class X, class Out, network_for<X, Out> F>
void call_network(F& f, const X& x, const knot& k, double label, Out& out, int step = -1,
                  const char* what = the_output) {
    detail::require_nothing_is_lost<F, X, Out>();
    core::open_call call(k);
    const knot labelled = call.handed(k, label);
    // In this order, and one by one: a generic callable is asked about no more than it needs to be.
    if constexpr (in_place<F, X, double, Out>)
        detail::call_with(call, f, x, label, out, k, step, what);
    else if constexpr (in_place<F, X, const knot&, Out>)
        detail::call_with(call, f, x, labelled, out, k, step, what);
    else if constexpr (returning<F, X, double, Out>)
        detail::call_with(call, f, x, label, out, k, step, what);
    else
        detail::call_with(call, f, x, labelled, out, k, step, what);
}

/// The same for a network with a second output.
template <class X, class Out, two_output_network_for<X, Out> F>
void call_network_twice(F& f, const X& x, const knot& k, double label, Out& out, Out& second,
                        int step = -1) {
    detail::require_nothing_is_lost<F, X, Out>();
    core::open_call call(k);
    if constexpr (in_place_twice<F, X, double, Out&, Out&>)
        detail::call_twice_with(call, f, x, label, out, second, k, step);
    else
        detail::call_twice_with(call, f, x, call.handed(k, label), out, second, k, step);
}

template <class F, class X, class Out>
concept names_second_output = requires { F::template second_kind<X, Out>(); };

/// What a network's second output is, by what the model said of it or the network says itself. A
/// generic callable of one output is not asked for two unless they are `wanted`.
template <class F, class X, class Out, bool Wanted>
constexpr second_output second_output_of(second_output said) {
    if constexpr (!Wanted && network_for<F, X, Out> && !plain_callable<F> &&
                  !names_second_output<F, X, Out>)
        return said;
    else if constexpr (!two_output_network_for<F, X, Out>)
        return second_output::none;
    else if constexpr (names_second_output<F, X, Out>)
        return F::template second_kind<X, Out>() == second_output::unspecified
                   ? said
                   : F::template second_kind<X, Out>();
    else
        return said;
}

/// A network that goes from knot to knot (flow_map), or one around such.
template <class F>
concept is_flow_map =
    requires(const std::remove_reference_t<F>& f, const knot& k) { f.check_map(k, k); };

/// Tells a network that keeps memory from call to call that a new walk begins.
template <class F>
void begin_walk(F& network) {
    if constexpr (requires { network.begin_walk(); })
        network.begin_walk();
    else if constexpr (requires { network.get().begin_walk(); })  // std::ref
        network.get().begin_walk();
}

/// A network may refuse a state before the run begins: by check_state(x) const.
template <class F, class X>
void check_state(const F& network, const X& x) {
    if constexpr (requires { network.check_state(x); })
        network.check_state(x);
    else if constexpr (requires { network.get().check_state(x); })  // std::ref
        network.get().check_state(x);
}

#ifdef FOKKER_BODIES

FOKKER_NEVER_INLINE FOKKER_INLINE void refuse_output(const char* what, const knot& k, int step,
                                                     const described_shape& expected,
                                                     const described_shape& got) {
    const auto words = [](const described_shape& shape) {
        return shape.numbers == 2   ? sentence({shape.first, shape.text, shape.second})
               : shape.numbers == 1 ? sentence({shape.first, shape.text})
                                    : sentence({shape.text});
    };
    throw network_error(sentence(
        {"fokker: ", what, " does not have the shape of its input: ", words(got), " in place of ",
         words(expected), ", at ", step < 0 ? "" : sentence({"step ", step, ", "}), "t = ", k.t,
         ", sigma = ", k.sigma}));
}

FOKKER_NEVER_INLINE FOKKER_INLINE void refuse_shared(const char* what, const char* other,
                                                     const knot& k, int step) {
    throw network_error(sentence(
        {"fokker: ", what, " shares its elements with ", other, " at ",
         step < 0 ? "" : sentence({"step ", step, ", "}), "t = ", k.t, ", sigma = ", k.sigma,
         "; write into the array that is passed, or return one with elements of its own"}));
}

#endif

}  // namespace fokker::detail
