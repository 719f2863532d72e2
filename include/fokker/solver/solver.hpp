/// The concept of a solver, and what is known of one before it takes a step.
#pragma once

#include <concepts>
#include <cstddef>
#include <type_traits>

#include <fokker/error.hpp>
#include <fokker/noise/source.hpp>
#include <fokker/path/grid.hpp>

namespace fokker {

/// A solver: a small struct with
///   static constexpr int history      predictions of earlier steps that it reads with past(k)
///   static constexpr int evaluations  network calls in a step, at most
///   void step(auto& run) const        one step, in the words of `walk`
/// and, where it needs them,
///   static constexpr int stages       scratch states
///   bool stochastic() const           whether it draws noise (without it: never)
///   void check(const grid&) const     throws fokker::error on a bad option, before any network
///   call
template <class S>
concept solver = requires {
    { S::history } -> std::convertible_to<int>;
    { S::evaluations } -> std::convertible_to<int>;
};

namespace detail {

template <solver S>
constexpr std::size_t stages_of() {
    if constexpr (requires { S::stages; })
        return static_cast<std::size_t>(S::stages);
    else
        return 0;
}

template <solver S>
bool is_stochastic(const S& s) {
    if constexpr (requires { s.stochastic(); })
        return s.stochastic();
    else
        return false;
}

/// Everything bad that can be known before the network is called.
template <class Noise, solver Solver, class Model>
void check_run(const Solver& method, const Model& network, const grid& walk) {
    if constexpr (requires { method.check(walk); }) method.check(walk);
    if constexpr (std::same_as<std::remove_cvref_t<Noise>, no_noise>)
        require(!is_stochastic(method),
                "this solver, with these options, draws noise; pass a noise source after it, such "
                "as fokker::philox{.seed = 7}");
    network.check(walk);
}

}  // namespace detail

}  // namespace fokker
