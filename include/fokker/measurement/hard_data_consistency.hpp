/// Hard data consistency: the data nearest to the prediction that fit the measurement. Song, Kwon,
/// Zhang, Hu, Qu & Shen 2024 (ReSample).
#pragma once

#include <cmath>
#include <cstddef>
#include <utility>
#include <vector>

#include <fokker/core/space.hpp>
#include <fokker/error.hpp>
#include <fokker/finite.hpp>
#include <fokker/kernel/array.hpp>
#include <fokker/kernel/linear.hpp>
#include <fokker/measurement/linear.hpp>
#include <fokker/model/kept_array.hpp>
#include <fokker/model/noise_interval.hpp>
#include <fokker/path/knot.hpp>
#include <fokker/target.hpp>

FOKKER_MAY_SHADOW

namespace fokker::inline FOKKER_TARGET {

/// Options of `hard_data_consistency`.
struct hard_data_consistency_options {
    double sigma_y = 0.0;     ///< it stops where |y - A D| is sigma_y sqrt(elements of y) or less
    int iterations = 100;     ///< of conjugate gradients, at most; they call no network
    double tolerance = 1e-6;  ///< it stops where |A^T (y - A D)| is so much of what it was
    double from = 0.0;        ///< it acts where from < sigma / alpha <= to
    double to = detail::no_upper_level;

    /// Throws fokker::error on an option out of its range.
    void check() const {
        detail::require_sigma_y(sigma_y);
        detail::require_iterations(iterations, tolerance);
        detail::require(detail::is_finite(from) && from >= 0, "from is ", from,
                        "; it is the sigma / alpha above which the correction acts, finite and not "
                        "negative");
        detail::require(!detail::is_nan(to) && to > from, "to is ", to, ", and from is ", from,
                        "; the correction acts where from < sigma / alpha <= to");
    }
};

namespace detail {

namespace types {

/// The result of `hard_data_consistency`. One object serves one thread at a time.
template <class Operator, class Transpose, class Y>
class hard_data_consistency_correction {
public:
    hard_data_consistency_correction(linear_measurement<Operator, Transpose, Y> measured,
                                     const hard_data_consistency_options& options)
        : measured_(std::move(measured)), options_(options) {
        options_.check();
    }

    void check_shape(const array_shape& state) const { measured_.check_shape(state); }

    /// D goes towards the least squares of y - A D, by conjugate gradients (CGLS).
    template <array_like X, array_like Array>
    void operator()(const X& x, const knot& k, Array& D) {
        measured_.require_apart(x);
        if (!detail::is_between_levels(k, options_.from, options_.to)) return;
        using T = scalar_of<Array>;
        using space = core::space_of<Array>;
        using space_of_y = core::space_of<Y>;
        owner_of<Y>& residual = residual_.like(measured_.y());
        owner_of<Y>& image = image_.like(measured_.y());
        Array& gradient = gradient_.like(D);
        Array& direction = direction_.like(D);
        const array_shape of_y = measured_.shape(), shape = detail::shape_of(D);
        T* const r = detail::data_of(residual);
        const double fits =
            options_.sigma_y * options_.sigma_y * static_cast<double>(of_y.elements);
        const auto part = [&](auto* data, const array_shape& whole, std::size_t n) {
            return data + n * whole.elements;
        };
        measured_.residual(D, residual);
        measured_.back(std::as_const(residual), gradient);
        core::sweep<space>(detail::data_of(direction),
                           kernel::term<T>(1.0, detail::const_data_of(gradient)), shape);
        squares_.resize(shape.samples);
        enough_.resize(shape.samples);
        const auto close_where_it_fits = [&](std::size_t n) {
            if (detail::squared_norm<space_of_y>(part(r, of_y, n), of_y.elements) <= fits)
                squares_[n] = 0.0;
        };
        // An operator's NaN is not taken for "nothing to do": it shows in the result.
        const auto fail = [&](std::size_t n, double no_number) {
            detail::add_multiple<space>(part(detail::data_of(D), shape, n), no_number,
                                        part(detail::const_data_of(direction), shape, n),
                                        shape.elements);
            squares_[n] = 0.0;
        };
        for (std::size_t n = 0; n < shape.samples; ++n) {
            squares_[n] = squared<space>(gradient, shape, n);
            enough_[n] = options_.tolerance * options_.tolerance * squares_[n];
            close_where_it_fits(n);
            if (!is_finite(squares_[n])) fail(n, squares_[n]);
        }
        for (int i = 0; i < options_.iterations && any_is_open(); ++i) {
            measured_.apply(std::as_const(direction), image);
            for (std::size_t n = 0; n < shape.samples; ++n) {
                if (!is_open(n)) continue;
                const double curvature = squared<space_of_y>(image, of_y, n);
                if (!is_finite(curvature)) {
                    fail(n, curvature);
                    continue;
                }
                if (!(curvature > 0)) {
                    squares_[n] = 0.0;
                    continue;
                }
                const double factor = squares_[n] / curvature;
                detail::add_multiple<space>(part(detail::data_of(D), shape, n), factor,
                                            part(detail::const_data_of(direction), shape, n),
                                            shape.elements);
                detail::add_multiple<space_of_y>(part(r, of_y, n), -factor,
                                                 part(detail::const_data_of(image), of_y, n),
                                                 of_y.elements);
            }
            measured_.back(std::as_const(residual), gradient);
            for (std::size_t n = 0; n < shape.samples; ++n) {
                if (!is_open(n)) continue;
                const double left = squared<space>(gradient, shape, n);
                if (!is_finite(left)) {
                    fail(n, left);
                    continue;
                }
                T* const own = part(detail::data_of(direction), shape, n);
                core::sweep<space>(
                    own,
                    kernel::term<T>(1.0, part(detail::const_data_of(gradient), shape, n)) +
                        kernel::term<T>(left / squares_[n], std::as_const(own)),
                    {1, shape.elements});
                squares_[n] = left;
                close_where_it_fits(n);
            }
        }
    }

private:
    template <class Space, class Array>
    static double squared(const Array& whole, const array_shape& shape, std::size_t n) {
        return detail::squared_norm<Space>(detail::data_of(whole) + n * shape.elements,
                                           shape.elements);
    }
    bool is_open(std::size_t n) const { return squares_[n] > enough_[n]; }
    bool any_is_open() const {
        for (std::size_t n = 0; n < squares_.size(); ++n)
            if (is_open(n)) return true;
        return false;
    }

    linear_measurement<Operator, Transpose, Y> measured_;
    hard_data_consistency_options options_;
    kept_array residual_, image_, gradient_, direction_;
    std::vector<double> squares_, enough_;  // |A^T (y - A D)|^2 of the samples; 0 where it fits
};

}  // namespace types
using types::hard_data_consistency_correction;

}  // namespace detail

/// A correction, for with_correction, by a linear measurement y = A x_0 + sigma_y n: the hard data
/// consistency of ReSample, Song et al. 2024, eq. 10. From the network's D on, D goes towards the
/// minimum of |y - A D| until it fits as well as the noise lets it. Without noise it goes to the
/// nearest D of those minima, which is that of DDNM without a pseudo-inverse. The paper then draws
/// the state anew around alpha D: with all of the noise (its limit of large gamma) that is
/// consistency_sampler{}.
///   measure, transpose  callables A(x, out) and A^T(w, out), as for `pigdm`
///   y  the measurement, a sample for each of the state's; an lvalue is referred to
/// No network call; four arrays at the first one. Throws fokker::error on an option out of its
/// range.
template <class Operator, class Transpose, array_like Y>
auto hard_data_consistency(Operator&& measure, Transpose&& transpose, Y&& y,
                           const hard_data_consistency_options& options = {}) {
    return detail::hard_data_consistency_correction<Operator, Transpose, Y>(
        {std::forward<Operator>(measure), std::forward<Transpose>(transpose), std::forward<Y>(y)},
        options);
}

}  // namespace fokker

FOKKER_END_MAY_SHADOW
