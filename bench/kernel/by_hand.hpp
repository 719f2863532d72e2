/// What one would write without the library, as well as one can.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <utility>

#include <Eigen/Core>

/// What a pass does beside its sum.
enum class extra { none, kept, clipped };

/// v[0] = c[0] v[0] + c[1] v[1] + ..
template <class T, std::size_t N>
void hand_statement(std::array<Eigen::ArrayX<T>, N>& v, const std::array<T, N>& c) {
    [&]<std::size_t... I>(std::index_sequence<I...>) {
        v[0] = (... + (c[I] * v[I]));
    }(std::make_index_sequence<N>{});
}

inline float widen(float x) { return x; }
inline double widen(double x) { return x; }
inline float widen(Eigen::bfloat16 x) {
    return std::bit_cast<float>(std::uint32_t{Eigen::numext::bit_cast<std::uint16_t>(x)} << 16);
}
inline void narrow(float x, float& out) { out = x; }
inline void narrow(double x, double& out) { out = x; }
/// Without the case of not-a-number.
inline void narrow(float x, Eigen::bfloat16& out) {
    const auto bits = std::bit_cast<std::uint32_t>(x);
    out = Eigen::numext::bit_cast<Eigen::bfloat16>(
        static_cast<std::uint16_t>((bits + 0x7fffu + ((bits >> 16) & 1u)) >> 16));
}

inline float widen(Eigen::half x) { return static_cast<float>(x); }
inline void narrow(float x, Eigen::half& out) { out = static_cast<Eigen::half>(x); }

/// One loop for all operands. `kept` and the arrays from v[1] on do not overlap v[0].
template <extra Extra, class T, class C, std::size_t N>
void hand_loop(std::size_t size, const std::array<T*, N>& v, T* __restrict kept_out,
               const std::array<C, N>& weights, const std::array<C, 2>& prediction) {
    T* __restrict x = v[0];
    const auto c = weights;
    const auto k = prediction;
    const auto others = v;
    for (std::size_t i = 0; i < size; ++i) {
        const C state = widen(x[i]);
        C output = widen(others[1][i]);
        if constexpr (Extra == extra::clipped)
            output = std::clamp(k[0] * state + k[1] * output, C(-1), C(1));
        C sum = c[0] * state + c[1] * output;
        [&]<std::size_t... I>(std::index_sequence<I...>) {
            ((sum += c[I + 2] * widen(others[I + 2][i])), ...);
        }(std::make_index_sequence<N - 2>{});
        if constexpr (Extra == extra::kept) narrow(k[0] * state + k[1] * output, kept_out[i]);
        narrow(sum, x[i]);
    }
}

#if defined(__F16C__)
/// The same eight at a time. Sizes are multiples of eight.
template <extra Extra, std::size_t N>
void hand_loop(std::size_t size, const std::array<Eigen::half*, N>& v, Eigen::half* kept_out,
               const std::array<float, N>& c, const std::array<float, 2>& k) {
    const auto load = [](const Eigen::half* in) {
        return _mm256_cvtph_ps(_mm_loadu_si128(reinterpret_cast<const __m128i*>(in)));
    };
    const auto store = [](__m256 a, Eigen::half* out) {
        _mm_storeu_si128(reinterpret_cast<__m128i*>(out),
                         _mm256_cvtps_ph(a, _MM_FROUND_TO_NEAREST_INT));
    };
    const auto times = [](float a, __m256 b) { return _mm256_mul_ps(_mm256_set1_ps(a), b); };
    for (std::size_t i = 0; i < size; i += 8) {
        const __m256 state = load(v[0] + i);
        __m256 output = load(v[1] + i);
        if constexpr (Extra == extra::clipped) {
            output = _mm256_add_ps(times(k[0], state), times(k[1], output));
            output = _mm256_min_ps(_mm256_max_ps(output, _mm256_set1_ps(-1)), _mm256_set1_ps(1));
        }
        __m256 sum = _mm256_add_ps(times(c[0], state), times(c[1], output));
        for (std::size_t n = 2; n < N; ++n) sum = _mm256_add_ps(sum, times(c[n], load(v[n] + i)));
        if constexpr (Extra == extra::kept)
            store(_mm256_add_ps(times(k[0], state), times(k[1], output)), kept_out + i);
        store(sum, v[0] + i);
    }
}
#endif
