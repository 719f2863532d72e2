/// Dynamic thresholding as a pass over a batch: Saharia et al. 2022 (Imagen), section 2.3.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <type_traits>

#include <fokker/bit_cast.hpp>
#include <fokker/kernel/array_shape.hpp>
#include <fokker/kernel/pass.hpp>
#include <fokker/kernel/reduced.hpp>
#include <fokker/kernel/sweep.hpp>
#include <fokker/target.hpp>

namespace fokker::inline FOKKER_TARGET::kernel {

namespace types {

/// out = D = of_state * state + of_raw * raw, thresholded sample by sample: s is the quantile of
/// |D| in a sample, held to [1, max], and D becomes clamp(D, -s, s) / s. `scratch` holds the
/// elements of one sample, and `out` may be raw.
struct threshold_pass {
    const void *state, *raw;
    void* out;
    double of_state, of_raw;
    double quantile, max;
    array_shape shape;
    void* scratch;
};

}  // namespace types
using types::threshold_pass;

namespace detail {

/// |x| as a whole number in the same order, not-a-number above all: a strict order with any flags.
template <class T>
auto magnitude_key(T x) {
    using word =
        std::conditional_t<sizeof(T) == 2, std::uint16_t,
                           std::conditional_t<sizeof(T) == 4, std::uint32_t, std::uint64_t>>;
    return static_cast<word>(fokker::detail::bit_cast<word>(x) &
                             (static_cast<word>(~word{0}) >> 1));
}

}  // namespace detail

/// The quantile of |x| over a sample, linear between two elements, like torch.quantile. `scratch`
/// holds `size` numbers and is overwritten. Time goes with size.
template <class T>
double magnitude_quantile(const T* x, std::size_t size, double quantile, T* scratch) {
    const double rank = quantile * static_cast<double>(size - 1);
    const auto below = (std::min)(static_cast<std::size_t>(rank), size - 1);
    const double weight = rank - static_cast<double>(below);
    std::copy_n(x, size, scratch);
    const auto smaller = [](T a, T b) {
        return detail::magnitude_key(a) < detail::magnitude_key(b);
    };
    std::nth_element(scratch, scratch + below, scratch + size, smaller);
    const double lower = std::abs(static_cast<double>(scratch[below]));
    if (weight == 0 || below + 1 == size) return lower;
    const double upper = std::abs(
        static_cast<double>(*std::min_element(scratch + below + 1, scratch + size, smaller)));
    if (lower == upper) return lower;  // infinite ones have no difference
    return lower + weight * (upper - lower);
}

/// Cost: two sweeps, and a copy and a selection of each sample's elements.
template <class T>
void run_threshold(const threshold_pass& p) {
    // An infinite prediction would reach more than the type holds; and of the largest numbers the
    // reciprocal is subnormal, which -ffast-math takes for zero.
    const double most =
        (std::min)(p.max, 1.0 / double{(std::numeric_limits<arithmetic<T>>::min)()});
    for (std::size_t n = 0; n < p.shape.samples; ++n) {
        const std::size_t start = n * p.shape.elements;
        const T* const state = static_cast<const T*>(p.state) + start;
        T* const D = static_cast<T*>(p.out) + start;
        pass predict(D, {1, p.shape.elements});
        predict.add(p.of_state, state);
        predict.add(p.of_raw, static_cast<const T*>(p.raw) + start);
        run_pass<T>(predict);
        const double quantile =
            magnitude_quantile(D, p.shape.elements, p.quantile, static_cast<T*>(p.scratch));
        // As the elements are, in their precision.
        const double s = static_cast<arithmetic<T>>((std::min)((std::max)(quantile, 1.0), most));
        pass bound(D, {1, p.shape.elements}, state, D, {true, {0.0, 1.0, -s, s}, {}});
        bound.add(1.0 / s, D);
        run_pass<T>(bound);
    }
}

}  // namespace fokker::kernel
