/// Vectors of the machine: as many numbers as one register holds, with the operators of a number.
/// Compilers vectorise loops differently, and GCC at -O2 hardly; code written this way is fast with
/// either, at any level and with any flags. Compilers without vector types take plain loops.
#pragma once

#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <type_traits>
#include <utility>

#include <fokker/bit_cast.hpp>
#include <fokker/kernel/plain_lanes.hpp>
#include <fokker/target.hpp>

// emscripten's SSE (-msse2) is made of WebAssembly's vectors, and has no assembler.
#if defined(FOKKER_GNU) && defined(__AVX2__)
#include <immintrin.h>
#elif defined(FOKKER_GNU) && defined(__SSE2__) && !defined(__wasm__)
#include <emmintrin.h>  // <immintrin.h> takes a third of a second to compile
#elif defined(FOKKER_GNU) && defined(__aarch64__)
#include <arm_neon.h>
#elif defined(FOKKER_GNU) && defined(__wasm_simd128__)
#include <wasm_simd128.h>
#endif

FOKKER_MAY_BE_UNSET

namespace fokker::inline FOKKER_TARGET::kernel {

static_assert(std::endian::native == std::endian::little,
              "fokker: the noise pairs 32-bit words as a little-endian machine does");

#if defined(FOKKER_GNU)
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
#endif

template <class T>
inline constexpr std::size_t lane_count = register_bytes / sizeof(T);

using words32 = lanes<std::uint32_t>;
using words64 = lanes<std::uint64_t>;

#if defined(FOKKER_GNU)

/// The 64-bit product of the low half of each lane.
FOKKER_ALWAYS_INLINE inline words64 multiply_low_halves(words64 a, words64 b) {
#if defined(__AVX512F__)
    return words64(_mm512_mul_epu32(__m512i(a), __m512i(b)));
#elif defined(__AVX2__)
    return words64(_mm256_mul_epu32(__m256i(a), __m256i(b)));
#elif defined(__SSE2__) && !defined(__wasm__)
    return words64(_mm_mul_epu32(__m128i(a), __m128i(b)));
#elif defined(__aarch64__)
    return words64(vmull_u32(vmovn_u64(uint64x2_t(a)), vmovn_u64(uint64x2_t(b))));
#elif defined(__wasm_simd128__)
    const auto low_halves = [](words64 x) FOKKER_INLINE_LAMBDA {
        return wasm_i32x4_shuffle(v128_t(x), v128_t(x), 0, 2, 0, 2);
    };
    return words64(wasm_u64x2_extmul_low_u32x4(low_halves(a), low_halves(b)));
#else
    return (a & 0xffffffffu) * (b & 0xffffffffu);
#endif
}

/// Square roots, correctly rounded. (std::sqrt sets errno, and stays scalar for it.)
FOKKER_ALWAYS_INLINE inline lanes<float> square_root(lanes<float> a) {
#if defined(__AVX512F__)
    return lanes<float>(_mm512_sqrt_ps(__m512(a)));
#elif defined(__AVX2__)
    return lanes<float>(_mm256_sqrt_ps(__m256(a)));
#elif defined(__SSE2__) && !defined(__wasm__)
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

FOKKER_ALWAYS_INLINE inline lanes<double> square_root(lanes<double> a) {
#if defined(__AVX512F__)
    return lanes<double>(_mm512_sqrt_pd(__m512d(a)));
#elif defined(__AVX2__)
    return lanes<double>(_mm256_sqrt_pd(__m256d(a)));
#elif defined(__SSE2__) && !defined(__wasm__)
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

/// The larger of two lanes. Where one is not a number, either of them.
FOKKER_ALWAYS_INLINE inline lanes<float> larger(lanes<float> a, lanes<float> b) {
#if defined(__AVX512F__)
    return lanes<float>(_mm512_max_ps(__m512(a), __m512(b)));
#elif defined(__AVX2__)
    return lanes<float>(_mm256_max_ps(__m256(a), __m256(b)));
#elif defined(__SSE2__) && !defined(__wasm__)
    return lanes<float>(_mm_max_ps(__m128(a), __m128(b)));
#elif defined(__wasm_simd128__)
    return lanes<float>(wasm_f32x4_pmax(v128_t(a), v128_t(b)));
#else
    return a > b ? a : b;
#endif
}
FOKKER_ALWAYS_INLINE inline lanes<double> larger(lanes<double> a, lanes<double> b) {
#if defined(__AVX512F__)
    return lanes<double>(_mm512_max_pd(__m512d(a), __m512d(b)));
#elif defined(__AVX2__)
    return lanes<double>(_mm256_max_pd(__m256d(a), __m256d(b)));
#elif defined(__SSE2__) && !defined(__wasm__)
    return lanes<double>(_mm_max_pd(__m128d(a), __m128d(b)));
#elif defined(__wasm_simd128__)
    return lanes<double>(wasm_f64x2_pmax(v128_t(a), v128_t(b)));
#else
    return a > b ? a : b;
#endif
}
FOKKER_ALWAYS_INLINE inline lanes<std::int32_t> larger(lanes<std::int32_t> a,
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
FOKKER_ALWAYS_INLINE inline lanes<float> between(lanes<float> x, lanes<float> least,
                                                 lanes<float> most) {
    // Where one operand is not a number, the result is the second one.
#if defined(__AVX512F__)
    asm("vmaxps %1, %2, %0" : "=v"(x) : "v"(x), "v"(least));
    asm("vminps %1, %2, %0" : "=v"(x) : "v"(x), "v"(most));
#elif defined(__AVX__) && !defined(__wasm__)
    asm("vmaxps %1, %2, %0" : "=x"(x) : "x"(x), "x"(least));
    asm("vminps %1, %2, %0" : "=x"(x) : "x"(x), "x"(most));
#elif defined(__SSE2__) && !defined(__wasm__)
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

/// x itself, rounded. Otherwise compilers may make one instruction of a product and the sum after
/// it, which rounds differently, and -ffast-math takes sums apart. What is computed with it has the
/// same bits on all machines.
template <class V>
FOKKER_ALWAYS_INLINE inline V rounded(V x) {
#if defined(__AVX512F__)
    asm("" : "+v"(x));
#elif defined(__SSE2__) && !defined(__wasm__)
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

/// x itself, in a register of its own, of which the compiler knows nothing more. Only where there
/// is such a word for it: what needs that for its bits takes `rounded`.
template <class T>
FOKKER_ALWAYS_INLINE inline T in_register(T x) {
#if defined(__x86_64__) || defined(__aarch64__)
    if constexpr (std::is_integral_v<T> || std::is_pointer_v<T>)
        asm("" : "+r"(x));
    else
#if defined(__x86_64__)
        asm("" : "+x"(x));
#else
        asm("" : "+w"(x));
#endif
#endif
    return x;
}

/// x + a b and x - a b, where the product is exact: so a fused instruction has the bits of two.
FOKKER_ALWAYS_INLINE inline lanes<float> with_product(lanes<float> x, lanes<float> a,
                                                      lanes<float> b) {
#if defined(__AVX512F__)
    return lanes<float>(_mm512_fmadd_ps(__m512(a), __m512(b), __m512(x)));
#elif defined(__AVX2__) && defined(__FMA__)
    return lanes<float>(_mm256_fmadd_ps(__m256(a), __m256(b), __m256(x)));
#else
    return rounded(x + a * b);
#endif
}
FOKKER_ALWAYS_INLINE inline lanes<float> without_product(lanes<float> x, lanes<float> a,
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
FOKKER_ALWAYS_INLINE inline lanes<float> bounded(lanes<float> x, lanes<float> least,
                                                 lanes<float> most) {
#if defined(__AVX512F__)
    return lanes<float>(_mm512_min_ps(__m512(most), _mm512_max_ps(__m512(least), __m512(x))));
#elif defined(__AVX2__)
    return lanes<float>(_mm256_min_ps(__m256(most), _mm256_max_ps(__m256(least), __m256(x))));
#elif defined(__SSE2__) && !defined(__wasm__)
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

#if defined(__CUDACC__)  // whose C++ loses a pack in the argument list of a builtin
template <class T, std::size_t Half, std::size_t... I>
FOKKER_ALWAYS_INLINE inline lanes<T> interleave(lanes<T> a, lanes<T> b, std::index_sequence<I...>) {
    constexpr int size = static_cast<int>(lane_count<T>);
    const auto lane = [&](int i) FOKKER_INLINE_LAMBDA { return i < size ? a[i] : b[i - size]; };
    return lanes<T>{lane(interleaved<T>(I, Half))...};
}
template <class T, std::size_t... I>
FOKKER_ALWAYS_INLINE inline lanes<T> from_signed_high_halves(lanes<std::int32_t> a,
                                                             std::index_sequence<I...>) {
    return lanes<T>{static_cast<T>(a[2 * I + 1])...};
}
#else
template <class T, std::size_t Half, std::size_t... I>
FOKKER_ALWAYS_INLINE inline lanes<T> interleave(lanes<T> a, lanes<T> b, std::index_sequence<I...>) {
    return __builtin_shufflevector(a, b, interleaved<T>(I, Half)...);
}

template <class T, std::size_t... I>
FOKKER_ALWAYS_INLINE inline lanes<T> from_signed_high_halves(lanes<std::int32_t> a,
                                                             std::index_sequence<I...>) {
    return __builtin_convertvector(__builtin_shufflevector(a, a, (2 * static_cast<int>(I) + 1)...),
                                   lanes<T>);
}
#endif

}  // namespace detail

/// a0 b0 a1 b1 .. of the lower half of each 16 bytes, and of the upper half.
template <class T>
FOKKER_ALWAYS_INLINE inline lanes<T> interleave_lower(lanes<T> a, lanes<T> b) {
    return detail::interleave<T, 0>(a, b, std::make_index_sequence<lane_count<T>>{});
}
template <class T>
FOKKER_ALWAYS_INLINE inline lanes<T> interleave_upper(lanes<T> a, lanes<T> b) {
    return detail::interleave<T, 8 / sizeof(T)>(a, b, std::make_index_sequence<lane_count<T>>{});
}

/// The signed upper half of each 64-bit lane, as a double.
FOKKER_ALWAYS_INLINE inline lanes<double> upper_half_as_double(words64 a) {
    return detail::from_signed_high_halves<double>(lanes<std::int32_t>(a),
                                                   std::make_index_sequence<lane_count<double>>{});
}

/// x in another element type, number by number.
template <class To, class From>
FOKKER_ALWAYS_INLINE inline To converted(From x) {
    return __builtin_convertvector(x, To);
}

/// Where a lane of the mask, a comparison, holds, that of a, and otherwise of b.
template <class Mask, class V>
FOKKER_ALWAYS_INLINE inline V select(Mask mask, V a, V b) {
    return mask ? a : b;
}

/// The larger of two numbers, or of two lanes in vectors of any size.
template <class V>
FOKKER_ALWAYS_INLINE inline V larger_of(V a, V b) {
    return a > b ? a : b;
}

/// a b + c, of which compilers make one instruction where the machine has it.
template <class V>
FOKKER_ALWAYS_INLINE inline V multiply_add(V a, V b, V c) {
    return a * b + c;
}

/// Asks for the memory at `at`, which will be read soon.
FOKKER_ALWAYS_INLINE inline void prefetch(const void* at) { __builtin_prefetch(at); }

#endif

/// The smaller of two lanes. Where one is not a number, either of them.
template <class V>
FOKKER_ALWAYS_INLINE inline V smaller(V a, V b) {
    return -larger(-a, -b);
}

/// From and to memory that need not be aligned.
template <class V>
FOKKER_ALWAYS_INLINE inline V load_bits(const void* in) {
    V a;
    std::memcpy(&a, in, sizeof(a));
    return a;
}
template <class T>
FOKKER_ALWAYS_INLINE inline lanes<T> load(const T* in) {
    return load_bits<lanes<T>>(in);
}
template <class V, class T>
FOKKER_ALWAYS_INLINE inline void store(V a, T* out) {
    std::memcpy(static_cast<void*>(out), &a, sizeof(V));
}

}  // namespace fokker::kernel

FOKKER_END_MAY_BE_UNSET
