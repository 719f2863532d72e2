/// Conjugate gradients for each sample of a batch by itself: Hestenes & Stiefel 1952.
#pragma once

#include <cstddef>
#include <utility>
#include <vector>

#include <fokker/core/space.hpp>
#include <fokker/finite.hpp>
#include <fokker/kernel/array.hpp>
#include <fokker/kernel/linear.hpp>
#include <fokker/measurement/linear.hpp>
#include <fokker/model/kept_array.hpp>
#include <fokker/target.hpp>

FOKKER_MAY_SHADOW

namespace fokker::inline FOKKER_TARGET::detail {

namespace types {

/// Solves M v = r, M symmetric and positive definite on what it meets, or stops where it is not.
/// Sums are in double. One sample's result does not depend on the others.
template <class Array>
class conjugate_gradients {
    using T = scalar_of<Array>;
    using space = core::space_of<Array>;

public:
    /// apply(p, out): out = M p. add(n, factor, p): v += factor p in sample n. The residual r is
    /// written over. A sample is done where |r| <= tolerance |its first r|.
    template <class Apply, class Add>
    void solve(Array& residual, int iterations, double tolerance, const Apply& apply,
               const Add& add) {
        const array_shape shape = detail::shape_of(residual);
        const std::size_t size = shape.elements;
        Array& p = direction_.like(residual);
        Array& moved = applied_.like(residual);
        T* const r = detail::data_of(residual);
        squares_.resize(shape.samples);
        enough_.resize(shape.samples);
        core::sweep<space>(detail::data_of(p), kernel::term<T>(1.0, std::as_const(r)), shape);
        for (std::size_t n = 0; n < shape.samples; ++n) {
            squares_[n] = detail::squared_norm<space>(r + n * size, size);
            enough_[n] = tolerance * tolerance * squares_[n];
            if (!is_finite(squares_[n])) fail(n, squares_[n], p, add);
        }
        for (int i = 0; i < iterations && any_is_open(); ++i) {
            apply(std::as_const(p), moved);
            for (std::size_t n = 0; n < shape.samples; ++n) {
                if (!is_open(n)) continue;
                T* const own = detail::data_of(p) + n * size;
                const T* const image = detail::data_of(moved) + n * size;
                const double curvature = space::products(own, image, size).along;
                if (!is_finite(curvature)) {
                    fail(n, curvature, p, add);
                    continue;
                }
                if (!(curvature > 0)) {
                    squares_[n] = 0.0;
                    continue;
                }
                const double factor = squares_[n] / curvature;
                add(n, factor, std::as_const(p));
                detail::add_multiple<space>(r + n * size, -factor, image, size);
                const double left = detail::squared_norm<space>(r + n * size, size);
                core::sweep<space>(own,
                                   kernel::term<T>(1.0, std::as_const(r) + n * size) +
                                       kernel::term<T>(left / squares_[n], std::as_const(own)),
                                   {1, size});
                squares_[n] = left;
            }
        }
    }

private:
    /// What is no number shows in the result: an operator's NaN is not taken for "nothing to do".
    void fail(std::size_t n, double no_number, const Array& p, const auto& add) {
        add(n, no_number, p);
        squares_[n] = 0.0;
    }
    bool is_open(std::size_t n) const { return squares_[n] > enough_[n]; }
    bool any_is_open() const {
        for (std::size_t n = 0; n < squares_.size(); ++n)
            if (is_open(n)) return true;
        return false;
    }

    kept_array direction_, applied_;
    std::vector<double> squares_, enough_;  // of the samples: |r|^2, and where it is small enough
};

}  // namespace types
using types::conjugate_gradients;

}  // namespace fokker::detail

FOKKER_END_MAY_SHADOW
