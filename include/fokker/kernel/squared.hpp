/// The one expression that is not linear: an array minus the square of a sum, as the variance of a
/// Gaussian.
#pragma once

#include <cstddef>

#include <fokker/kernel/linear.hpp>

namespace fokker {

namespace kernel {

/// The square of a sum of two arrays.
template <class T>
struct square {
    linear<T, 2> of;
};

/// factor (d - e^2): what a mean square leaves when the square of the mean is taken away.
template <class T>
struct excess {
    double factor;
    linear<T, 1> d;
    linear<T, 2> e;
};

template <class T>
excess<T> operator-(const linear<T, 1>& d, const square<T>& e) {
    return {1.0, d, e.of};
}

template <class T>
excess<T> operator*(double factor, const excess<T>& a) {
    return {factor * a.factor, a.d, a.e};
}

}  // namespace kernel

/// The square of a prediction, which can be taken from an array in the variance of a Gaussian:
/// run.second() - squared(E).
template <class T>
kernel::square<T> squared(const kernel::linear<T, 2>& e) {
    return {e};
}

}  // namespace fokker
