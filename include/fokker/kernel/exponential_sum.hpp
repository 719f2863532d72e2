/// Sums of exponentials: what a row of logits is divided by.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <type_traits>

#include <fokker/bit_cast.hpp>
#include <fokker/finite.hpp>
#include <fokker/kernel/exponential.hpp>
#include <fokker/kernel/lanes.hpp>
#include <fokker/kernel/unrolled.hpp>
#include <fokker/target.hpp>

FOKKER_MAY_BE_UNSET

FOKKER_MAY_SHADOW

namespace fokker::inline FOKKER_TARGET::kernel {

/// The sum of exp((each - reference) * scale) of some numbers. The reference is the largest of them
/// or another one that is near enough: minus infinity if all are, not a number if one is none.
struct exponential_sum {
    double reference = -std::numeric_limits<double>::infinity();
    double sum = 0.0;

    /// Takes those of other numbers in.
    void add(const exponential_sum& other, double scale) {
        using fokker::detail::is_finite, fokker::detail::is_nan;
        if (is_nan(reference)) return;
        if (!is_finite(reference) || !is_finite(other.reference)) {
            // Of minus infinity nothing is taken in, and anything else that is no number stays.
            if (is_nan(other.reference) || other.reference > reference) *this = other;
            return;
        }
        if (other.reference > reference) {
            const double less = kernel::exponential((reference - other.reference) * scale);
            sum = kernel::rounded(sum * less) + other.sum;
            reference = other.reference;
        } else {
            const double less = kernel::exponential((other.reference - reference) * scale);
            sum += kernel::rounded(other.sum * less);
        }
    }
};

/// What is known of a row beside: the second largest, and the sum of exp(d) d, d = (each - largest)
/// * scale.
struct exponential_moments {
    exponential_sum of;
    double next = -std::numeric_limits<double>::infinity();
    double mean = 0.0;
};

namespace detail {

/// 64 bytes of a row at a time, in as many registers as they take: so the order of a sum is the
/// same on all machines.
template <class T>
struct row_lanes {
    static constexpr std::size_t count = 64 / sizeof(T), registers = 64 / register_bytes;
    static constexpr T none = -std::numeric_limits<T>::infinity();

    /// f(register, what stands there) for the numbers from `from` on; minus infinity from `count`.
    template <class F>
    FOKKER_ALWAYS_INLINE static void each(const T* from, std::size_t size, const F& f,
                                          std::size_t ahead) {
        std::size_t i = 0;
        for (; i + count <= size; i += count) {
            if (i < ahead) kernel::prefetch(from + size + i);
            unrolled<registers>([&](auto r) FOKKER_INLINE_LAMBDA {
                f(r, kernel::load(from + i + r * lane_count<T>));
            });
        }
        if (i == size) return;
        std::array<T, count> rest;
        rest.fill(none);
        std::copy(from + i, from + size, rest.begin());
        unrolled<registers>([&](auto r) FOKKER_INLINE_LAMBDA {
            f(r, kernel::load(rest.data() + r * lane_count<T>));
        });
    }
    /// All lanes by f, two and two, in an order that does not depend on the register.
    template <class Lanes, class F>
    FOKKER_ALWAYS_INLINE static auto fold(const std::array<Lanes, registers>& v, const F& f) {
        using U = std::remove_cvref_t<decltype(v[0][0])>;
        using quarter = lanes<U, 16>;
        alignas(64) std::array<U, count> all;
        unrolled<registers>([&](auto r) { kernel::store(v[r], all.data() + r * lane_count<U>); });
        const auto part = [&](std::size_t i) {
            return kernel::load_bits<quarter>(all.data() + i * (count / 4));
        };
        const quarter folded = f(f(part(0), part(2)), f(part(1), part(3)));
        if constexpr (count == 16)
            return f(f(U(folded[0]), U(folded[2])), f(U(folded[1]), U(folded[3])));
        else
            return f(U(folded[0]), U(folded[1]));
    }
};

/// exp of a difference to the largest number, times factor_of(scale).
template <class T>
FOKKER_ALWAYS_INLINE inline lanes<T> weight_of(lanes<T> away) {
    if constexpr (sizeof(T) == 4)
        return kernel::power_of_two(away);
    else
        return kernel::exponential(away);
}

/// The largest number of a row. Not a number if one of them is none; if they are not checked for
/// it, any number then.
template <class T, bool Checks = true>
FOKKER_ALWAYS_INLINE inline T largest_of(const T* from, std::size_t size) {
    using row = row_lanes<T>;
    using words = std::conditional_t<sizeof(T) == 4, lanes<std::int32_t>, lanes<std::int64_t>>;
    using word = std::conditional_t<sizeof(T) == 4, std::int32_t, std::int64_t>;
    // By their bits, as -ffast-math knows no such numbers.
    using unsigned_words =
        std::conditional_t<sizeof(T) == 4, lanes<std::uint32_t>, lanes<std::uint64_t>>;
    constexpr word magnitude = (std::numeric_limits<word>::max)(),
                   infinite = fokker::detail::bit_cast<word>(std::numeric_limits<T>::infinity());
    [[maybe_unused]] constexpr auto to_sign =
        static_cast<std::make_unsigned_t<word>>(magnitude - infinite);
    std::array<lanes<T>, row::registers> most;
    std::array<words, row::registers> seen{};
    most.fill(lanes<T>{} + row::none);
    row::each(
        from, size,
        [&](auto r, lanes<T> x) FOKKER_INLINE_LAMBDA {
            const words bits = fokker::detail::bit_cast<words>(x) & magnitude;
            if constexpr (Checks && sizeof(T) == 4 && register_bytes > 16)
                seen[r] = kernel::larger(bits, seen[r]);
            else if constexpr (Checks)
                seen[r] |=
                    fokker::detail::bit_cast<words>(fokker::detail::bit_cast<unsigned_words>(bits) +
                                                    to_sign);  // of what is no number
            most[r] = kernel::larger(x, most[r]);
        },
        0);
    if constexpr (Checks) {
        constexpr bool by_sign = sizeof(T) == 8 || register_bytes == 16;
        const word of_all = row::fold(seen, [](auto a, auto b) {
            if constexpr (by_sign)
                return a | b;
            else
                return kernel::larger_of(a, b);
        });
        if (by_sign ? of_all < 0 : of_all > infinite) return std::numeric_limits<T>::quiet_NaN();
    }
    return row::fold(most, [](auto a, auto b) { return kernel::larger_of(a, b); });
}

/// What that difference is multiplied by: powers of two are the quicker ones.
template <class T>
T factor_of(double scale) {
    constexpr double per_log_two = 1.4426950408889634;
    return static_cast<T>(sizeof(T) == 4 ? scale * per_log_two : scale);
}

}  // namespace detail

/// Of a row of float or double, to 2e-7 or 1e-15 of the sum; the reference is the largest. `ahead`
/// numbers that follow will be read next: they are fetched meanwhile.
template <class T>
FOKKER_NEVER_INLINE exponential_sum sum_exponentials(const T* from, std::size_t size, double scale,
                                                     std::size_t ahead = 0) {
    using row = detail::row_lanes<T>;
    // What is no number may show in the sum.
    constexpr bool checks = sizeof(T) == 8 || !powers_keep_nan;
    T largest = detail::largest_of<T, checks>(from, size);
    if (!checks && !fokker::detail::is_finite(largest)) largest = detail::largest_of(from, size);
    if (!fokker::detail::is_finite(largest)) return {static_cast<double>(largest), 0.0};
    const T factor = detail::factor_of<T>(scale);
    std::array<lanes<T>, row::registers> sum{};
    row::each(
        from, size,
        [&](auto r, lanes<T> x) FOKKER_INLINE_LAMBDA {
            sum[r] += detail::weight_of<T>(kernel::rounded((x - largest) * factor));
        },
        ahead);
    const double total = static_cast<double>(row::fold(sum, [](auto a, auto b) { return a + b; }));
    if (!checks && fokker::detail::is_nan(total)) return {total, 0.0};
    return {static_cast<double>(largest), total};
}

/// The same of floats that are read once, at the scale 1. The reference is 0 where floats hold the
/// sum.
FOKKER_NEVER_INLINE inline exponential_sum sum_exponentials_once(const float* from,
                                                                 std::size_t size,
                                                                 std::size_t ahead = 0) {
    using row = detail::row_lanes<float>;
    // Four registers at a time, which are one or more of the row's 64 bytes.
    constexpr std::size_t width = lane_count<float>, at_once = 4 * width;
    std::array<lanes<float>, row::registers> sum{};
    std::array<lanes<float>, 4> x;
    std::size_t i = 0;
    for (; i + at_once <= size; i += at_once) {
        if (i < ahead)
            for (std::size_t k = 0; k < at_once; k += row::count)
                kernel::prefetch(from + size + i + k);
        unrolled<4>([&](auto k) { x[k] = kernel::load(from + i + k * width); });
        kernel::add_exponentials(x, sum);
    }
    if (i < size) {
        std::array<float, at_once> rest;
        rest.fill(row::none);
        std::copy(from + i, from + size, rest.begin());
        unrolled<4>([&](auto k) { x[k] = kernel::load(rest.data() + k * width); });
        kernel::add_exponentials(x, sum);
    }
    const float total = row::fold(sum, [](auto a, auto b) { return a + b; });
    // Above the least floats by so much that what is left out does not show.
    if (fokker::detail::is_finite(total) && total > 0x1p-64f)
        return {0.0, static_cast<double>(total)};
    return kernel::sum_exponentials(from, size, 1.0);
}

/// The largest number of a row of float or double; not a number if one of them is none.
template <class T>
FOKKER_NEVER_INLINE T largest_number(const T* from, std::size_t size) {
    return detail::largest_of(from, size);
}

/// The same as sum_exponentials, and what else is known of the row.
template <class T>
FOKKER_NEVER_INLINE exponential_moments exponential_moments_of(const T* from, std::size_t size,
                                                               double scale) {
    using row = detail::row_lanes<T>;
    const T largest = detail::largest_of(from, size);
    exponential_moments found{{static_cast<double>(largest), 0.0}};
    if (!fokker::detail::is_finite(largest)) return found;
    const T factor = detail::factor_of<T>(scale);
    std::array<lanes<T>, row::registers> most, next, sum{}, mean{};
    most.fill(lanes<T>{} + row::none);
    next = most;
    row::each(
        from, size,
        [&](auto r, lanes<T> x) FOKKER_INLINE_LAMBDA {
            next[r] = kernel::larger(next[r], kernel::smaller(x, most[r]));
            most[r] = kernel::larger(x, most[r]);
            // What is farther away has no weight.
            const lanes<T> away =
                kernel::larger(kernel::rounded((x - largest) * factor), lanes<T>{} - T(708));
            const lanes<T> weight = detail::weight_of<T>(away);
            sum[r] += weight;
            mean[r] += kernel::rounded(weight * away);
        },
        0);
    const auto add = [](auto a, auto b) { return a + b; };
    found.of.sum = static_cast<double>(row::fold(sum, add));
    found.mean = static_cast<double>(row::fold(mean, add)) * scale / static_cast<double>(factor);
    double first = -std::numeric_limits<double>::infinity();
    for (std::size_t r = 0; r < row::registers; ++r)
        for (std::size_t i = 0; i < lane_count<T>; ++i) {
            const double a = static_cast<double>(most[r][i]), b = static_cast<double>(next[r][i]);
            found.next = (std::max)({found.next, b, (std::min)(a, first)});
            first = (std::max)(first, a);
        }
    return found;
}

/// Makes exp((x - largest) * scale) of each number x.
FOKKER_NEVER_INLINE inline void make_exponentials(double* row, std::size_t size, double largest,
                                                  double scale) {
    constexpr std::size_t width = lane_count<double>;
    std::size_t i = 0;
    for (; i + width <= size; i += width)
        kernel::store(
            kernel::exponential(kernel::rounded((kernel::load(row + i) - largest) * scale)),
            row + i);
    if (i == size) return;
    std::array<double, width> rest{};
    std::copy(row + i, row + size, rest.begin());
    kernel::store(
        kernel::exponential(kernel::rounded((kernel::load(rest.data()) - largest) * scale)),
        rest.data());
    std::copy_n(rest.begin(), size - i, row + i);
}

}  // namespace fokker::kernel

FOKKER_END_MAY_BE_UNSET

FOKKER_END_MAY_SHADOW
