/// The one expression that is not linear: an array minus the square of a sum, as the variance of a
/// Gaussian.
#pragma once

#include <cstddef>

#include <fokker/kernel/linear.hpp>
#include <fokker/target.hpp>

namespace fokker::inline FOKKER_TARGET {

namespace kernel {
namespace types {

/// The square of a sum of two arrays.
template <class Operand>
struct square {
    linear<Operand, 2> of;
};

/// factor (c d - e^2), where c is the coefficient of d: what a mean square leaves when the square
/// of the mean is taken away.
template <class Operand>
struct excess {
    double factor;
    linear<Operand, 1> d;
    linear<Operand, 2> e;
};

template <class Operand>
excess<Operand> operator-(const linear<Operand, 1>& d, const square<Operand>& e) {
    return {1.0, d, e.of};
}

template <class Operand>
excess<Operand> operator*(double factor, const excess<Operand>& a) {
    return {factor * a.factor, a.d, a.e};
}

}  // namespace types
using types::square, types::excess;

}  // namespace kernel

/// The square of a prediction, which can be taken from an array in the variance of a Gaussian:
/// run.second() - squared(eps_hat).
template <class Operand>
kernel::square<Operand> squared(const kernel::linear<Operand, 2>& e) {
    return kernel::square<Operand>{e};
}

}  // namespace fokker
