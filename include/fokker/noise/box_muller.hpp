/// Box-Muller: pairs of uniform integers to pairs of standard normals, by short polynomials. Their
/// coefficients are minimax ones (Remez, computed with 60 digits); each comment gives the error.
/// Products are rounded before they are added to, unless they are exact, so that machines with and
/// without fused multiply-adds make the same bits.
#pragma once

#include <cstdint>
#include <numbers>

#include <fokker/kernel/lanes.hpp>
#include <fokker/target.hpp>

namespace fokker::inline FOKKER_TARGET::noise {

using kernel::lanes, kernel::words32, kernel::words64;

namespace detail {

/// Horner's rule, the highest coefficient first. Each product is rounded before it is added to.
template <class V, class T, class... Lower>
FOKKER_ALWAYS_INLINE inline V polynomial(V x, T highest, T next, Lower... lower) {
    V sum = kernel::rounded(x * highest) + next;
    ((sum = kernel::rounded(sum * x) + lower), ...);
    return sum;
}

FOKKER_ALWAYS_INLINE inline lanes<float> as_number(words32 signed_word) {
    return kernel::converted<lanes<float>>(lanes<std::int32_t>(signed_word));
}

/// The upper 52 bits as the fraction of a number in [1, 2).
FOKKER_ALWAYS_INLINE inline lanes<double> one_to_two(words64 word) {
    return lanes<double>((word >> 12) | std::uint64_t{0x3ff0000000000000u});
}

}  // namespace detail

/// -2 ln(u) for u in (0, 1]: u = 2^e m with m in [sqrt(1/2), sqrt(2)), and
/// ln(m) = 2 artanh((m - 1) / (m + 1)). Relative error of the series: 7e-10.
FOKKER_ALWAYS_INLINE inline lanes<float> minus_two_log(lanes<float> u) {
    constexpr std::uint32_t root_half = 0x3f3504f3u, exponent_bits = 0xff800000u;
    const words32 offset = words32(u) - root_half;
    const auto m = lanes<float>(words32(u) - (offset & exponent_bits));
    const lanes<float> e = detail::as_number(words32(lanes<std::int32_t>(offset) >> 23));
    const lanes<float> x = (m - 1.0f) / (m + 1.0f);
    const lanes<float> series = detail::polynomial(
        x * x, -0.59851301384788868284f, -0.7994958988402254664f, -1.33333631900714822796f, -4.0f);
    return kernel::rounded(x * series) - kernel::rounded(e * (2 * std::numbers::ln2_v<float>));
}

/// The same in double precision. Relative error of the series: 1.1e-18.
FOKKER_ALWAYS_INLINE inline lanes<double> minus_two_log(lanes<double> u) {
    constexpr std::uint64_t root_half = 0x3fe6a09e667f3bcdu, exponent_bits = 0xfff0000000000000u;
    const words64 offset = words64(u) - root_half;
    const auto m = lanes<double>(words64(u) - (offset & exponent_bits));
    const auto e = kernel::upper_half_as_double(words64(lanes<std::int32_t>(offset) >> 20));
    const lanes<double> x = (m - 1.0) / (m + 1.0);
    const lanes<double> series = detail::polynomial(
        x * x, -4 * 0.074052649176298434971, -4 * 0.076562218832389729464,
        -4 * 0.090918175466764769335, -4 * 0.11111098494138967046, -4 * 0.14285714380673098505,
        -4 * 0.19999999999649442964, -4 * 0.33333333333333826, -4.0);
    return kernel::rounded(x * series) - kernel::rounded(e * (2 * std::numbers::ln2));
}

/// sin(pi t) and cos(pi t) for t in [-1/2, 1/2]. Errors of the series: 5.3e-9 relative, 4.7e-8.
FOKKER_ALWAYS_INLINE inline void sine_cosine(lanes<float> t, lanes<float>& sine,
                                             lanes<float>& cosine) {
    const lanes<float> tt = t * t;
    sine = t * detail::polynomial(tt, 0.077560398013650129612f, -0.59824213445565013113f,
                                  2.5500697281351053004f, -5.1677096849324433293f,
                                  3.1415926368974629635f);
    cosine = detail::polynomial(tt, 0.21969679861949188746f, -1.3318801633740252282f,
                                4.0584119149625949111f, -4.9347928587498345332f,
                                0.99999995346770410268f);
}

/// The same in double precision. Errors of the series: 1.4e-16 relative, 3.9e-18.
FOKKER_ALWAYS_INLINE inline void sine_cosine(lanes<double> t, lanes<double>& sine,
                                             lanes<double>& cosine) {
    const lanes<double> tt = t * t;
    sine = t * detail::polynomial(tt, -0.000021122957359177994031, 0.00046597762096622629032,
                                  -0.0073703610730705449436, 0.082145878256793674331,
                                  -0.59926452877573123948, 2.5501640398597771903,
                                  -5.1677127800497525825, 3.1415926535897927919);
    cosine = detail::polynomial(tt, 4.1495917552280478361e-6, -0.00010456658080949425358,
                                0.0019295562836309979788, -0.025806888739362711504,
                                0.23533063012980970934, -1.3352627688434647263,
                                4.0587121264164975512, -4.9348022005446767739, 1.0);
}

// The two halves of Box-Muller: r from the integer x, r^2 = -2 ln(u), and r cos(theta) and
// r sin(theta) from r and the integer y.

/// u = (floor(x / 2) + 1/2) / 2^31, the top rounded to 1 and never 0: normals reach 6.66.
FOKKER_ALWAYS_INLINE inline lanes<float> box_muller_radius(words32 x) {
    return kernel::square_root(minus_two_log(detail::as_number(x >> 1) * 0x1p-31f + 0x1p-32f));
}

/// u = (floor(x / 2^12) + 1/2) / 2^52: normals reach 8.57.
FOKKER_ALWAYS_INLINE inline lanes<double> box_muller_radius(words64 x) {
    return kernel::square_root(minus_two_log(detail::one_to_two(x) - (1.0 - 0x1p-53)));
}

/// theta = pi t, and another pi if the top bit of y is set; t = 2y as a signed number, over 2^32.
FOKKER_ALWAYS_INLINE inline void box_muller_turn(lanes<float> radius, words32 y,
                                                 lanes<float>& along, lanes<float>& across) {
    const auto signed_radius = lanes<float>(words32(radius) ^ (y & 0x80000000u));
    lanes<float> sine, cosine;
    sine_cosine(detail::as_number(y << 1) * 0x1p-32f, sine, cosine);
    along = signed_radius * cosine;
    across = signed_radius * sine;
}

/// theta = pi (floor(2y / 2^12) / 2^52 - 1/2), 2y taken modulo 2^64, and another pi likewise.
FOKKER_ALWAYS_INLINE inline void box_muller_turn(lanes<double> radius, words64 y,
                                                 lanes<double>& along, lanes<double>& across) {
    const auto signed_radius = lanes<double>(words64(radius) ^ (y & 0x8000000000000000u));
    lanes<double> sine, cosine;
    sine_cosine(detail::one_to_two(y << 1) - 1.5, sine, cosine);
    along = signed_radius * cosine;
    across = signed_radius * sine;
}

}  // namespace fokker::noise
