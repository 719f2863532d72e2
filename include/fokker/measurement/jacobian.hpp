/// The Jacobian of a data prediction times a vector: by the user's function, or by a difference.
#pragma once

#include <cmath>
#include <concepts>
#include <cstddef>
#include <functional>
#include <type_traits>
#include <utility>

#include <fokker/core/caller.hpp>
#include <fokker/core/space.hpp>
#include <fokker/error.hpp>
#include <fokker/finite.hpp>
#include <fokker/kernel/array.hpp>
#include <fokker/kernel/linear.hpp>
#include <fokker/measurement/linear.hpp>
#include <fokker/model/correction.hpp>
#include <fokker/model/kept_array.hpp>
#include <fokker/model/network.hpp>
#include <fokker/path/knot.hpp>
#include <fokker/target.hpp>

FOKKER_MAY_SHADOW

namespace fokker::inline FOKKER_TARGET {

/// (dD/dx)^T w by the central difference (D(x + h w) - D(x - h w)) / 2 h, which is dD/dx w: the two
/// are the same where the Jacobian is symmetric. That of the exact data prediction is, being
/// Cov(x_0 | x) alpha / sigma^2; that of a trained network is so only nearly. Costs two network
/// calls and two arrays; of order 2 in the step. In each sample h is `step` sigma over the root
/// mean square of w. For float and double. One object serves one thread at a time. Throws
/// fokker::error unless step > 0.
class jacobian_by_difference {
public:
    explicit jacobian_by_difference(double step = 0.05) : step_(step) {
        detail::require(detail::is_finite(step) && step > 0, "step is ", step,
                        "; it must be positive: a part of sigma, such as 0.05");
    }

    /// out = dD/dx w at the state x and the knot k of a correction's call, whose `network` this is.
    template <array_like X, array_like Array>
    void operator()(const X& x, const knot& k, const Array& w, Array& out,
                    const data_predictor<Array>& network) {
        using T = detail::scalar_of<Array>;
        using space = core::space_of<Array>;
        static_assert(std::is_floating_point_v<T>,
                      "fokker: jacobian_by_difference takes differences of the network's outputs, "
                      "for which 16 bits are too few; use float or double");
        const array_shape shape = detail::shape_of(w);
        const std::size_t size = shape.elements;
        Array& moved = moved_.like(w);
        Array& behind = behind_.like(w);
        const T* const direction = detail::data_of(w);
        const auto call = [&](double sign, Array& to) {
            for (std::size_t start = 0; start < shape.size(); start += size)
                core::sweep<space>(
                    detail::data_of(moved) + start,
                    kernel::term<T>(1.0, detail::data_of(x) + start) +
                        kernel::term<T>(sign * distance<space>(direction + start, size, k),
                                        direction + start),
                    {1, size});
            network(moved, to);
        };
        call(1.0, out);
        call(-1.0, behind);
        detail::require_apart(behind, out, detail::the_output, "that of another call", k, -1);
        for (std::size_t start = 0; start < shape.size(); start += size) {
            const double h = distance<space>(direction + start, size, k);
            const double slope = !detail::is_finite(h) ? h : h > 0 ? 0.5 / h : 0.0;
            T* const to = detail::data_of(out) + start;
            core::sweep<space>(to,
                               kernel::term<T>(slope, std::as_const(to)) -
                                   kernel::term<T>(slope, detail::const_data_of(behind) + start),
                               {1, size});
        }
    }

private:
    template <class Space, class T>
    double distance(const T* w, std::size_t size, const knot& k) const {
        const double squares = detail::squared_norm<Space>(w, size);
        // Of a w that is no number the product is none.
        if (!detail::is_finite(squares)) return squares;
        return squares > 0 ? step_ * k.sigma / std::sqrt(squares / static_cast<double>(size)) : 0.0;
    }

    double step_;
    detail::kept_array moved_, behind_;
};

namespace detail {

/// out = (dD/dx)^T w, by a callable with or without the network. One without it is the user's
/// vjp(x, knot, w, out), and counts as a network call.
template <class Jacobian, class X, class Array>
void transposed_jacobian(Jacobian& jacobian, const X& x, const knot& k, const Array& w, Array& out,
                         const data_predictor<Array>& network) {
    if constexpr (std::invocable<Jacobian&, const X&, const knot&, const Array&, Array&,
                                 const data_predictor<Array>&>) {
        std::invoke(jacobian, x, k, w, out, network);
    } else {
        static_assert(
            std::invocable<Jacobian&, const X&, const knot&, const Array&, Array&>,
            "fokker: the Jacobian of a measurement is jacobian_by_difference(..), or a "
            "callable vjp(x, knot, w, out) that writes the transposed Jacobian of the data "
            "prediction times w");
        core::open_call call(k);
        const knot at = call.handed(k, k.t);
        std::invoke(jacobian, x, at, w, out);
        call.done();
        detail::require_output(w, out, out, "the vjp of a measurement", k, -1);
    }
}

/// Refuses a walk with a knot where the state says nothing of the data.
inline void require_alpha(const grid& walk, const char* method) {
    for (const knot& k : walk.network_knots())
        require(k.alpha > 0, method, " cannot be used at the knot {t = ", k.t,
                ", alpha = 0}, where the state is all noise; start from alpha > 0, by "
                "grid.without_pure_noise()");
}

}  // namespace detail

}  // namespace fokker

FOKKER_END_MAY_SHADOW
