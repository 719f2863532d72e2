/// The network as a callable: the four ways in which it may be written, told apart at compile time,
/// and one function that calls any of them.
#pragma once

#include <concepts>
#include <cstddef>
#include <functional>
#include <string>
#include <type_traits>
#include <utility>

#include <fokker/error.hpp>
#include <fokker/kernel/array.hpp>
#include <fokker/path/knot.hpp>

namespace fokker {

namespace detail {

/// What `out = f(x, t)` may return: any array of the same scalar that the output can be set to.
template <class R, class Out>
concept returned_array = !std::is_void_v<R> && std::is_assignable_v<Out&, R&&>;

template <class F, class X, class Time, class Out>
concept in_place = std::invocable<F&, const X&, Time, Out&>;

template <class F, class X, class Time, class Out>
concept returning = std::invocable<F&, const X&, Time> &&
                    returned_array<std::invoke_result_t<F&, const X&, Time>, Out>;

/// Converts to float and double, and to no integer.
struct fractional {
    template <std::floating_point T>
    operator T() const;
};

/// A callable that is no template: asking about it compiles nothing of its body.
template <class F>
concept plain_callable =
    std::is_function_v<F> || std::is_pointer_v<F> || requires { &F::operator(); };

/// Whether a time between the integers would be cut off.
template <class F, class X, class Out>
concept takes_integer_time =
    plain_callable<F> && ((in_place<F, X, double, Out> && !in_place<F, X, fractional, Out>) ||
                          (returning<F, X, double, Out> && !returning<F, X, fractional, Out>));

/// Stands for a temporary Out: it binds to an output by value or const reference, to no other.
template <class Out>
struct temporary {
    operator Out() const;
};

/// Whether what the network writes would be lost.
template <class F, class X, class Out>
concept takes_output_by_value = plain_callable<F> && (in_place<F, X, double, temporary<Out>> ||
                                                      in_place<F, X, const knot&, temporary<Out>>);

}  // namespace detail

/// A callable f(x, t, out), f(x, knot, out), out = f(x, t) or out = f(x, knot), for a state of type
/// X and an output of type Out. Where it takes either time, it gets the label t.
template <class F, class X, class Out>
concept network_for =
    detail::in_place<F, X, double, Out> || detail::in_place<F, X, const knot&, Out> ||
    detail::returning<F, X, double, Out> || detail::returning<F, X, const knot&, Out>;

namespace detail {

[[noreturn]] inline void refuse_output(const knot& k, int step, const std::string& expected,
                                       const std::string& got) {
    throw network_error(
        sentence({"fokker: the network's output does not have the shape of its input (", expected,
                  "; it is ", got, ") at ", step < 0 ? "" : sentence({"step ", step, ", "}),
                  "t = ", k.t, ", sigma = ", k.sigma}));
}

/// An array's shape in words: rows and columns where it has them.
std::string described(const auto& y) {
    if constexpr (requires { y.rows(); })
        return sentence({y.rows(), " x ", y.cols()});
    else if constexpr (array<decltype(y)>)
        return sentence({shape_of(y).samples, " samples of ", shape_of(y).elements});
    else
        return sentence({y.size(), " elements"});
}

/// One call. std::invoke converts the time where the network takes a float.
template <class F, class X, class Time, class Out>
void call_with(F& f, const X& x, const Time& time, Out& out, const knot& k, int step) {
    const auto check = [&](const auto& y) {
        if (array_traits<X>::same_shape(x, y)) return;
        const std::string got = described(y);
        out = array_traits<X>::like(x);  // the network may have resized it; the run can go on
        refuse_output(k, step, described(x), got);
    };
    if constexpr (in_place<F, X, Time, Out>) {
        static_assert(std::is_void_v<std::invoke_result_t<F&, const X&, Time, Out&>>,
                      "fokker: a network called as f(x, t, out) writes into out; what it returns "
                      "would be ignored, so let it return void (throw to report a failure)");
        std::invoke(f, x, time, out);
        check(out);
    } else {
        decltype(auto) y = std::invoke(f, x, time);
        check(y);
        out = std::forward<decltype(y)>(y);
    }
}

/// out = f(x, t). Throws network_error, naming the step unless it is below 0, if the output's shape
/// is not that of x.
template <class X, class Out, network_for<X, Out> F>
void call_network(F& f, const X& x, const knot& k, double label, Out& out, int step = -1) {
    const knot labelled{label, k.alpha, k.sigma};
    // In this order, and one by one: a generic callable is asked about no more than it needs to be.
    if constexpr (in_place<F, X, double, Out>)
        call_with(f, x, label, out, k, step);
    else if constexpr (in_place<F, X, const knot&, Out>)
        call_with(f, x, labelled, out, k, step);
    else if constexpr (returning<F, X, double, Out>)
        call_with(f, x, label, out, k, step);
    else
        call_with(f, x, labelled, out, k, step);
}

}  // namespace detail
}  // namespace fokker
