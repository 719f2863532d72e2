/// Data to latents and back, along the flow ODE: Song et al. 2021, section 4.3 (Uniquely
/// identifiable encoding).
#pragma once

#include <concepts>
#include <cstdint>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include <fokker/bit_cast.hpp>
#include <fokker/checkpoint.hpp>
#include <fokker/core/space.hpp>
#include <fokker/error.hpp>
#include <fokker/kernel/array.hpp>
#include <fokker/kernel/linear.hpp>
#include <fokker/noise/source.hpp>
#include <fokker/path/grid.hpp>
#include <fokker/run.hpp>
#include <fokker/sample.hpp>
#include <fokker/solver/solver.hpp>
#include <fokker/target.hpp>

namespace fokker::inline FOKKER_TARGET {

/// What `encode` has done, and what the way back needs beside the latent: the second state of a
/// solver that can be walked back exactly. Hand it to `decode`.
template <array_like Array>
struct encoded : report {
    std::vector<Array> memories;  ///< as run::memory(k) had them; none if the solver needs none
    std::string solver;           ///< whose they are
    std::uint64_t walk = 0;       ///< a fingerprint of its knots and of the scale of its data
};

namespace detail {

/// The walk of `decode`, from noise to data, which `encode` walks backwards, and what brings data
/// to the scale of its last knot.
struct latent_walk {
    grid down;
    double scale = 1.0;

    explicit latent_walk(const grid& whole)
        : down(whole.is_reversed() ? whole.reversed() : whole.invertible_part()) {
        whole.require_one_path("the latent of a walk");
        const knot& end = whole.back();
        if (!whole.is_reversed() && end.sigma == 0) scale = down.back().alpha / end.alpha;
    }

    /// Of the knots, and of the scale of the data: a walk that ends at the last of them has another
    /// one than a walk that goes on to sigma = 0.
    std::uint64_t fingerprint() const {
        return detail::fingerprint_of(down) ^
               (detail::bit_cast<std::uint64_t>(scale) - detail::bit_cast<std::uint64_t>(1.0));
    }
};

template <class Solver, class... Observers>
void check_code(const char* verb, const Solver& method) {
    static_assert(!(noise_or_engine<Observers> || ...),
                  "fokker: encode and decode follow the flow ODE and draw nothing; leave out the "
                  "noise source");
    require(!detail::is_stochastic(method), verb,
            " follows the flow ODE, and this solver, with these options, draws noise; take a "
            "deterministic one, such as fokker::reversible_heun{}");
}

/// x *= factor.
template <class X>
void rescale_state(X& x, double factor) {
    if (factor == 1.0) return;
    using scalar = scalar_of<X>;
    core::sweep<core::space_of<X>>(detail::data_of(x),
                                   kernel::term<scalar>(factor, detail::const_data_of(x)),
                                   detail::shape_of(x));
}

template <class T>
inline constexpr bool is_encoded = false;
template <class Array>
inline constexpr bool is_encoded<encoded<Array>> = true;

}  // namespace detail

/// Data to latent: follows the flow ODE from the data in x to noise. x is then the state at the
/// noisiest knot of the walk. `decode` walks back.
///   knots      the usual grid, from noise to data. Its reversed invertible part is walked: a knot
///              with sigma = 0 or alpha = 0 is left out, as the ODE has no inverse there. Where
///              that was the clean end, the data x are first brought to the scale of the next
///              knot, alpha x; no noise is added, so let the grid come close to sigma = 0. A grid
///              that is reversed already is walked as it is.
///   method     any deterministic solver. asynchronous_leapfrog, reversible_heun and bdia come back
///              to rounding; others to their order; ddim_inversion is for decode with ddim{}.
///   observers  callables that look on after each step
/// Returns what was done, and what `decode` needs to come back exactly. Throws fokker::error as
/// `denoise` does, and on a solver that draws noise and a grid with jumps.
template <class X, class Model, class Solver, class... Observers>
encoded<detail::owner_of<X>> encode(X&& x, Model&& predictor, grid knots, Solver method,
                                    Observers&&... observers) {
    detail::check_code<Solver, Observers...>("encode", method);
    const detail::latent_walk walk(knots);
    run r(std::forward<X>(x), std::forward<Model>(predictor), walk.down.reversed(),
          std::move(method), detail::no_noise{}, std::forward<Observers>(observers)...);
    r.keep_prediction(sizeof...(Observers) > 0);
    detail::rescale_state(x, walk.scale);
    encoded<detail::owner_of<X>> result;
    static_cast<report&>(result) = detail::walk_to_end(r);
    result.solver = r.solver_name();
    result.walk = walk.fingerprint();
    if (r.starts_from_memories())
        for (int k = 0; k < r.memories(); ++k) result.memories.push_back(r.memory(k));
    return result;
}

/// Latent to data: the way back along the knots of `encode`, so to the cleanest knot with
/// sigma > 0; where the grid goes on to sigma = 0 the state there is brought to the scale of the
/// data, x / alpha. The arguments are those of `encode`. That last step itself cannot be undone: it
/// replaces the state by the data prediction. For pictures of new latents, such as interpolated
/// ones, without the rest of noise that may be left, walk it, too:
///   denoise(x, model, grid.without_pure_noise(), solver)
/// Without what `encode` returned a solver with a second state makes it anew, which is right for
/// new latents and for another condition.
template <class X, class Model, class Solver, class... Observers>
    requires(!(detail::is_encoded<std::remove_cvref_t<Observers>> || ...))
report decode(X&& x, Model&& predictor, grid knots, Solver method, Observers&&... observers) {
    detail::check_code<Solver, Observers...>("decode", method);
    const detail::latent_walk walk(knots);
    run r(std::forward<X>(x), std::forward<Model>(predictor), walk.down, std::move(method),
          detail::no_noise{}, std::forward<Observers>(observers)...);
    r.keep_prediction(sizeof...(Observers) > 0);
    const report done = detail::walk_to_end(r);
    if (!done.stopped) detail::rescale_state(x, 1.0 / walk.scale);
    return done;
}

/// The same with what `encode` returned: x, which must be the latent as it was left, comes back to
/// the data, to rounding where the solver can be walked back exactly. Throws fokker::error if it
/// was encoded by another solver or on another grid, or if an observer had ended that walk early.
template <class X, class Model, class Solver, array_like Array, class... Observers>
report decode(X&& x, Model&& predictor, grid knots, Solver method, const encoded<Array>& from,
              Observers&&... observers) {
    detail::check_code<Solver, Observers...>("decode", method);
    const detail::latent_walk walk(knots);
    detail::require(!from.stopped,
                    "decode: an observer ended the walk of encode early, so that x is no latent of "
                    "this grid");
    detail::require(from.walk == walk.fingerprint(),
                    "decode: x was encoded on another grid; hand over the same one");
    run r(std::forward<X>(x), std::forward<Model>(predictor), walk.down, std::move(method),
          detail::no_noise{}, std::forward<Observers>(observers)...);
    detail::require(from.memories.empty() || from.solver == r.solver_name(),
                    "decode: x was encoded by the solver ", from.solver, ", and this one is ",
                    r.solver_name(), ", which cannot go on with its second state");
    r.keep_prediction(sizeof...(Observers) > 0);
    for (std::size_t k = 0; k < from.memories.size(); ++k)
        r.set_memory(static_cast<int>(k), from.memories[k]);
    const report done = detail::walk_to_end(r);
    if (!done.stopped) detail::rescale_state(x, 1.0 / walk.scale);
    return done;
}

/// What else they may be called with: a type that becomes a grid; or wrongly, of which one sentence
/// says what is meant.
template <class X, class Model, class Knots, class Solver, class... Rest>
    requires(!std::same_as<std::remove_cvref_t<Knots>, grid> &&
             detail::meant_for_verb<X, Knots, Solver>)
encoded<detail::owner_of<X>> encode(X&& x, Model&& predictor, Knots&& knots, Solver&& method,
                                    Rest&&... rest) {
    detail::require_grid<std::remove_cvref_t<Knots>>();
    if constexpr (std::is_convertible_v<Knots, grid>)
        return fokker::encode(std::forward<X>(x), std::forward<Model>(predictor),
                              static_cast<grid>(std::forward<Knots>(knots)),
                              std::forward<Solver>(method), std::forward<Rest>(rest)...);
    else
        return {};
}
template <class X, class Model, class Knots, class Solver, class... Rest>
    requires(!std::same_as<std::remove_cvref_t<Knots>, grid> &&
             detail::meant_for_verb<X, Knots, Solver>)
report decode(X&& x, Model&& predictor, Knots&& knots, Solver&& method, Rest&&... rest) {
    detail::require_grid<std::remove_cvref_t<Knots>>();
    if constexpr (std::is_convertible_v<Knots, grid>)
        return fokker::decode(std::forward<X>(x), std::forward<Model>(predictor),
                              static_cast<grid>(std::forward<Knots>(knots)),
                              std::forward<Solver>(method), std::forward<Rest>(rest)...);
    else
        return {};
}

}  // namespace fokker
