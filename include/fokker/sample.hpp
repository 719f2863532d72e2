/// The verbs: `sample` fills an array with samples, `edit` changes data that it is given, `denoise`
/// walks on from the state that it is given.
#pragma once

#include <concepts>
#include <cstdint>
#include <type_traits>
#include <utility>

#include <fokker/kernel/array.hpp>
#include <fokker/noise/source.hpp>
#include <fokker/path/grid.hpp>
#include <fokker/path/path.hpp>
#include <fokker/run.hpp>
#include <fokker/solver/solver.hpp>
#include <fokker/target.hpp>

namespace fokker::inline FOKKER_TARGET {

/// What was done.
struct report {
    int steps = 0;                 ///< steps completed, jumps of the grid among them
    std::int64_t evaluations = 0;  ///< predictions that the solver asked for
    bool stopped = false;          ///< whether an observer ended the walk early
    /// Calls of your own callables. More than the evaluations where guidance, probes or a
    /// classifier need several for one prediction.
    std::int64_t network_calls = 0;
};

namespace detail {
template <class Run>
report walk_to_end(Run& r) {
    while (!r.done()) r.step();
    return {r.index(), r.evaluations(), r.stopped(), r.network_calls()};
}

/// Throws fokker::error, before anything is drawn, if the noise runs out before the walk ends: the
/// `first` draws of its beginning and those of its steps. Where an observer may end it early, or
/// the network decides how much is drawn, nobody knows beforehand.
template <class... Observers>
void require_draws(const auto& r, std::size_t first) {
    using source = decltype(r.noise());
    if constexpr (ending_source<source> && !(may_stop<Observers, decltype(r)> || ...))
        if (const auto draws = r.draws_to_come())
            detail::require_draws(r.noise(), first, *draws, detail::shape_of(r.state()));
}

/// Whether the first of these is a noise source or an engine.
template <class... Rest>
constexpr bool noise_comes_first = false;
template <class First, class... Rest>
constexpr bool noise_comes_first<First, Rest...> = noise_or_engine<First>;

/// The sentences for a third argument that is no grid.
template <class Knots>
consteval void require_grid() {
    constexpr bool on_path = diffusion_path<Knots>, on_grid = std::is_convertible_v<Knots, grid>;
    static_assert(!on_path || on_grid,
                  "fokker: the third argument is a path; lay a grid over it, such as "
                  "fokker::trailing(schedule, 50)");
    static_assert(on_path || on_grid,
                  "fokker: the third argument is a grid, such as fokker::trailing(schedule, 50)");
}

/// Says what is wrong with the arguments of a verb that has no form for them; `draws` are verbs
/// that draw the noise they start from. Otherwise it calls the verb with a grid made of `knots`: a
/// type derived from grid, or one that becomes a grid, is one.
template <bool draws, class Knots, class Method, class... Rest>
report explain_call(const auto& verb, Knots&& knots, Method&& method, Rest&&... rest) {
    detail::require_grid<std::remove_cvref_t<Knots>>();
    constexpr bool on_grid = std::is_convertible_v<Knots, grid>;
    constexpr bool has_solver = solver<std::remove_cvref_t<Method>>;
    static_assert(
        !on_grid || has_solver,
        "fokker: the fourth argument is the solver, such as fokker::ddim{}, and the noise "
        "comes after it");
    constexpr bool has_noise = (noise_or_engine<Rest> || ...);
    static_assert(
        !on_grid || !has_solver || has_noise || !draws,
        "fokker: sample and edit draw the noise that they start from, so they need a noise source "
        "after the solver, such as fokker::philox{.seed = 7}, and observers after that; denoise "
        "starts from the x it is given");
    constexpr bool noise_first = !has_noise || noise_comes_first<Rest...>;
    static_assert(!on_grid || !has_solver || noise_first,
                  "fokker: the noise source comes right after the solver, and observers after it; "
                  "a solver's options are its members, as in fokker::ddim{.eta = 1}");
    if constexpr (on_grid && has_solver && (has_noise || !draws) && noise_first)
        return verb(static_cast<grid>(std::forward<Knots>(knots)), std::forward<Method>(method),
                    std::forward<Rest>(rest)...);
    else
        return {};
}

/// Whether these look like the first, third and fourth argument of a verb, of which one may be
/// wrong. A call that does not is meant for the program's own function of that name.
template <class X, class Knots, class Method>
concept meant_for_verb =
    int(array_like<X>) +
        int(std::is_convertible_v<Knots, grid> || has_knots<std::remove_cvref_t<Knots>>) +
        int(solver<std::remove_cvref_t<Method>>) >=
    2;
}  // namespace detail

/// Fills x with noise alone, the prior of the grid, and denoises it. The prior is what the paper of
/// the path starts from, such as N(0, I) where variance is preserved; for another one pass
/// knots.with_prior(prior::sigma) (see docs/noise.md).
///   x          any array (see array_traits); samples as its columns, or rows if row-major
///   predictor  a callable that predicts noise, or predicts_data(f) and its sisters
///   knots      the walk, such as trailing(linear_schedule(), 50)
///   method     such as ddim{.eta = 0.0}
///   noise      philox{.seed = 7}, or a std engine
///   observers  callables that look on after each step
/// Throws fokker::error on misuse before any network call, network_error on a bad output; whatever
/// the network throws passes through. Returns the steps and evaluations done.
template <class X, class Model, class Solver, noise_or_engine Noise, class... Observers>
report sample(X&& x, Model&& predictor, grid knots, Solver method, Noise&& noise,
              Observers&&... observers) {
    run r(std::forward<X>(x), std::forward<Model>(predictor), std::move(knots), std::move(method),
          std::forward<Noise>(noise), std::forward<Observers>(observers)...);
    r.keep_prediction(sizeof...(Observers) > 0);
    detail::require_draws<Observers...>(r, 1);
    r.start_from_prior();
    return detail::walk_to_end(r);
}

/// Gives the clean data in x the noise of the grid's first knot and denoises it (Meng et al. 2022,
/// SDEdit): the noisier that knot, the freer the change. The grid is a part of a walk, such as
/// trailing(schedule, 50).from_strength(0.6). The arguments, errors and result are those of
/// `sample`.
template <class X, class Model, class Solver, noise_or_engine Noise, class... Observers>
report edit(X&& x, Model&& predictor, grid knots, Solver method, Noise&& noise,
            Observers&&... observers) {
    run r(std::forward<X>(x), std::forward<Model>(predictor), std::move(knots), std::move(method),
          std::forward<Noise>(noise), std::forward<Observers>(observers)...);
    r.keep_prediction(sizeof...(Observers) > 0);
    detail::require_draws<Observers...>(r, 1);
    r.start_from_data();
    return detail::walk_to_end(r);
}

/// Denoises x, which is at the grid's first knot: a part of a walk, or noise of the user's own.
/// `extras` are a noise source, which stochastic solvers need, and then observers.
template <class X, class Model, class Solver, class... Extras>
report denoise(X&& x, Model&& predictor, grid knots, Solver method, Extras&&... extras) {
    const auto go = [&](auto&&... noise_and_observers) {
        run r(std::forward<X>(x), std::forward<Model>(predictor), std::move(knots),
              std::move(method),
              std::forward<decltype(noise_and_observers)>(noise_and_observers)...);
        r.keep_prediction(sizeof...(noise_and_observers) > 1);
        detail::require_draws<decltype(noise_and_observers)...>(r, 0);
        return detail::walk_to_end(r);
    };
    constexpr bool has_noise = (noise_or_engine<Extras> || ...);
    if constexpr (!has_noise)
        return go(detail::no_noise{}, std::forward<Extras>(extras)...);
    else if constexpr (detail::noise_comes_first<Extras...>)
        return go(std::forward<Extras>(extras)...);
    else
        return detail::explain_call<false>(go, knots, method, std::forward<Extras>(extras)...);
}

/// What else the verbs may be called with: a type that becomes a grid; or wrongly, of which one
/// sentence says what is meant.
template <class X, class Model, class Knots, class Solver, class... Rest>
    requires detail::meant_for_verb<X, Knots, Solver>
report sample(X&& x, Model&& predictor, Knots&& knots, Solver&& method, Rest&&... rest) {
    return detail::explain_call<true>(
        [&](grid walk, auto&&... more) {
            return fokker::sample(std::forward<X>(x), std::forward<Model>(predictor),
                                  std::move(walk), std::forward<decltype(more)>(more)...);
        },
        std::forward<Knots>(knots), std::forward<Solver>(method), std::forward<Rest>(rest)...);
}
template <class X, class Model, class Knots, class Solver, class... Rest>
    requires detail::meant_for_verb<X, Knots, Solver>
report edit(X&& x, Model&& predictor, Knots&& knots, Solver&& method, Rest&&... rest) {
    return detail::explain_call<true>(
        [&](grid walk, auto&&... more) {
            return fokker::edit(std::forward<X>(x), std::forward<Model>(predictor), std::move(walk),
                                std::forward<decltype(more)>(more)...);
        },
        std::forward<Knots>(knots), std::forward<Solver>(method), std::forward<Rest>(rest)...);
}
template <class X, class Model, class Knots, class Solver, class... Rest>
    requires(!std::same_as<std::remove_cvref_t<Knots>, grid> &&
             detail::meant_for_verb<X, Knots, Solver>)
report denoise(X&& x, Model&& predictor, Knots&& knots, Solver&& method, Rest&&... rest) {
    return detail::explain_call<false>(
        [&](grid walk, auto&&... more) {
            return fokker::denoise(std::forward<X>(x), std::forward<Model>(predictor),
                                   std::move(walk), std::forward<decltype(more)>(more)...);
        },
        std::forward<Knots>(knots), std::forward<Solver>(method), std::forward<Rest>(rest)...);
}

}  // namespace fokker
