/// The vectors of kernel/lanes.hpp for compilers that have none, in standard C++: arrays of as many
/// numbers, and a loop for each operator. They have the bits of the machine's vectors.
#pragma once

#include <cmath>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <type_traits>

#include <fokker/bit_cast.hpp>
#include <fokker/target.hpp>

#if !defined(FOKKER_GNU)

FOKKER_MAY_SHADOW

namespace fokker::inline FOKKER_TARGET::kernel {

inline constexpr std::size_t register_bytes = 16;

namespace detail {

template <std::size_t Bytes>
using signed_of_bytes = std::conditional_t<
    Bytes == 8, std::int64_t,
    std::conditional_t<Bytes == 4, std::int32_t,
                       std::conditional_t<Bytes == 2, std::int16_t, std::int8_t>>>;

/// As GCC and Clang define their vectors: a comparison is -1 or 0 in each lane, a number beside
/// lanes stands for equal lanes, and lanes made of others of the same size take their bits.
template <class T, std::size_t N>
struct plain_lanes {
    using number = T;
    using mask = plain_lanes<signed_of_bytes<sizeof(T)>, N>;

    plain_lanes() = default;
    template <class U, std::size_t M>
        requires(sizeof(U) * M == sizeof(T) * N && !std::same_as<T, U>)
    FOKKER_ALWAYS_INLINE explicit plain_lanes(const plain_lanes<U, M>& bits)
        : plain_lanes(fokker::detail::bit_cast<plain_lanes>(bits)) {}

    FOKKER_ALWAYS_INLINE T& operator[](std::size_t i) { return at[i]; }
    FOKKER_ALWAYS_INLINE const T& operator[](std::size_t i) const { return at[i]; }

    /// f(i) in lane i.
    template <class F>
    FOKKER_ALWAYS_INLINE static plain_lanes of(const F& f) {
        plain_lanes made;
        for (std::size_t i = 0; i < N; ++i) made.at[i] = static_cast<T>(f(i));
        return made;
    }
    FOKKER_ALWAYS_INLINE static plain_lanes all(T x) {
        return of([=](std::size_t) { return x; });
    }

#define FOKKER_OPERATOR(sign)                                                          \
    FOKKER_ALWAYS_INLINE friend plain_lanes operator sign(const plain_lanes& a,        \
                                                          const plain_lanes& b) {      \
        return of([&](std::size_t i) { return a.at[i] sign b.at[i]; });                \
    }                                                                                  \
    FOKKER_ALWAYS_INLINE friend plain_lanes operator sign(const plain_lanes& a, T b) { \
        return of([&](std::size_t i) { return a.at[i] sign b; });                      \
    }                                                                                  \
    FOKKER_ALWAYS_INLINE friend plain_lanes operator sign(T a, const plain_lanes& b) { \
        return of([&](std::size_t i) { return a sign b.at[i]; });                      \
    }                                                                                  \
    FOKKER_ALWAYS_INLINE plain_lanes& operator sign##=(const plain_lanes& b) {         \
        return *this = *this sign b;                                                   \
    }                                                                                  \
    FOKKER_ALWAYS_INLINE plain_lanes& operator sign##=(T b) { return *this = *this sign b; }
#define FOKKER_COMPARISON(sign)                                                                  \
    FOKKER_ALWAYS_INLINE friend mask operator sign(const plain_lanes& a, const plain_lanes& b) { \
        return mask::of([&](std::size_t i) { return a.at[i] sign b.at[i] ? -1 : 0; });           \
    }                                                                                            \
    FOKKER_ALWAYS_INLINE friend mask operator sign(const plain_lanes& a, T b) {                  \
        return mask::of([&](std::size_t i) { return a.at[i] sign b ? -1 : 0; });                 \
    }

    FOKKER_OPERATOR(+)
    FOKKER_OPERATOR(-)
    FOKKER_OPERATOR(*)
    FOKKER_OPERATOR(/)
    FOKKER_OPERATOR(&)
    FOKKER_OPERATOR(|)
    FOKKER_OPERATOR(^)
    FOKKER_COMPARISON(<)
    FOKKER_COMPARISON(<=)
    FOKKER_COMPARISON(>)
    FOKKER_COMPARISON(>=)
    FOKKER_COMPARISON(==)

#undef FOKKER_OPERATOR
#undef FOKKER_COMPARISON

    FOKKER_ALWAYS_INLINE friend plain_lanes operator-(const plain_lanes& a) {
        return of([&](std::size_t i) { return -a.at[i]; });
    }
    FOKKER_ALWAYS_INLINE friend plain_lanes operator<<(const plain_lanes& a, int places) {
        return of([&](std::size_t i) { return a.at[i] << places; });
    }
    FOKKER_ALWAYS_INLINE friend plain_lanes operator>>(const plain_lanes& a, int places) {
        return of([&](std::size_t i) { return a.at[i] >> places; });
    }

    T at[N];
};

}  // namespace detail

// What these are for is said in lanes.hpp.

template <class T, std::size_t Bytes = register_bytes>
using lanes = detail::plain_lanes<T, Bytes / sizeof(T)>;

template <class To, class From>
FOKKER_ALWAYS_INLINE inline To converted(const From& x) {
    using number = typename To::number;
    return To::of([&](std::size_t i) {
        if constexpr (std::is_same_v<number, float> &&
                      std::is_same_v<typename From::number, double>) {
            // GCC 12 vectorises a loop that goes to float and back, and loses the rounding.
            const volatile float narrow = static_cast<float>(x[i]);
            return static_cast<float>(narrow);
        } else {
            return static_cast<number>(x[i]);
        }
    });
}

/// Also of single numbers.
template <class T>
FOKKER_ALWAYS_INLINE inline T select(bool which, T a, T b) {
    return which ? a : b;
}
template <class T, std::size_t N>
FOKKER_ALWAYS_INLINE inline detail::plain_lanes<T, N> select(
    const typename detail::plain_lanes<T, N>::mask& mask, const detail::plain_lanes<T, N>& a,
    const detail::plain_lanes<T, N>& b) {
    return detail::plain_lanes<T, N>::of([&](std::size_t i) { return mask[i] ? a[i] : b[i]; });
}

template <class V>
FOKKER_ALWAYS_INLINE inline V larger_of(const V& a, const V& b) {
    return kernel::select(a > b, a, b);
}

FOKKER_ALWAYS_INLINE inline lanes<std::uint64_t> multiply_low_halves(
    const lanes<std::uint64_t>& a, const lanes<std::uint64_t>& b) {
    return (a & 0xffffffffu) * (b & 0xffffffffu);
}

template <class T, std::size_t N>
FOKKER_ALWAYS_INLINE inline detail::plain_lanes<T, N> square_root(
    const detail::plain_lanes<T, N>& a) {
    return detail::plain_lanes<T, N>::of([&](std::size_t i) { return std::sqrt(a[i]); });
}

template <class T, std::size_t N>
FOKKER_ALWAYS_INLINE inline detail::plain_lanes<T, N> larger(const detail::plain_lanes<T, N>& a,
                                                             const detail::plain_lanes<T, N>& b) {
    return detail::plain_lanes<T, N>::of([&](std::size_t i) { return a[i] > b[i] ? a[i] : b[i]; });
}

FOKKER_ALWAYS_INLINE inline lanes<float> between(lanes<float> x, const lanes<float>& least,
                                                 const lanes<float>& most) {
    for (std::size_t i = 0; i < register_bytes / sizeof(float); ++i)
        if ((fokker::detail::bit_cast<std::uint32_t>(x[i]) & 0x7fffffffu) <= 0x7f800000u)
            x[i] = x[i] < least[i] ? least[i] : x[i] > most[i] ? most[i] : x[i];
    return x;
}
FOKKER_ALWAYS_INLINE inline lanes<float> bounded(const lanes<float>& x, const lanes<float>& least,
                                                 const lanes<float>& most) {
    return lanes<float>::of([&](std::size_t i) {
        const float above = x[i] < least[i] ? least[i] : x[i];
        return above > most[i] ? most[i] : above;
    });
}

template <class T, std::size_t N>
FOKKER_ALWAYS_INLINE inline detail::plain_lanes<T, N> rounded(const detail::plain_lanes<T, N>& x) {
#if defined(FOKKER_ROUNDS_LATE)
    // By way of memory that the compiler may not look into.
    return detail::plain_lanes<T, N>::of([&](std::size_t i) {
        const volatile T seen = x[i];
        return seen;
    });
#else
    return x;
#endif
}

template <std::floating_point T>
FOKKER_ALWAYS_INLINE inline T rounded(T x) {
#if defined(FOKKER_ROUNDS_LATE)
    const volatile T seen = x;
    return seen;
#else
    return x;
#endif
}

template <class T>
FOKKER_ALWAYS_INLINE inline T in_register(T x) {
    return x;
}

template <class T, std::size_t N>
FOKKER_ALWAYS_INLINE inline detail::plain_lanes<T, N> multiply_add(
    const detail::plain_lanes<T, N>& a, const detail::plain_lanes<T, N>& b,
    const detail::plain_lanes<T, N>& c) {
    return detail::plain_lanes<T, N>::of([&](std::size_t i) { return a[i] * b[i] + c[i]; });
}

FOKKER_ALWAYS_INLINE inline lanes<float> with_product(const lanes<float>& x, const lanes<float>& a,
                                                      const lanes<float>& b) {
    return kernel::rounded(x + a * b);
}
FOKKER_ALWAYS_INLINE inline lanes<float> without_product(const lanes<float>& x,
                                                         const lanes<float>& a,
                                                         const lanes<float>& b) {
    return kernel::rounded(x - a * b);
}

template <class T>
FOKKER_ALWAYS_INLINE inline lanes<T> interleave_lower(const lanes<T>& a, const lanes<T>& b) {
    return lanes<T>::of([&](std::size_t i) { return i % 2 == 0 ? a[i / 2] : b[i / 2]; });
}
template <class T>
FOKKER_ALWAYS_INLINE inline lanes<T> interleave_upper(const lanes<T>& a, const lanes<T>& b) {
    constexpr std::size_t half = register_bytes / sizeof(T) / 2;
    return lanes<T>::of(
        [&](std::size_t i) { return i % 2 == 0 ? a[half + i / 2] : b[half + i / 2]; });
}

FOKKER_ALWAYS_INLINE inline lanes<double> upper_half_as_double(const lanes<std::uint64_t>& a) {
    return lanes<double>::of(
        [&](std::size_t i) { return static_cast<double>(static_cast<std::int32_t>(a[i] >> 32)); });
}

FOKKER_ALWAYS_INLINE inline void prefetch(const void*) {}

}  // namespace fokker::kernel

FOKKER_END_MAY_SHADOW

#endif
