/// Exponentials in the lanes of a register. Without the standard library and without fused
/// instructions, so that their bits are the same on all machines.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include <fokker/bit_cast.hpp>
#include <fokker/kernel/lanes.hpp>
#include <fokker/kernel/unrolled.hpp>
#include <fokker/target.hpp>

FOKKER_MAY_BE_UNSET

FOKKER_MAY_SHADOW

namespace fokker::inline FOKKER_TARGET::kernel {

namespace detail {

/// A polynomial in f of an odd degree, whose constant is the last coefficient. In pairs, as half as
/// many steps then wait for each other.
template <class V, class T, std::size_t N>
FOKKER_ALWAYS_INLINE inline V polynomial(V f, const std::array<T, N>& c) {
    static_assert(N % 2 == 0);
    const V square = kernel::rounded(f * f);
    V p{};
    unrolled<N / 2>([&](auto i) FOKKER_INLINE_LAMBDA {
        const V pair = kernel::rounded(kernel::rounded(f * c[2 * i]) + c[2 * i + 1]);
        if constexpr (i == 0)
            p = pair;
        else
            p = kernel::rounded(kernel::rounded(p * square) + pair);
    });
    return p;
}

// Adding one of these rounds to a whole number, which then stands in the lowest bits.
inline constexpr float whole_float = 0x1.8p23f;
inline constexpr double whole_double = 0x1.8p52;

}  // namespace detail

/// 2^y for y <= 0, right to 2e-7 of itself; 1 at 0. Below -126 it is no more than 2^-126.
FOKKER_ALWAYS_INLINE inline lanes<float> power_of_two(lanes<float> y) {
    // Of the least relative error on [-1/2, 1/2], 9e-8, that are 1 at 0.
    constexpr std::array c{0.001326473313383758f, 0.009671512991189957f, 0.05550733581185341f,
                           0.24022242426872253f,  0.6931470036506653f,   1.0f};
#if defined(FOKKER_GNU) && defined(__AVX512F__) && defined(__AVX512DQ__)
    // The same bits by instructions that round y, that subtract what was rounded, and that multiply
    // by a power of two.
    // (Of the second operand a maximum keeps what is no number.)
    const __m512 bounded = _mm512_max_ps(_mm512_set1_ps(-126.0f), __m512(y));
    const lanes<float> f(_mm512_reduce_ps(bounded, _MM_FROUND_TO_NEAREST_INT));
    const __m512 whole = _mm512_roundscale_ps(bounded, _MM_FROUND_TO_NEAREST_INT);
    return lanes<float>(_mm512_scalef_ps(__m512(detail::polynomial(f, c)), whole));
#else
    using words = lanes<std::uint32_t>;
    y = kernel::larger(y, lanes<float>{} - 126.0f);
    const lanes<float> whole = kernel::rounded(y + detail::whole_float),
                       f = y - kernel::rounded(whole - detail::whole_float);
    return fokker::detail::bit_cast<lanes<float>>(
        fokker::detail::bit_cast<words>(detail::polynomial(f, c)) +
        (fokker::detail::bit_cast<words>(whole) << 23));
#endif
}

/// Whether power_of_two of what is no number is none, whatever the flags of the compiler.
#if defined(FOKKER_GNU) && defined(__AVX512F__) && defined(__AVX512DQ__)
inline constexpr bool powers_keep_nan = true;
#else
inline constexpr bool powers_keep_nan = false;
#endif

/// Adds exp of each of some registers to a sum, in their order: register k to sum k modulo their
/// number. exp(x) is right to 2.1e-7 of itself; 1 at 0. Below -87 it is what it is there, and what
/// no float holds is infinite. Not a number stays.
template <std::size_t N, std::size_t Sums>
FOKKER_ALWAYS_INLINE inline void add_exponentials(std::array<lanes<float>, N> x,
                                                  std::array<lanes<float>, Sums>& sums) {
    using V = lanes<float>;
    // Step by step for all of them: each step waits for the one before, and so the others go on.
    const auto each = [](const auto& f) FOKKER_INLINE_LAMBDA { unrolled<N>(f); };
    // x = whole log(2) + f. Both parts of log(2) have so few places that their products are exact.
    constexpr float first = 0x1.62e4p-1f, second = 0x1.7f7ep-20f;
    // 127 more, which is where exponents begin: then a shift makes a power of two.
    constexpr float magic = detail::whole_float + 127.0f;
    // Of the least relative error on [-log(2) / 2, log(2) / 2], 1e-7, that are 1 at 0.
    constexpr std::array c{0.008285356685519218f, 0.041898585855960846f, 0.16667623817920685f,
                           0.4999915063381195f,   0.9999997615814209f,   1.0f};
    std::array<V, N> shifted, whole, p;
    const auto product = [](V a, V b) FOKKER_INLINE_LAMBDA { return rounded(a * b); };
    each([&](auto k) { x[k] = kernel::between(x[k], V{} - 87.0f, V{} + 89.0f); });
    each([&](auto k) { shifted[k] = product(x[k], V{} + 1.4426950408889634f); });
    each([&](auto k) { shifted[k] = rounded(shifted[k] + magic); });
    each([&](auto k) { whole[k] = rounded(shifted[k] - magic); });
    each([&](auto k) { x[k] = kernel::without_product(x[k], whole[k], V{} + first); });
    each([&](auto k) { x[k] = kernel::without_product(x[k], whole[k], V{} + second); });
    each([&](auto k) { p[k] = product(x[k], V{} + c[0]); });
    unrolled<4>([&](auto i) {
        each([&](auto k) { p[k] = rounded(p[k] + c[i + 1]); });
        each([&](auto k) { p[k] = product(p[k], x[k]); });
    });
    each([&](auto k) { p[k] = rounded(p[k] + c[5]); });
    each([&](auto k) {
        const V power = fokker::detail::bit_cast<V>(
            fokker::detail::bit_cast<lanes<std::uint32_t>>(shifted[k]) << 23);
        sums[k % Sums] = kernel::with_product(sums[k % Sums], p[k], power);
    });
}

/// exp(x) for x < 709, right to 4e-16 of itself. 0 below -708.
FOKKER_ALWAYS_INLINE inline lanes<double> exponential(lanes<double> x) {
    using bits = lanes<std::int64_t>;
    const lanes<double> least = lanes<double>{} - 708.0;
    const bits is_something = x >= least;
    x = kernel::larger(x, least);
    // x = whole log(2) + f. The first part of log(2) has so many zeros that its product is exact.
    const lanes<double> shifted = kernel::rounded(kernel::rounded(x * 1.4426950408889634) +
                                                  detail::whole_double),
                        whole = kernel::rounded(shifted - detail::whole_double);
    const lanes<double> first = kernel::rounded(x - kernel::rounded(whole * 0x1.62e42feep-1)),
                        f = first - kernel::rounded(whole * 0x1.a39ef35793c76p-33);
    // Of the least relative error on [-log(2) / 2, log(2) / 2], 3e-18.
    constexpr std::array c{2.499431505732594e-08,
                           2.7632308621611045e-07,
                           2.755762257459199e-06,
                           2.4801486480130036e-05,
                           0.00019841269432538557,
                           0.0013888888951262375,
                           0.008333333333559387,
                           0.04166666666649262,
                           0.1666666666666617,
                           0.5000000000000018,
                           1.0,
                           1.0};
    const bits power = fokker::detail::bit_cast<bits>(detail::polynomial(f, c)) +
                       fokker::detail::bit_cast<bits>(
                           fokker::detail::bit_cast<lanes<std::uint64_t>>(shifted) << 52);
    return fokker::detail::bit_cast<lanes<double>>(power & is_something);
}

/// The same of single numbers.
inline double exponential(double x) { return kernel::exponential(lanes<double>{} + x)[0]; }

}  // namespace fokker::kernel

FOKKER_END_MAY_BE_UNSET

FOKKER_END_MAY_SHADOW
