/// Any forward process: data that lose something else than by Gaussian noise, such as blurred or
/// masked ones, walked back by restoring and degrading them again.
#pragma once

#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <type_traits>
#include <utility>

#include <fokker/core/space.hpp>
#include <fokker/error.hpp>
#include <fokker/kernel/array.hpp>
#include <fokker/kernel/linear.hpp>
#include <fokker/kernel/pass.hpp>
#include <fokker/model/callable.hpp>
#include <fokker/model/network.hpp>
#include <fokker/noise/draws.hpp>
#include <fokker/noise/noise_reference.hpp>
#include <fokker/noise/philox.hpp>
#include <fokker/noise/source.hpp>
#include <fokker/noise/uniforms.hpp>
#include <fokker/observer.hpp>
#include <fokker/path/grid.hpp>
#include <fokker/path/knot.hpp>
#include <fokker/sample.hpp>
#include <fokker/target.hpp>

namespace fokker::inline FOKKER_TARGET {

/// The random numbers of one step, for a forward process or a move of the user's own. They are
/// functions of the seed, the step, the sample and the element.
class step_numbers {
public:
    step_numbers(const philox& source, std::uint32_t draw) : source_(source), draw_(draw) {}

    /// Two uniform numbers in [0, 1).
    std::array<double, 2> uniforms(std::size_t sample, std::size_t element) const {
        return noise::uniforms_at(source_, {sample, draw_, element});
    }
    /// Fills an array with standard normals.
    template <array_like A>
    void normals(A&& out) const {
        add(out, 0.0, 1.0);
    }
    /// Adds them to an array, each std times: the same numbers.
    template <array_like A>
    void add_normals(A&& out, double std) const {
        add(out, 1.0, std);
    }

private:
    /// out = scale out + std z.
    template <class A>
    void add(A& out, double scale, double std) const {
        using T = detail::scalar_of<A>;
        const array_shape shape = detail::shape_of(out);
        detail::require_shape<T>(source_, shape);
        const auto reference = kernel::noise_reference::to<T>(source_);
        kernel::pass p(detail::data_of(out), shape);
        p.add(scale, detail::data_of(out));
        p.noise = {{std, draw_}, nullptr, &reference};
        core::space_of<A>::run(p);
    }

    philox source_;
    std::uint32_t draw_;
};

// How `restore` comes from the state at a knot and restored data to the state at the next one.
// `degrade` is the forward process: degrade(x0, knot, numbers, out) writes a state of data at a
// knot; at the grid's end, where nothing is lost, it writes x0 itself. An lvalue is copied: pass
// std::ref for a large one.

/// Degrades the restored data to the next knot, with fresh random numbers; what the state was is
/// forgotten. With draws of p(x_0 | x_t) in place of restored data each state has its law, whatever
/// the process and the grid; with means, which networks give, it has not (Su 2022, unified
/// diffusion; for a process without random numbers it is Algorithm 1 of Bansal et al. 2022).
template <class Degrade>
struct renoised {
    Degrade degrade;
};
/// Moves the state by the difference of the restored data degraded to the two knots, with the same
/// random numbers in all steps (Bansal et al. 2022, Cold Diffusion, Algorithm 2). Errors of the
/// restoration cancel as far as the process is linear in the time. For arrays of numbers.
template <class Degrade>
struct cold {
    Degrade degrade;
};
/// Moves the state as the user says: move(x, x0, from, to, numbers, out) writes the state at the
/// knot `to`, given the state x at the knot `from` and restored data. A draw of any q(x_s | x_t,
/// x_0) with the process's marginals will do: this is DDIM's argument (Song et al. 2021) without
/// Gaussians.
template <class Move>
struct moved_by {
    Move move;
};
template <class D>
renoised(D) -> renoised<D>;
template <class D>
cold(D) -> cold<D>;
template <class M>
moved_by(M) -> moved_by<M>;

namespace detail {

template <class S>
inline constexpr bool is_renoised = false;
template <class D>
inline constexpr bool is_renoised<renoised<D>> = true;
template <class S>
inline constexpr bool is_cold = false;
template <class D>
inline constexpr bool is_cold<cold<D>> = true;
template <class S>
inline constexpr bool is_moved_by = false;
template <class M>
inline constexpr bool is_moved_by<moved_by<M>> = true;

template <class F, class X>
concept restores =
    std::invocable<F&, const X&, double, X&> || std::invocable<F&, const X&, const knot&, X&>;

template <class F, class X>
concept degrades = std::invocable<F&, const X&, const knot&, const step_numbers&, X&>;

}  // namespace detail

/// Walks x from the first knot of the grid to the last: restores the data, and degrades them to the
/// next knot.
///   x         a state at the first knot, of any type that can be copied
///   network   restores: f(x, t, x0) or f(x, knot, x0) writes data for a state. x0 comes as a copy
///             of x the first time, and afterwards as the last call left it
///   knots     the process's own times are the knots' labels; it may read alpha and sigma, too
///   how       renoised{degrade}, cold{degrade} or moved_by{move}
///   noise     philox{.seed = 7}
///   observers take a fokker::progress
/// Takes memory in the first step alone, if copies of x and the user's functions do. Throws
/// fokker::error on a reversed grid and on one with jumps.
template <class X, class Network, class How, class... Observers>
report restore(X& x, Network&& network, const grid& knots, How how, const philox& noise,
               Observers&&... observers) {
    constexpr bool renoises = detail::is_renoised<How>, is_cold = detail::is_cold<How>,
                   moves = detail::is_moved_by<How>;
    static_assert(detail::restores<Network, X>,
                  "fokker: the network restores data in place: f(x, t, x0) or f(x, knot, x0), all "
                  "of the state's type");
    detail::require_nothing_is_lost<Network, X, X>();
    static_assert(renoises || is_cold || moves,
                  "fokker: after the grid comes renoised{degrade}, cold{degrade} or "
                  "moved_by{move}");
    if constexpr (renoises || is_cold)
        static_assert(detail::degrades<decltype(how.degrade), X>,
                      "fokker: the forward process is called as degrade(x0, knot, numbers, out)");
    if constexpr (renoises || is_cold)
        static_assert(!detail::loses_output<decltype(how.degrade), X, const X&, const knot&,
                                            const step_numbers&>,
                      "fokker: degrade takes its output by value, so what it writes would be lost; "
                      "take it by reference");
    if constexpr (moves)
        static_assert(!detail::loses_output<decltype(how.move), X, const X&, const X&, const knot&,
                                            const knot&, const step_numbers&>,
                      "fokker: move takes its output by value, so what it writes would be lost; "
                      "take it by reference");
    static_assert(!is_cold || array_like<X>,
                  "fokker: cold{degrade} adds and subtracts states, so they must be arrays of "
                  "numbers");
    knots.require_one_path("restore");
    detail::require(!knots.is_reversed() && knots.jumps() == 0,
                    "restore walks from noise to data, on a grid that is neither reversed nor has "
                    "jumps");
    X x0 = x, next = x, before = x;
    report done;
    for (int i = 0; i < knots.steps() && !done.stopped; ++i) {
        const knot &from = knots[static_cast<std::size_t>(i)],
                   &to = knots[static_cast<std::size_t>(i) + 1];
        const step_numbers numbers(
            noise, is_cold ? detail::forward_draw : static_cast<std::uint32_t>(i + 1) * 256u);
        if constexpr (std::invocable<Network&, const X&, double, X&>)
            std::invoke(network, std::as_const(x), from.t, x0);
        else
            std::invoke(network, std::as_const(x), from, x0);
        if constexpr (renoises) {
            std::invoke(how.degrade, std::as_const(x0), to, numbers, next);
            std::swap(x, next);
        } else if constexpr (is_cold) {
            std::invoke(how.degrade, std::as_const(x0), from, numbers, before);
            std::invoke(how.degrade, std::as_const(x0), to, numbers, next);
            using T = detail::scalar_of<X>;
            core::sweep<core::space_of<X>>(detail::data_of(x),
                                           kernel::term<T>(1.0, detail::const_data_of(x)) +
                                               kernel::term<T>(1.0, detail::const_data_of(next)) +
                                               kernel::term<T>(-1.0, detail::const_data_of(before)),
                                           detail::shape_of(x));
        } else {
            std::invoke(how.move, std::as_const(x), std::as_const(x0), from, to, numbers, next);
            std::swap(x, next);
        }
        done.steps = i + 1;
        done.evaluations = done.network_calls = i + 1;
        [[maybe_unused]] const progress seen{done.steps, knots.steps(), done.evaluations, to};
        ((done.stopped |= detail::observe(observers, seen) == control::stop), ...);
    }
    return done;
}

}  // namespace fokker
