/// Dynamic thresholding as a pass over a batch.
#pragma once

#include <cstddef>

#include <fokker/kernel/array.hpp>
#include <fokker/kernel/linear.hpp>
#include <fokker/kernel/pass.hpp>
#include <fokker/kernel/reduced.hpp>
#include <fokker/kernel/sweep.hpp>
#include <fokker/model/bounds.hpp>
#include <fokker/model/prediction.hpp>
#include <fokker/noise/source.hpp>

namespace fokker::detail {

/// out = the data prediction data.state * state + data.output * raw, where raw is a network's
/// output, thresholded sample by sample. `scratch` holds the elements of one sample. Cost: two
/// sweeps, and a copy and a selection of each sample's elements.
template <class T>
void threshold_samples(const dynamic_threshold& options, const T* state, const T* raw, T* out,
                       const mix& data, array_shape shape, T* scratch) {
    using number = kernel::arithmetic<T>;
    const array_shape one{1, shape.elements};
    no_noise none;
    for (std::size_t n = 0; n < shape.samples; ++n) {
        const T* const x = state + n * shape.elements;
        T* const D = out + n * shape.elements;
        kernel::sweep(
            D,
            kernel::term<T>(data.state, x) + kernel::term<T>(data.output, raw + n * shape.elements),
            one, none);
        const auto s = static_cast<double>(
            static_cast<number>(threshold_of(options, D, shape.elements, scratch)));
        kernel::sweep(D, kernel::term<T>(1.0 / s, D), one, none, x, D,
                      kernel::beside{.is_bounded = true, .bounded = {0.0, 1.0, -s, s}, .kept = {}});
    }
}

}  // namespace fokker::detail
