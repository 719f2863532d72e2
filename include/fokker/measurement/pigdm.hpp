/// PiGDM: pseudo-inverse-guided diffusion. Song, Vahdat, Mardani & Kautz 2023.
#pragma once

#include <cstddef>
#include <utility>

#include <fokker/core/space.hpp>
#include <fokker/error.hpp>
#include <fokker/finite.hpp>
#include <fokker/kernel/array.hpp>
#include <fokker/kernel/linear.hpp>
#include <fokker/measurement/conjugate_gradients.hpp>
#include <fokker/measurement/jacobian.hpp>
#include <fokker/measurement/linear.hpp>
#include <fokker/model/correction.hpp>
#include <fokker/model/kept_array.hpp>
#include <fokker/path/grid.hpp>
#include <fokker/path/knot.hpp>
#include <fokker/target.hpp>

FOKKER_MAY_SHADOW

namespace fokker::inline FOKKER_TARGET {

/// Options of `pigdm`.
struct pigdm_options {
    double sigma_y = 0.0;      ///< standard deviation of the measurement's noise
    double sigma_data = 1.0;   ///< that of the data, of what A sees: docs/measurements.md
    double tolerance = 1e-10;  ///< of the linear equation, relative to |y - A D|
    int iterations = 100;      ///< of conjugate gradients for it, at most; they call no network

    /// Throws fokker::error on an option out of its range.
    void check() const {
        detail::require_sigma_y(sigma_y);
        detail::require(detail::is_finite(sigma_data) && sigma_data > 0, "sigma_data is ",
                        sigma_data, "; it must be positive: the standard deviation of the data");
        detail::require_iterations(iterations, tolerance);
    }

    /// r^2, the variance of x_0 given x_t where the data are N(m, sigma_data^2).
    double variance_at(const knot& k) const {
        const double data = sigma_data * sigma_data, noise = k.sigma * k.sigma;
        return data * noise / (k.alpha * k.alpha * data + noise);
    }
};

namespace detail {

namespace types {

/// The result of `pigdm`. One object serves one thread at a time.
template <class Operator, class Transpose, class Y, class Jacobian>
class pigdm_correction {
public:
    pigdm_correction(linear_measurement<Operator, Transpose, Y> measured,
                     const pigdm_options& options, Jacobian&& jacobian)
        : measured_(std::move(measured)),
          options_(options),
          jacobian_(std::forward<Jacobian>(jacobian)) {
        options_.check();
    }

    void check(const grid& walk) const { detail::require_alpha(walk, "pigdm"); }
    void check_shape(const array_shape& state) const { measured_.check_shape(state); }

    /// D = D + sigma^2 / alpha (dD/dx)^T A^T v, (r^2 A A^T + sigma_y^2) v = y - A D.
    template <array_like X, array_like Array>
    void operator()(const X& x, const knot& k, Array& D, const data_predictor<Array>& network) {
        measured_.require_apart(x);
        using T = scalar_of<Array>;
        using own = owner_of<Y>;
        using space = core::space_of<Y>;
        own& r = residual_.like(measured_.y());
        own& v = solution_.like(measured_.y());
        Array& back = back_.like(D);
        Array& shift = shift_.like(D);
        const array_shape shape = measured_.shape();
        T* const solved = detail::data_of(v);
        const double variance = options_.variance_at(k), noise = options_.sigma_y;
        measured_.residual(D, r);
        core::sweep<space>(solved, kernel::term<T>(0.0, detail::const_data_of(r)), shape);
        gradients_.solve(
            r, options_.iterations, options_.tolerance,
            [&](const own& p, own& out) {
                measured_.back(p, back);
                measured_.apply(std::as_const(back), out);
                T* const to = detail::data_of(out);
                core::sweep<space>(to,
                                   kernel::term<T>(variance, std::as_const(to)) +
                                       kernel::term<T>(noise * noise, detail::const_data_of(p)),
                                   shape);
            },
            [&](std::size_t n, double factor, const own& p) {
                const std::size_t start = n * shape.elements;
                detail::add_multiple<space>(solved + start, factor,
                                            detail::const_data_of(p) + start, shape.elements);
            });
        measured_.back(std::as_const(v), back);
        detail::transposed_jacobian(jacobian_, x, k, std::as_const(back), shift, network);
        detail::add_multiple<core::space_of<Array>>(detail::data_of(D), k.sigma * k.sigma / k.alpha,
                                                    detail::const_data_of(shift),
                                                    detail::shape_of(D).size());
    }

private:
    linear_measurement<Operator, Transpose, Y> measured_;
    pigdm_options options_;
    Jacobian jacobian_;
    conjugate_gradients<owner_of<Y>> gradients_;
    kept_array residual_, solution_, back_, shift_;
};

}  // namespace types
using types::pigdm_correction;

}  // namespace detail

/// A correction, for with_correction, by a linear measurement y = A x_0 + sigma_y n: PiGDM, Song,
/// Vahdat, Mardani & Kautz 2023, which takes Cov(x_0 | x_t) for r^2 I. D becomes
///   D + sigma^2 / alpha (dD/dx)^T A^T (r^2 A A^T + sigma_y^2)^-1 (y - A D),
/// with r^2 = (1 / sigma_data^2 + alpha^2 / sigma^2)^-1: the paper's, whose data have deviation 1.
/// Exact where the data are N(m, sigma_data^2 I): then D is E[x_0 | x_t, y].
///   measure, transpose  callables A(x, out) and A^T(w, out) for whole batches: arrays of the
///                       types that own the state's and y's elements
///   y         the measurement, a sample for each of the state's; an lvalue is referred to
///   jacobian  the user's vjp(x, knot, w, out), which writes the transposed Jacobian of the data
///             prediction times w; or jacobian_by_difference, which assumes that it is symmetric
/// One vjp or two network calls a call; six arrays, and those of the Jacobian, at the first one.
/// Throws fokker::error on an option out of its range, and a run where alpha = 0.
template <class Operator, class Transpose, array_like Y, class Jacobian = jacobian_by_difference>
auto pigdm(Operator&& measure, Transpose&& transpose, Y&& y, const pigdm_options& options = {},
           Jacobian&& jacobian = Jacobian()) {
    return detail::pigdm_correction<Operator, Transpose, Y, Jacobian>(
        {std::forward<Operator>(measure), std::forward<Transpose>(transpose), std::forward<Y>(y)},
        options, std::forward<Jacobian>(jacobian));
}

}  // namespace fokker

FOKKER_END_MAY_SHADOW
