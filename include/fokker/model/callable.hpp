/// What is asked of every callable of the user's that writes to an array: that nothing is lost.
#pragma once

#include <concepts>
#include <type_traits>

#include <fokker/target.hpp>

namespace fokker::inline FOKKER_TARGET::detail {

/// Converts to float and double, and to no integer.
struct fractional {
    template <std::floating_point T>
    operator T() const;
};

/// Stands for a temporary Out: it binds to an output by value or const reference, to no other.
template <class Out>
struct temporary {
    operator Out() const;
};

/// A callable that is no template: asking about it compiles nothing of its body.
template <class F>
concept plain_callable = std::is_function_v<std::remove_reference_t<F>> ||
                         std::is_pointer_v<std::remove_reference_t<F>> ||
                         requires { &std::remove_reference_t<F>::operator(); };

/// Whether F, called as f(before.., out), takes its output by value, so that what it writes is
/// lost.
template <class F, class Out, class... Before>
concept loses_output = plain_callable<F> && std::invocable<F&, Before..., temporary<Out>>;

/// Whether F, called as f(x, t, after..), takes the time as an integer, so that one between the
/// integers is cut off.
template <class F, class X, class... After>
concept cuts_time = plain_callable<F> && std::invocable<F&, X, double, After...> &&
                    !std::invocable<F&, X, fractional, After...>;

}  // namespace fokker::detail
