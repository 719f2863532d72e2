/// The norm by which adaptive solvers measure the error of a step.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>

#include <fokker/compiled.hpp>
#include <fokker/finite.hpp>
#include <fokker/kernel/array.hpp>
#include <fokker/kernel/reduce.hpp>
#include <fokker/target.hpp>

namespace fokker::inline FOKKER_TARGET {

/// Whose error decides on the parts of a step. `each_sample`: each sample takes parts of its own by
/// its own error, so that it comes out the same whoever else is in the batch. With the others all
/// samples take the same parts, in fewer network calls, and come out otherwise in another batch:
/// the one with the largest error decides, so that each is as exact as it was asked to be, or the
/// mean over the batch.
enum class error_over { each_sample, worst_sample, batch };

/// How exact an adaptive solver is: an error of absolute + relative |x| an element.
struct tolerance {
    double absolute = 1e-3;
    double relative = 1e-3;
    error_over over = error_over::each_sample;
};

namespace kernel {

/// For each sample the root mean square of error / (absolute + relative max(|a|, |b|)); of those
/// the largest, or the root of their mean square. Not-a-number if one of them is. In double, in one
/// order whatever the threads.
template <class T>
double error_norm(const T* error, const T* a, const T* b, array_shape shape,
                  const tolerance& wanted) {
    double worst = 0.0, total = 0.0;
    for (std::size_t n = 0; n < shape.samples; ++n) {
        const std::size_t start = n * shape.elements;
        const double squares = sum(shape.elements, [=](std::size_t i) {
            const double size = (std::max)(std::abs(static_cast<double>(a[start + i])),
                                           std::abs(static_cast<double>(b[start + i])));
            const double ratio =
                static_cast<double>(error[start + i]) / (wanted.absolute + wanted.relative * size);
            return ratio * ratio;
        });
        total += squares;
        if (fokker::detail::is_nan(squares)) return squares;
        worst = (std::max)(worst, squares);
    }
    if (wanted.over != error_over::batch)
        return std::sqrt(worst / static_cast<double>(shape.elements));
    return std::sqrt(total / static_cast<double>(shape.size()));
}

#ifdef FOKKER_TEMPLATE
FOKKER_TEMPLATE double error_norm<float>(const float*, const float*, const float*, array_shape,
                                         const tolerance&);
FOKKER_TEMPLATE double error_norm<double>(const double*, const double*, const double*, array_shape,
                                          const tolerance&);
#endif

}  // namespace kernel
}  // namespace fokker
