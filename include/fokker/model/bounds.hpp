/// Bounds on the data prediction: none, fixed ones, or dynamic thresholding.
#pragma once

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <type_traits>

#include <fokker/error.hpp>
#include <fokker/finite.hpp>
#include <fokker/kernel/array.hpp>
#include <fokker/kernel/reduced.hpp>

namespace fokker {

/// The data prediction as the network has it.
struct no_bounds {};

/// Every element within [low, high]; folded into the sweep that reads the prediction.
struct fixed_bounds {
    double low, high;
};

/// Dynamic thresholding, Saharia et al. 2022 (Imagen), section 2.3: s is the quantile of |D| in
/// each sample, held to [1, max], and D becomes clamp(D, -s, s) / s.
struct dynamic_threshold {
    double quantile = 0.995;
    double max = std::numeric_limits<double>::max();
};

namespace detail {

inline void require_bounds(double lower, double upper) {
    require(!is_nan(lower) && !is_nan(upper) && lower < upper, "clipped(", lower, ", ", upper,
            "): the lower bound must be below the upper one");
}

inline void require_threshold(double quantile, double max) {
    require(is_finite(quantile) && quantile >= 0 && quantile <= 1, "thresholded(", quantile,
            ", ..): the quantile must lie between 0 and 1; 0.995 is usual");
    require(!is_nan(max) && max >= 1, "thresholded(.., ", max,
            "): the largest threshold must be at least 1; 1 is clipping to [-1, 1]");
}

/// |x| as a whole number in the same order, not-a-number above all: a strict order with any flags.
template <class T>
auto magnitude_key(T x) {
    using word =
        std::conditional_t<sizeof(T) == 2, std::uint16_t,
                           std::conditional_t<sizeof(T) == 4, std::uint32_t, std::uint64_t>>;
    return static_cast<word>(std::bit_cast<word>(x) & (static_cast<word>(~word{0}) >> 1));
}

/// The quantile of |x| over a sample, linear between two elements, like torch.quantile. `scratch`
/// holds `size` numbers and is overwritten. Time goes with size.
template <class T>
double magnitude_quantile(const T* x, std::size_t size, double quantile, T* scratch) {
    const double rank = quantile * static_cast<double>(size - 1);
    const auto below = std::min(static_cast<std::size_t>(rank), size - 1);
    const double weight = rank - static_cast<double>(below);
    std::copy_n(x, size, scratch);
    const auto smaller = [](T a, T b) { return magnitude_key(a) < magnitude_key(b); };
    std::nth_element(scratch, scratch + below, scratch + size, smaller);
    const double lower = std::abs(static_cast<double>(scratch[below]));
    if (weight == 0 || below + 1 == size) return lower;
    const double upper = std::abs(
        static_cast<double>(*std::min_element(scratch + below + 1, scratch + size, smaller)));
    if (lower == upper) return lower;  // infinite ones have no difference
    return lower + weight * (upper - lower);
}

/// A sample's threshold s.
template <class T>
double threshold_of(const dynamic_threshold& options, const T* x, std::size_t size, T* scratch) {
    const double s = magnitude_quantile(x, size, options.quantile, scratch);
    // No more than the type holds, which an infinite prediction would reach.
    constexpr auto most = std::numeric_limits<kernel::arithmetic<T>>::max();
    return std::min(std::max(s, 1.0), std::min(options.max, static_cast<double>(most)));
}

}  // namespace detail
}  // namespace fokker
