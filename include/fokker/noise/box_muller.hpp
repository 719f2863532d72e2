/// Box-Muller: 32 pairs of uniform integers to 32 pairs of independent standard normals, by short
/// polynomials that every compiler turns into vector code.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <numbers>
#include <type_traits>

#include <Eigen/Core>

namespace fokker::noise {

/// Counters that are worked on together.
inline constexpr std::size_t width = 32;

template <class T>
using block = std::array<T, width>;

/// -2 ln(u), sine and cosine of a quarter turn's part. Series cut below half a unit in the last
/// place of T: the coefficients are those of the series themselves.
template <class T>
struct series;

template <>
struct series<float> {
    using bits = std::uint32_t;
    static constexpr int log_terms = 5, trigonometric_terms = 5;
    static constexpr int mantissa = 23;
    static constexpr bits one = 0x3f800000u, root_half = 0x3f3504f3u;

    /// (0, 1]: 31 bits and a half, the least 2^-32. Normals reach 6.66.
    static float uniform(bits x) {
        return static_cast<float>(static_cast<std::int32_t>(x >> 1)) * 0x1p-31f + 0x1p-32f;
    }
    /// The signed part of a quarter turn, [-1/2, 1/2).
    static float quarter_part(bits y) {
        return static_cast<float>(static_cast<std::int32_t>(y << 2)) * 0x1p-32f;
    }
    static float exponent(bits e) { return static_cast<float>(static_cast<std::int32_t>(e)); }
};

template <>
struct series<double> {
    using bits = std::uint64_t;
    static constexpr int log_terms = 11, trigonometric_terms = 9;
    static constexpr int mantissa = 52;
    static constexpr bits one = 0x3ff0000000000000u, root_half = 0x3fe6a09e667f3bcdu;

    /// (0, 1): 52 bits and a half, the least 2^-53. Normals reach 8.57.
    static double uniform(bits x) {
        return std::bit_cast<double>((x >> 12) | one) - (1.0 - 0x1p-53);
    }
    static double quarter_part(bits y) {
        return std::bit_cast<double>((((y << 2) ^ (bits{1} << 63)) >> 12) | one) - 1.5;
    }
    /// A small signed integer, without a 64-bit conversion that AVX2 lacks.
    static double exponent(bits e) {
        return static_cast<double>(static_cast<std::int32_t>(static_cast<std::uint32_t>(e)));
    }
};

/// -2 ln(u) for u in (0, 1]: u = 2^e m with m in [sqrt(1/2), sqrt(2)), and
/// ln m = 2 artanh((m - 1) / (m + 1)).
template <class T>
inline T minus_two_log(T u) {
    using s = series<T>;
    const auto shifted = std::bit_cast<typename s::bits>(u) - s::root_half;
    using signed_bits = std::make_signed_t<typename s::bits>;
    const auto e = static_cast<typename s::bits>(static_cast<signed_bits>(shifted) >> s::mantissa);
    const T m = std::bit_cast<T>(std::bit_cast<typename s::bits>(u) - (e << s::mantissa));
    const T x = (m - 1) / (m + 1), xx = x * x;
    T sum = T(1) / T(2 * s::log_terms - 1);
    for (int k = s::log_terms - 1; k >= 1; --k) sum = sum * xx + T(1) / T(2 * k - 1);
    return T(-4) * x * sum - s::exponent(e) * T(2 * std::numbers::ln2);
}

/// sin and cos of x in [-pi/4, pi/4), by their Taylor series.
template <class T>
inline void sine_cosine(T x, T& sine, T& cosine) {
    constexpr int terms = series<T>::trigonometric_terms;
    const T xx = x * x;
    T s = 1, c = 1;
    for (int k = terms; k >= 1; --k) {
        if (k < terms) s = 1 - xx * s / T((2 * k) * (2 * k + 1));
        c = 1 - xx * c / T((2 * k - 1) * (2 * k));
    }
    sine = x * s;
    cosine = c;
}

/// z0 = r cos(theta), z1 = r sin(theta), with r^2 = -2 ln(u(x)) and theta = 2 pi y / 2^bits.
template <class T>
inline void box_muller(const block<typename series<T>::bits>& x,
                       const block<typename series<T>::bits>& y, T* z0, T* z1) {
    using s = series<T>;
    constexpr int top = sizeof(T) * 8;
    alignas(64) block<T> radius, first, second;
    for (std::size_t i = 0; i < width; ++i) radius[i] = minus_two_log(s::uniform(x[i]));
    for (std::size_t i = 0; i < width; ++i) {
        const auto quarter = (y[i] + (typename s::bits{1} << (top - 3))) >> (top - 2);
        T sine, cosine;
        sine_cosine(s::quarter_part(y[i]) * T(std::numbers::pi / 2), sine, cosine);
        // Turn (cos, sin) by `quarter` right angles.
        const T along = (quarter & 1) ? sine : cosine, across = (quarter & 1) ? cosine : sine;
        first[i] = ((quarter + 1) & 2) ? -along : along;
        second[i] = (quarter & 2) ? -across : across;
    }
    // Eigen's square root is a packet instruction; std::sqrt sets errno, and stays scalar.
    using row = Eigen::Array<T, static_cast<int>(width), 1>;
    const row r = Eigen::Map<const row>(radius.data()).sqrt();
    Eigen::Map<row>{z0} = r * Eigen::Map<const row>(first.data());
    Eigen::Map<row>{z1} = r * Eigen::Map<const row>(second.data());
}

}  // namespace fokker::noise
