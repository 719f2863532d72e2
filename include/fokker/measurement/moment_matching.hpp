/// Moment matching: the posterior of a Gaussian with the network's own covariance. Rozet, Andry,
/// Lanusse & Louppe 2024.
#pragma once

#include <cstddef>
#include <utility>

#include <fokker/core/space.hpp>
#include <fokker/error.hpp>
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

/// Options of `moment_matching`.
struct moment_matching_options {
    double sigma_y = 0.0;     ///< standard deviation of the measurement's noise
    int iterations = 1;       ///< of conjugate gradients, at most; each calls the Jacobian once
    double tolerance = 1e-6;  ///< where they stop earlier, relative to |y - A D|

    /// Throws fokker::error on an option out of its range.
    void check() const {
        detail::require_sigma_y(sigma_y);
        detail::require_iterations(iterations, tolerance);
    }
};

namespace detail {

namespace types {

/// The result of `moment_matching`. One object serves one thread at a time.
template <class Operator, class Transpose, class Y, class Jacobian>
class moment_matching_correction {
public:
    moment_matching_correction(linear_measurement<Operator, Transpose, Y> measured,
                               const moment_matching_options& options, Jacobian&& jacobian)
        : measured_(std::move(measured)),
          options_(options),
          jacobian_(std::forward<Jacobian>(jacobian)) {
        options_.check();
    }

    void check(const grid& walk) const { detail::require_alpha(walk, "moment_matching"); }
    void check_shape(const array_shape& state) const { measured_.check_shape(state); }

    /// D = D + C A^T v, (A C A^T + sigma_y^2) v = y - A D, C = sigma^2 / alpha dD/dx.
    template <array_like X, array_like Array>
    void operator()(const X& x, const knot& k, Array& D, const data_predictor<Array>& network) {
        measured_.require_apart(x);
        using T = scalar_of<Array>;
        using own = owner_of<Y>;
        using space = core::space_of<Y>;
        own& r = residual_.like(measured_.y());
        Array& back = back_.like(D);
        Array& shift = shift_.like(D);
        const double noise = options_.sigma_y * options_.sigma_y;
        const double scale = k.sigma * k.sigma / k.alpha;
        const std::size_t size = detail::shape_of(D).elements;
        measured_.residual(D, r);
        // What is added to D is C A^T times what is added to v.
        gradients_.solve(
            r, options_.iterations, options_.tolerance,
            [&](const own& p, own& out) {
                measured_.back(p, back);
                detail::transposed_jacobian(jacobian_, x, k, std::as_const(back), shift, network);
                measured_.apply(std::as_const(shift), out);
                T* const to = detail::data_of(out);
                core::sweep<space>(to,
                                   kernel::term<T>(scale, std::as_const(to)) +
                                       kernel::term<T>(noise, detail::const_data_of(p)),
                                   measured_.shape());
            },
            [&](std::size_t n, double factor, const own&) {
                detail::add_multiple<core::space_of<Array>>(
                    detail::data_of(D) + n * size, factor * scale,
                    detail::const_data_of(shift) + n * size, size);
            });
    }

private:
    linear_measurement<Operator, Transpose, Y> measured_;
    moment_matching_options options_;
    Jacobian jacobian_;
    conjugate_gradients<owner_of<Y>> gradients_;
    kept_array residual_, back_, shift_;
};

}  // namespace types
using types::moment_matching_correction;

}  // namespace detail

/// A correction, for with_correction, by a linear measurement y = A x_0 + sigma_y n: MMPS, Rozet,
/// Andry, Lanusse & Louppe 2024, which takes Cov(x_0 | x_t) = sigma^2 / alpha dD/dx from the
/// network itself. D becomes
///   D + C A^T (A C A^T + sigma_y^2)^-1 (y - A D),    C = sigma^2 / alpha dD/dx,
/// by conjugate gradients. Exact where the data are Gaussian of any covariance, with as many
/// iterations as A C A^T + sigma_y^2 has different eigenvalues: then D is E[x_0 | x_t, y]. The
/// paper takes one to five. Arguments as for `pigdm`. One vjp or two network calls an iteration;
/// five arrays, and those of the Jacobian, at the first call. A sample where the Jacobian is found
/// not to be positive stops there. Throws fokker::error on an option out of its range, and a run
/// where alpha = 0.
template <class Operator, class Transpose, array_like Y, class Jacobian = jacobian_by_difference>
auto moment_matching(Operator&& measure, Transpose&& transpose, Y&& y,
                     const moment_matching_options& options = {},
                     Jacobian&& jacobian = Jacobian()) {
    return detail::moment_matching_correction<Operator, Transpose, Y, Jacobian>(
        {std::forward<Operator>(measure), std::forward<Transpose>(transpose), std::forward<Y>(y)},
        options, std::forward<Jacobian>(jacobian));
}

}  // namespace fokker

FOKKER_END_MAY_SHADOW
