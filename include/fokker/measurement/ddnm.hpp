/// DDNM: what is measured in the place of what is predicted. Wang, Yu & Zhang 2023.
#pragma once

#include <utility>

#include <fokker/core/space.hpp>
#include <fokker/kernel/array.hpp>
#include <fokker/measurement/linear.hpp>
#include <fokker/model/kept_array.hpp>
#include <fokker/path/knot.hpp>
#include <fokker/target.hpp>

FOKKER_MAY_SHADOW

namespace fokker::inline FOKKER_TARGET {

namespace detail {

namespace types {

/// The result of `ddnm`. One object serves one thread at a time.
template <class Operator, class PseudoInverse, class Y>
class ddnm_correction {
public:
    explicit ddnm_correction(linear_measurement<Operator, PseudoInverse, Y> measured)
        : measured_(std::move(measured)) {}

    void check_shape(const array_shape& state) const { measured_.check_shape(state); }

    /// D = D + A^+ (y - A D).
    template <array_like X, array_like Array>
    void operator()(const X& x, const knot&, Array& D) {
        measured_.require_apart(x);
        owner_of<Y>& r = residual_.like(measured_.y());
        Array& shift = shift_.like(D);
        measured_.residual(D, r);
        measured_.back(r, shift);
        detail::add_multiple<core::space_of<Array>>(
            detail::data_of(D), 1.0, detail::const_data_of(shift), detail::shape_of(D).size());
    }

private:
    linear_measurement<Operator, PseudoInverse, Y> measured_;
    kept_array residual_, shift_;
};

}  // namespace types
using types::ddnm_correction;

}  // namespace detail

/// A correction, for with_correction, by a linear measurement y = A x_0 without noise: DDNM, Wang,
/// Yu & Zhang 2023, eq. 13. D becomes D + A^+ (y - A D), so that A x = y at the end, to rounding,
/// with every solver that ends on its last data prediction. The rest of D is the network's own.
///   measure         a callable A(x, out)
///   pseudo_inverse  a callable that writes A^+ w: with A A^+ A = A
///   y               the measurement, a sample for each of the state's; an lvalue is referred to
/// Both take and write whole batches: arrays of the types that own the state's and y's elements.
/// No network call; two arrays at the first one. The paper's step is that of `ddim` with
/// corrected_noise::as_predicted. Throws fokker::error on a y that is not finite.
template <class Operator, class PseudoInverse, array_like Y>
auto ddnm(Operator&& measure, PseudoInverse&& pseudo_inverse, Y&& y) {
    return detail::ddnm_correction<Operator, PseudoInverse, Y>(
        {std::forward<Operator>(measure), std::forward<PseudoInverse>(pseudo_inverse),
         std::forward<Y>(y)});
}

}  // namespace fokker

FOKKER_END_MAY_SHADOW
