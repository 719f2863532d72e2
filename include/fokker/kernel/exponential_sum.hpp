/// Sums of exponentials: what a row of logits is divided by.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>

#include <fokker/finite.hpp>
#include <fokker/kernel/lanes.hpp>
#include <fokker/target.hpp>

namespace fokker::inline FOKKER_TARGET::kernel {

/// The largest of some numbers, and the sum of exp((each - largest) * scale).
struct exponential_sum {
    double largest;
    double sum;
};

namespace detail {

/// 2^y for y <= 0: the fraction by a polynomial that is 1 at 0, the rest into the exponent's bits.
/// Right to 1e-7, and 0 below 2^-126.
[[gnu::always_inline]] inline lanes<float> power_of_two(lanes<float> y) {
    using ints = lanes<std::int32_t>;
    const lanes<float> least = lanes<float>{} - 126.0f;
    const ints is_none = y < least;
    y = is_none ? least : y;
    const ints exponent = __builtin_convertvector(y - 0.5f, ints);  // cut off: to the nearest
    const lanes<float> f = y - __builtin_convertvector(exponent, lanes<float>);
    lanes<float> p = lanes<float>{} + 0.00015461447765119374f;
    p = p * f + 0.0013390866806730628f;
    p = p * f + 0.009618056938052177f;
    p = p * f + 0.055503569543361664f;
    p = p * f + 0.24022650718688965f;
    p = p * f + 0.6931471824645996f;
    p = p * f + 1.0f;
    const lanes<float> power =
        std::bit_cast<lanes<float>>(std::bit_cast<ints>(p) + (exponent << 23));
    return is_none ? lanes<float>{} : power;
}

}  // namespace detail

/// Of floats to 3e-7 of the sum. Not a number if one of them is none; a sum of 0 if all are -inf.
[[gnu::noinline]] inline exponential_sum sum_exponentials(const float* from, std::size_t count,
                                                          double scale) {
    constexpr std::size_t width = lane_count<float>;
    constexpr float none = -std::numeric_limits<float>::infinity();
    using ints = lanes<std::int32_t>;
    // By their bits, as -ffast-math knows no such numbers.
    const auto is_no_number = [](lanes<float> x) {
        return (std::bit_cast<ints>(x) & 0x7fffffff) > 0x7f800000;
    };
    std::size_t i = 0;
    lanes<float> most = lanes<float>{} + none;
    ints no_numbers{};
    for (; i + width <= count; i += width) {
        const lanes<float> x = kernel::load(from + i);
        no_numbers |= is_no_number(x);
        most = x > most ? x : most;
    }
    if (i < count) {
        std::array<float, width> rest;
        rest.fill(none);
        std::copy(from + i, from + count, rest.begin());
        const lanes<float> x = kernel::load(rest.data());
        no_numbers |= is_no_number(x);
        most = x > most ? x : most;
    }
    float largest = none;
    bool is_number = true;
    for (std::size_t k = 0; k < width; ++k) {
        is_number = is_number && no_numbers[k] == 0;
        largest = std::max(largest, most[k]);
    }
    if (!is_number) return {std::numeric_limits<double>::quiet_NaN(), 0.0};
    if (!fokker::detail::is_finite(largest)) return {static_cast<double>(largest), 0.0};

    constexpr double per_log_two = 1.4426950408889634;
    const float factor = static_cast<float>(scale * per_log_two);
    lanes<float> sum{};
    for (i = 0; i + width <= count; i += width)
        sum += detail::power_of_two((kernel::load(from + i) - largest) * factor);
    if (i < count) {
        std::array<float, width> rest;
        rest.fill(none);
        std::copy(from + i, from + count, rest.begin());
        sum += detail::power_of_two((kernel::load(rest.data()) - largest) * factor);
    }
    double total = 0.0;
    for (std::size_t k = 0; k < width; ++k) total += static_cast<double>(sum[k]);
    return {static_cast<double>(largest), total};
}

/// Of other numbers, one by one.
template <class T>
exponential_sum sum_exponentials(const T* from, std::size_t count, double scale) {
    double largest = -std::numeric_limits<double>::infinity(), sum = 0.0;
    for (std::size_t i = 0; i < count; ++i) {
        const double x = static_cast<double>(from[i]);
        if (fokker::detail::is_nan(x)) return {x, 0.0};
        largest = std::max(largest, x);
    }
    if (!fokker::detail::is_finite(largest)) return {largest, 0.0};
    for (std::size_t i = 0; i < count; ++i)
        sum += std::exp((static_cast<double>(from[i]) - largest) * scale);
    return {largest, sum};
}

}  // namespace fokker::kernel
