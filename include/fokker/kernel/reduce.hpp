/// Reductions over one sample: sums of products, norms, standard deviations. In double, whatever
/// the elements are, and in one fixed order, so that a sample's result does not depend on the
/// batch around it.
#pragma once

#include <array>
#include <cmath>
#include <cstddef>

#include <fokker/compiled.hpp>
#include <fokker/kernel/unrolled.hpp>
#include <fokker/target.hpp>

namespace fokker::inline FOKKER_TARGET::kernel {

namespace detail {

/// Sums that run side by side; they are added up at the end.
inline constexpr std::size_t partial_sums = 8;

/// The sums of K numbers for each element, value(i) being an array of them.
template <std::size_t K, class Value>
std::array<double, K> sums(std::size_t size, const Value& value) {
    std::array<std::array<double, K>, partial_sums> partial{};
    const std::size_t whole = size - size % partial_sums;
    const auto add = [&](std::size_t i, std::size_t to) {
        const std::array<double, K> each = value(i);
        unrolled<K>([&](auto k) { partial[to][k] += each[k]; });
    };
    for (std::size_t i = 0; i < whole; i += partial_sums)
        unrolled<partial_sums>([&](auto j) { add(i + j, j); });
    for (std::size_t i = whole; i < size; ++i) add(i, i - whole);
    std::array<double, K> total{};
    for (const auto& each : partial) unrolled<K>([&](auto k) { total[k] += each[k]; });
    return total;
}

}  // namespace detail

/// term(0) + .. + term(size - 1).
template <class Term>
double sum(std::size_t size, const Term& term) {
    return detail::sums<1>(size, [&](std::size_t i) {
        std::array<double, 1> only;  // braces around a single number do not reach nvcc's compiler
        only[0] = term(i);
        return only;
    })[0];
}

/// sum of a_i b_i.
template <class T>
double dot(const T* a, const T* b, std::size_t size) {
    return sum(
        size, [=](std::size_t i) { return static_cast<double>(a[i]) * static_cast<double>(b[i]); });
}

/// sqrt(sum of a_i^2).
template <class T>
double norm(const T* a, std::size_t size) {
    return std::sqrt(dot(a, a, size));
}

/// The mean of that over samples which lie one after the other.
template <class T>
double mean_norm(const T* a, std::size_t samples, std::size_t elements) {
    double total = 0.0;
    for (std::size_t n = 0; n < samples; ++n) total += norm(a + n * elements, elements);
    return total / static_cast<double>(samples);
}

#ifdef FOKKER_TEMPLATE
FOKKER_TEMPLATE double mean_norm<float>(const float*, std::size_t, std::size_t);
FOKKER_TEMPLATE double mean_norm<double>(const double*, std::size_t, std::size_t);
#endif

/// The standard deviation of a sample's elements about their mean, with size - 1 in the
/// denominator; 0 where size < 2. Two reads of the sample.
template <class T>
double standard_deviation(const T* a, std::size_t size) {
    if (size < 2) return 0.0;
    const double total = sum(size, [=](std::size_t i) { return static_cast<double>(a[i]); });
    const double mean = total / static_cast<double>(size);
    const double squares = sum(size, [=](std::size_t i) {
        const double away = static_cast<double>(a[i]) - mean;
        return away * away;
    });
    return std::sqrt(squares / static_cast<double>(size - 1));
}

namespace types {

/// What a projection of a difference d onto a direction a needs: |d|^2, d . a and |a|^2.
struct projection_sums {
    double difference_squared, along, direction_squared;
};

}  // namespace types
using types::projection_sums;

/// In one read of both.
template <class T>
projection_sums products(const T* difference, const T* direction, std::size_t size) {
    const auto s = detail::sums<3>(size, [=](std::size_t i) -> std::array<double, 3> {
        const double d = static_cast<double>(difference[i]), a = static_cast<double>(direction[i]);
        return {d * d, d * a, a * a};
    });
    return {s[0], s[1], s[2]};
}

/// The same of the difference direction - other, which need not be in memory.
template <class T>
projection_sums difference_and_direction(const T* direction, const T* other, std::size_t size) {
    const auto s = detail::sums<3>(size, [=](std::size_t i) -> std::array<double, 3> {
        const double a = static_cast<double>(direction[i]), d = a - static_cast<double>(other[i]);
        return {d * d, d * a, a * a};
    });
    return {s[0], s[1], s[2]};
}

}  // namespace fokker::kernel
