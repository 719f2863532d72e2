/// The concept of a path: the two functions alpha(t) and sigma(t) and the inverse of their ratio.
#pragma once

#include <concepts>

#include <fokker/path/knot.hpp>
#include <fokker/target.hpp>

namespace fokker::inline FOKKER_TARGET {

/// A Gaussian diffusion x_t = alpha(t) x_0 + sigma(t) eps, with lambda(t) falling as t grows.
/// `at(t)` is the knot at time t, and its label is t unless the path says otherwise; `time(lambda)`
/// is the time of the knot with that lambda, and [first_time(), last_time()] the times that a
/// network was trained on, data end first. A path may also say what its paper starts from, by a
/// function `fokker::prior starts_from() const`; without one its grids start from prior::sigma.
template <class P>
concept diffusion_path = requires(const P& path, double number) {
    { path.at(number) } -> std::same_as<knot>;
    { path.time(number) } -> std::convertible_to<double>;
    { path.first_time() } -> std::convertible_to<double>;
    { path.last_time() } -> std::convertible_to<double>;
};

/// A path that was trained on the integer times 0 .. steps() - 1.
template <class P>
concept discrete_path = diffusion_path<P> && requires(const P& path) {
    { path.steps() } -> std::convertible_to<int>;
};

}  // namespace fokker
