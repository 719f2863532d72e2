/// Vectors of the machine: as many numbers as one register holds, with the operators of a number.
/// Compilers vectorise loops differently, and GCC at -O2 hardly; code written this way is fast with
/// either, at any level and with any flags.
#pragma once

#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <type_traits>
#include <utility>

#if defined(__AVX2__)
#include <immintrin.h>
#elif defined(__SSE2__)
#include <emmintrin.h>  // <immintrin.h> takes a third of a second to compile
#elif defined(__aarch64__)
#include <arm_neon.h>
#elif defined(__wasm_simd128__)
#include <wasm_simd128.h>
#endif

#include <fokker/bit_cast.hpp>
#include <fokker/target.hpp>

#if !defined(__GNUC__) && !defined(__clang__)
#error "fokker needs the vector types of GCC and Clang; on Windows compile with clang-cl"
#endif

#if defined(__GNUC__) && !defined(__clang__) && defined(__AVX512F__)
// GCC's own header of intrinsics initialises a vector by itself where its value does not matter,
// and GCC warns of it wherever that is inlined (GCC bug 105593). Each file of the kernel that uses
// vectors has this block, and takes it back at its end: a user's own warnings stay as they are.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wuninitialized"
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#endif

namespace fokker::inline FOKKER_TARGET::kernel {

static_assert(std::endian::native == std::endian::little,
              "fokker: the noise pairs 32-bit words as a little-endian machine does");

#if defined(__AVX512F__)
inline constexpr std::size_t register_bytes = 64;
#elif defined(__AVX2__)
inline constexpr std::size_t register_bytes = 32;
#else
inline constexpr std::size_t register_bytes = 16;
#endif

namespace detail {
template <class T, std::size_t Bytes>
struct lanes_of {
    typedef T type __attribute__((vector_size(Bytes)));
};
}  // namespace detail

/// register_bytes / sizeof(T) numbers.
template <class T, std::size_t Bytes = register_bytes>
using lanes = typename detail::lanes_of<T, Bytes>::type;

template <class T>
inline constexpr std::size_t lane_count = register_bytes / sizeof(T);

using words32 = lanes<std::uint32_t>;
using words64 = lanes<std::uint64_t>;

/// The 64-bit product of the low half of each lane.
[[gnu::always_inline]] inline words64 multiply_low_halves(words64 a, words64 b) {
#if defined(__AVX512F__)
    return words64(_mm512_mul_epu32(__m512i(a), __m512i(b)));
#elif defined(__AVX2__)
    return words64(_mm256_mul_epu32(__m256i(a), __m256i(b)));
#elif defined(__SSE2__)
    return words64(_mm_mul_epu32(__m128i(a), __m128i(b)));
#elif defined(__aarch64__)
    return words64(vmull_u32(vmovn_u64(uint64x2_t(a)), vmovn_u64(uint64x2_t(b))));
#elif defined(__wasm_simd128__)
    const auto low_halves = [](words64 x) __attribute__((always_inline)) {
        return wasm_i32x4_shuffle(v128_t(x), v128_t(x), 0, 2, 0, 2);
    };
    return words64(wasm_u64x2_extmul_low_u32x4(low_halves(a), low_halves(b)));
#else
    return (a & 0xffffffffu) * (b & 0xffffffffu);
#endif
}

/// Square roots, correctly rounded. (std::sqrt sets errno, and stays scalar for it.)
[[gnu::always_inline]] inline lanes<float> square_root(lanes<float> a) {
#if defined(__AVX512F__)
    return lanes<float>(_mm512_sqrt_ps(__m512(a)));
#elif defined(__AVX2__)
    return lanes<float>(_mm256_sqrt_ps(__m256(a)));
#elif defined(__SSE2__)
    return lanes<float>(_mm_sqrt_ps(__m128(a)));
#elif defined(__aarch64__)
    return lanes<float>(vsqrtq_f32(float32x4_t(a)));
#elif defined(__wasm_simd128__)
    return lanes<float>(wasm_f32x4_sqrt(v128_t(a)));
#else
    for (std::size_t i = 0; i < lane_count<float>; ++i) a[i] = std::sqrt(a[i]);
    return a;
#endif
}

[[gnu::always_inline]] inline lanes<double> square_root(lanes<double> a) {
#if defined(__AVX512F__)
    return lanes<double>(_mm512_sqrt_pd(__m512d(a)));
#elif defined(__AVX2__)
    return lanes<double>(_mm256_sqrt_pd(__m256d(a)));
#elif defined(__SSE2__)
    return lanes<double>(_mm_sqrt_pd(__m128d(a)));
#elif defined(__aarch64__)
    return lanes<double>(vsqrtq_f64(float64x2_t(a)));
#elif defined(__wasm_simd128__)
    return lanes<double>(wasm_f64x2_sqrt(v128_t(a)));
#else
    for (std::size_t i = 0; i < lane_count<double>; ++i) a[i] = std::sqrt(a[i]);
    return a;
#endif
}

/// The larger of two lanes, and the smaller. Where one is not a number, either of them.
[[gnu::always_inline]] inline lanes<float> larger(lanes<float> a, lanes<float> b) {
#if defined(__AVX512F__)
    return lanes<float>(_mm512_max_ps(__m512(a), __m512(b)));
#elif defined(__AVX2__)
    return lanes<float>(_mm256_max_ps(__m256(a), __m256(b)));
#elif defined(__SSE2__)
    return lanes<float>(_mm_max_ps(__m128(a), __m128(b)));
#elif defined(__wasm_simd128__)
    return lanes<float>(wasm_f32x4_pmax(v128_t(a), v128_t(b)));
#else
    return a > b ? a : b;
#endif
}
[[gnu::always_inline]] inline lanes<double> larger(lanes<double> a, lanes<double> b) {
#if defined(__AVX512F__)
    return lanes<double>(_mm512_max_pd(__m512d(a), __m512d(b)));
#elif defined(__AVX2__)
    return lanes<double>(_mm256_max_pd(__m256d(a), __m256d(b)));
#elif defined(__SSE2__)
    return lanes<double>(_mm_max_pd(__m128d(a), __m128d(b)));
#elif defined(__wasm_simd128__)
    return lanes<double>(wasm_f64x2_pmax(v128_t(a), v128_t(b)));
#else
    return a > b ? a : b;
#endif
}
[[gnu::always_inline]] inline lanes<std::int32_t> larger(lanes<std::int32_t> a,
                                                         lanes<std::int32_t> b) {
#if defined(__AVX512F__)
    return lanes<std::int32_t>(_mm512_max_epi32(__m512i(a), __m512i(b)));
#elif defined(__AVX2__)
    return lanes<std::int32_t>(_mm256_max_epi32(__m256i(a), __m256i(b)));
#elif defined(__wasm_simd128__)
    return lanes<std::int32_t>(wasm_i32x4_max(v128_t(a), v128_t(b)));
#else
    return a > b ? a : b;
#endif
}
/// As `bounded`, but not-a-number stays whatever the flags of the compiler.
[[gnu::always_inline]] inline lanes<float> between(lanes<float> x, lanes<float> least,
                                                   lanes<float> most) {
    // Where one operand is not a number, the result is the second one.
#if defined(__AVX512F__)
    asm("vmaxps %1, %2, %0" : "=v"(x) : "v"(x), "v"(least));
    asm("vminps %1, %2, %0" : "=v"(x) : "v"(x), "v"(most));
#elif defined(__AVX__)
    asm("vmaxps %1, %2, %0" : "=x"(x) : "x"(x), "x"(least));
    asm("vminps %1, %2, %0" : "=x"(x) : "x"(x), "x"(most));
#elif defined(__SSE2__)
    asm("maxps %1, %0" : "+x"(least) : "x"(x));
    asm("minps %1, %0" : "+x"(most) : "x"(least));
    x = most;
#elif defined(__aarch64__)
    x = lanes<float>(vminq_f32(vmaxq_f32(float32x4_t(x), float32x4_t(least)), float32x4_t(most)));
#elif defined(__wasm_simd128__)
    x = lanes<float>(wasm_f32x4_min(wasm_f32x4_max(v128_t(x), v128_t(least)), v128_t(most)));
#else
    for (std::size_t i = 0; i < lane_count<float>; ++i)
        if ((fokker::detail::bit_cast<std::uint32_t>(x[i]) & 0x7fffffffu) <= 0x7f800000u)
            x[i] = x[i] < least[i] ? least[i] : x[i] > most[i] ? most[i] : x[i];
#endif
    return x;
}
template <class V>
[[gnu::always_inline]] inline V smaller(V a, V b) {
    return -larger(-a, -b);
}

/// x itself, rounded. Otherwise compilers may make one instruction of a product and the sum after
/// it, which rounds differently, and -ffast-math takes sums apart. What is computed with it has the
/// same bits on all machines.
template <class V>
[[gnu::always_inline]] inline V rounded(V x) {
#if defined(__AVX512F__)
    asm("" : "+v"(x));
#elif defined(__SSE2__)
    asm("" : "+x"(x));
#elif defined(__aarch64__)
    asm("" : "+w"(x));
#elif defined(__wasm_simd128__)
    asm("" : "+r"(x));
#elif !defined(__wasm__) || defined(__FAST_MATH__)
    asm("" : "+m"(x));
#endif
    return x;
}

/// x + a b and x - a b, where the product is exact: so a fused instruction has the bits of two.
[[gnu::always_inline]] inline lanes<float> with_product(lanes<float> x, lanes<float> a,
                                                        lanes<float> b) {
#if defined(__AVX512F__)
    return lanes<float>(_mm512_fmadd_ps(__m512(a), __m512(b), __m512(x)));
#elif defined(__AVX2__) && defined(__FMA__)
    return lanes<float>(_mm256_fmadd_ps(__m256(a), __m256(b), __m256(x)));
#else
    return rounded(x + a * b);
#endif
}
[[gnu::always_inline]] inline lanes<float> without_product(lanes<float> x, lanes<float> a,
                                                           lanes<float> b) {
#if defined(__AVX512F__)
    return lanes<float>(_mm512_fnmadd_ps(__m512(a), __m512(b), __m512(x)));
#elif defined(__AVX2__) && defined(__FMA__)
    return lanes<float>(_mm256_fnmadd_ps(__m256(a), __m256(b), __m256(x)));
#else
    return rounded(x - a * b);
#endif
}

/// Each lane of x, but at least `least` and at most `most`. Not-a-number stays, but under
/// -ffast-math.
[[gnu::always_inline]] inline lanes<float> bounded(lanes<float> x, lanes<float> least,
                                                   lanes<float> most) {
#if defined(__AVX512F__)
    return lanes<float>(_mm512_min_ps(__m512(most), _mm512_max_ps(__m512(least), __m512(x))));
#elif defined(__AVX2__)
    return lanes<float>(_mm256_min_ps(__m256(most), _mm256_max_ps(__m256(least), __m256(x))));
#elif defined(__SSE2__)
    return lanes<float>(_mm_min_ps(__m128(most), _mm_max_ps(__m128(least), __m128(x))));
#else
    x = x < least ? least : x;
    return x > most ? most : x;
#endif
}

namespace detail {

/// Where lane i of an interleaving comes from: in each 16 bytes, the halves that begin at `half`.
template <class T>
constexpr int interleaved(std::size_t i, std::size_t half) {
    constexpr std::size_t in_sixteen = 16 / sizeof(T);
    const std::size_t lane = i / in_sixteen * in_sixteen + i % in_sixteen / 2 + half;
    return static_cast<int>(lane + (i % 2 == 0 ? 0 : lane_count<T>));
}

template <class T, std::size_t Half, std::size_t... I>
[[gnu::always_inline]] inline lanes<T> interleave(lanes<T> a, lanes<T> b,
                                                  std::index_sequence<I...>) {
    return __builtin_shufflevector(a, b, interleaved<T>(I, Half)...);
}

template <class T, std::size_t... I>
[[gnu::always_inline]] inline lanes<T> from_signed_high_halves(lanes<std::int32_t> a,
                                                               std::index_sequence<I...>) {
    return __builtin_convertvector(__builtin_shufflevector(a, a, (2 * static_cast<int>(I) + 1)...),
                                   lanes<T>);
}

}  // namespace detail

/// a0 b0 a1 b1 .. of the lower half of each 16 bytes, and of the upper half.
template <class T>
[[gnu::always_inline]] inline lanes<T> interleave_lower(lanes<T> a, lanes<T> b) {
    return detail::interleave<T, 0>(a, b, std::make_index_sequence<lane_count<T>>{});
}
template <class T>
[[gnu::always_inline]] inline lanes<T> interleave_upper(lanes<T> a, lanes<T> b) {
    return detail::interleave<T, 8 / sizeof(T)>(a, b, std::make_index_sequence<lane_count<T>>{});
}

/// The signed upper half of each 64-bit lane, as a double.
[[gnu::always_inline]] inline lanes<double> upper_half_as_double(words64 a) {
    return detail::from_signed_high_halves<double>(lanes<std::int32_t>(a),
                                                   std::make_index_sequence<lane_count<double>>{});
}

/// From and to memory that need not be aligned.
template <class V>
[[gnu::always_inline]] inline V load_bits(const void* in) {
    V a;
    std::memcpy(&a, in, sizeof(a));
    return a;
}
template <class T>
[[gnu::always_inline]] inline lanes<T> load(const T* in) {
    return load_bits<lanes<T>>(in);
}
template <class V, class T>
[[gnu::always_inline]] inline void store(V a, T* out) {
    std::memcpy(static_cast<void*>(out), &a, sizeof(V));
}

}  // namespace fokker::kernel

#if defined(__GNUC__) && !defined(__clang__) && defined(__AVX512F__)
#pragma GCC diagnostic pop
#endif
