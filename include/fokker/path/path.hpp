/// The concept of a path: the two functions alpha(t) and sigma(t) and the inverse of their ratio.
#pragma once

#include <concepts>

#include <fokker/path/knot.hpp>
#include <fokker/target.hpp>

namespace fokker::inline FOKKER_TARGET {

namespace detail {

template <class P>
concept has_knots = requires(const P& path, double time) {
    { path.at(time) } -> std::same_as<knot>;
};
template <class P>
concept has_times = requires(const P& path, double lambda) {
    { path.time(lambda) } -> std::convertible_to<double>;
};
template <class P>
concept has_first_time = requires(const P& path) {
    { path.first_time() } -> std::convertible_to<double>;
};
template <class P>
concept has_last_time = requires(const P& path) {
    { path.last_time() } -> std::convertible_to<double>;
};

/// Whether the path says itself what the clean end of a walk is.
template <class P>
concept has_clean_end = requires(const P& path) {
    { path.clean() } -> std::same_as<knot>;
};

/// Whether somebody has begun to write a path.
template <class P>
concept like_path = has_knots<P> || has_times<P> || requires(P& path) { path.first_time(); } ||
                    requires(P& path) { path.last_time(); };

/// One sentence that names what a path lacks, in place of the list of all functions that take one.
/// The answer is then yes, so that this sentence comes first and not "no matching function".
template <class P>
consteval bool lacks_member() {
    if constexpr (like_path<P>) {
        // Not the concepts themselves, whose parts the compiler would recite.
        constexpr bool knots = has_knots<P>, times = has_times<P>, first = has_first_time<P>,
                       last = has_last_time<P>;
        static_assert(knots,
                      "fokker: a path needs `fokker::knot at(double time) const`, its knot at a "
                      "time; this type has no such member");
        static_assert(times,
                      "fokker: a path needs `double time(double lambda) const`, the time at which "
                      "ln(alpha / sigma) is lambda; this type has no such member");
        static_assert(first,
                      "fokker: a path needs `double first_time() const`, the time of the least "
                      "noise that a network was trained on; this type has no such member");
        static_assert(last,
                      "fokker: a path needs `double last_time() const`, the time of the most noise "
                      "that a network was trained on; this type has no such member");
    }
    return like_path<P>;
}

}  // namespace detail

/// A Gaussian diffusion x_t = alpha(t) x_0 + sigma(t) eps, with lambda(t) falling as t grows.
/// `at(t)` is the knot at time t, and its label is t unless the path says otherwise; `time(lambda)`
/// is the time of the knot with that lambda, and [first_time(), last_time()] the times that a
/// network was trained on, data end first. A type that has some of these members and lacks another
/// is a compile error that names it. A path may also say what its paper starts from, by a function
/// `fokker::prior starts_from() const`; without one its grids start from prior::sigma.
/// And it may say how clean data are labelled, which flow maps are handed, by a function `knot
/// clean() const`; without one the label is 0, or -1 on a discrete path.
template <class P>
concept diffusion_path = (detail::has_knots<P> && detail::has_times<P> &&
                          detail::has_first_time<P> && detail::has_last_time<P>) ||
                         detail::lacks_member<P>();

/// A path that was trained on the integer times 0 .. steps() - 1.
template <class P>
concept discrete_path = diffusion_path<P> && requires(const P& path) {
    { path.steps() } -> std::convertible_to<int>;
};

}  // namespace fokker
