/// The norm by which adaptive solvers measure the error of a step.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>

#include <fokker/finite.hpp>
#include <fokker/kernel/array.hpp>

namespace fokker {

/// Which samples decide on a step, which all of them take together: the one with the largest error,
/// so that each is as exact as it was asked to be, or the mean over the batch.
enum class error_over { worst_sample, batch };

/// How exact an adaptive solver is: an error of absolute + relative |x| an element.
struct tolerance {
    double absolute = 1e-3;
    double relative = 1e-3;
    error_over over = error_over::worst_sample;
};

namespace kernel {

/// For each sample the root mean square of error / (absolute + relative max(|a|, |b|)); of those
/// the largest, or the root of their mean square. Not-a-number if one of them
/// is. In double, in one order whatever the threads.
template <class T>
double error_norm(const T* error, const T* a, const T* b, array_shape shape,
                  const tolerance& wanted) {
    double worst = 0.0, total = 0.0;
    for (std::size_t n = 0; n < shape.samples; ++n) {
        constexpr std::size_t side_by_side = 8;
        std::array<double, side_by_side> sums{};
        const std::size_t start = n * shape.elements;
        for (std::size_t i = 0; i < shape.elements; ++i) {
            const double size = std::max(std::abs(static_cast<double>(a[start + i])),
                                         std::abs(static_cast<double>(b[start + i])));
            const double ratio =
                static_cast<double>(error[start + i]) / (wanted.absolute + wanted.relative * size);
            sums[i % side_by_side] += ratio * ratio;
        }
        double sum = 0.0;
        for (const double part : sums) sum += part;
        total += sum;
        if (fokker::detail::is_nan(sum)) return sum;
        worst = std::max(worst, sum);
    }
    if (wanted.over == error_over::worst_sample)
        return std::sqrt(worst / static_cast<double>(shape.elements));
    return std::sqrt(total / static_cast<double>(shape.size()));
}

}  // namespace kernel
}  // namespace fokker
