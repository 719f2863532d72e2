/// Reduced precision: Eigen::half and Eigen::bfloat16 are stored, arithmetic is in float. Eigen
/// converts them one by one; these take a register at a time, and round to nearest even (bfloat16
/// below 1e-38 may become zero).
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <type_traits>

#include <Eigen/Core>

#include <fokker/kernel/lanes.hpp>
#include <fokker/target.hpp>

FOKKER_MAY_BE_UNSET

namespace fokker::inline FOKKER_TARGET::kernel {

/// Element types that are stored in 16 bits.
template <class T>
concept reduced = std::same_as<T, Eigen::half> || std::same_as<T, Eigen::bfloat16>;

/// What is computed with where T is stored.
template <class T>
using arithmetic = std::conditional_t<reduced<T>, float, T>;

/// A register of floats.
inline constexpr std::size_t wide_count = lane_count<float>;
using wide = lanes<float>;

namespace detail {

using wide_words = words32;
using signed_words = lanes<std::int32_t>;
using narrow_words = lanes<std::uint16_t, register_bytes / 2>;

template <reduced T>
FOKKER_ALWAYS_INLINE inline wide_words load_words(const T* in) {
#if defined(FOKKER_GNU) && defined(__AVX512F__)
    return wide_words(_mm512_cvtepu16_epi32(load_bits<__m256i>(in)));
#elif defined(FOKKER_GNU) && defined(__AVX2__)
    return wide_words(_mm256_cvtepu16_epi32(load_bits<__m128i>(in)));
#else
    return converted<wide_words>(load_bits<narrow_words>(in));
#endif
}

template <reduced T>
FOKKER_ALWAYS_INLINE inline void store_words(wide_words bits, T* out) {
    const narrow_words low = converted<narrow_words>(bits);
    store(low, out);
}

}  // namespace detail

/// wide_count numbers as floats; the noise beside reduced numbers is one already.
FOKKER_ALWAYS_INLINE inline wide widened(const float* in) { return load(in); }

FOKKER_ALWAYS_INLINE inline wide widened(const Eigen::bfloat16* in) {
    return wide(detail::load_words(in) << 16);
}

FOKKER_ALWAYS_INLINE inline wide widened(const Eigen::half* in) {
#if defined(FOKKER_GNU) && defined(__AVX512F__)
    return wide(_mm512_cvtph_ps(load_bits<__m256i>(in)));
#elif defined(FOKKER_GNU) && defined(__F16C__) && defined(__AVX2__)
    return wide(_mm256_cvtph_ps(load_bits<__m128i>(in)));
#else
    // By the exponent: infinities and NaN are lifted again; subnormals are made normal by a
    // subtraction, not by a product of subnormal floats, which -ffast-math flushes to zero.
    using detail::wide_words;
    const wide_words bits = detail::load_words(in);
    const wide_words magnitude = ((bits & 0x7fffu) << 13) + (112u << 23);
    const wide_words exponent = bits & 0x7c00u;
    const auto least = wide(wide_words{} + (113u << 23));
    const auto subnormal = wide_words(wide(magnitude + (1u << 23)) - least);
    wide_words result = select(exponent == 0x7c00u, magnitude + (112u << 23), magnitude);
    result = select(exponent == 0u, subnormal, result);
    return wide(result | ((bits & 0x8000u) << 16));
#endif
}

FOKKER_ALWAYS_INLINE inline void narrow(wide value, Eigen::bfloat16* out) {
#if defined(FOKKER_GNU) && defined(__AVX512BF16__)
    // Subnormal numbers, below 1e-38, become zero here.
    const __m256bh bits = _mm512_cvtneps_pbh(__m512(value));
    store(bits, out);
#else
    using detail::wide_words;
    const wide_words bits = wide_words(value);
    const wide_words rounded = (bits + 0x7fffu + ((bits >> 16) & 1u)) >> 16;
    const auto is_nan = detail::signed_words(bits & 0x7fffffffu) > 0x7f800000;
    detail::store_words(select(is_nan, (bits >> 16) | 0x40u, rounded), out);
#endif
}

FOKKER_ALWAYS_INLINE inline void narrow(wide value, Eigen::half* out) {
#if defined(FOKKER_GNU) && defined(__AVX512F__)
    const __m256i bits = _mm512_cvtps_ph(__m512(value), _MM_FROUND_TO_NEAREST_INT);
    store(bits, out);
#elif defined(FOKKER_GNU) && defined(__F16C__) && defined(__AVX2__)
    const __m128i bits = _mm256_cvtps_ph(__m256(value), _MM_FROUND_TO_NEAREST_INT);
    store(bits, out);
#else
    using detail::wide_words;
    const wide_words bits = wide_words(value), magnitude = bits & 0x7fffffffu;
    const auto size = detail::signed_words(magnitude);
    // Adding 1/2 shifts a subnormal's bits to where they belong, and rounds them.
    const wide_words half = wide_words{} + (126u << 23);
    const wide_words subnormal = wide_words(wide(magnitude) + wide(half)) - half;
    const wide_words normal = (magnitude - (112u << 23) + 0xfffu + ((magnitude >> 13) & 1u)) >> 13;
    const wide_words beyond =
        select(size > 0x7f800000, wide_words{} + 0x7e00u, wide_words{} + 0x7c00u);
    wide_words result = select(size < (113 << 23), subnormal, normal);
    result = select(size >= (143 << 23), beyond, result);
    detail::store_words(result | ((bits >> 16) & 0x8000u), out);
#endif
}

}  // namespace fokker::kernel

FOKKER_END_MAY_BE_UNSET
