/// Linear expressions: what a solver writes, sum of c_i p_i + s z, kept as a handful of numbers
/// until it is assigned. Building one moves no array element, and the compiler sees through all of
/// it: the number of terms is part of the type. An operand is the name of an array: its place among
/// a walk's arrays (core::slot), or its address.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <type_traits>
#include <utility>

#include <fokker/target.hpp>

namespace fokker::inline FOKKER_TARGET::kernel {

namespace types {

/// A fresh Gaussian that the sweep makes while it runs: the `draw`-th of the run's noise source. It
/// may belong to an interval of the path (see noise_draw).
struct gaussian_term {
    double scale = 0.0;
    std::uint32_t draw = 0;
    double from = 0.0, to = 0.0;
};

/// What a Gaussian's variance comes from: constant + slope d_i of an array d; the logarithm of the
/// variance in the same way; constant + slope (c d_i - e_i^2) with e a sum of two arrays; or a map
/// of the variances of one sample's elements, the same for every sample.
enum class variance_form { plain, logarithm, excess, map };

/// The range of a variance.
struct variance_limits {
    double low = 0.0, high = (std::numeric_limits<double>::max)();
};

/// The standard deviation of each element i: the root of the variance, which is held to the limits,
/// but for `logarithm`.
template <class Operand>
struct elementwise_std {
    variance_form form = variance_form::plain;
    double constant = 0.0, slope = 0.0;
    Operand operand{};  // d
    variance_limits limits{};
    double of_operand = 1.0;               // of d, where the square of e is taken away
    std::array<double, 2> coefficients{};  // of e
    std::array<Operand, 2> operands{};
    const double* map = nullptr;
};

/// A fresh Gaussian whose elements have standard deviations of their own, and all of it `scale`
/// times.
template <class Operand>
struct elementwise_gaussian_term : gaussian_term {
    elementwise_std<Operand> std;
};

/// What stands in its place where there is none.
struct no_gaussian {};

/// sum of coefficients[i] * operands[i], and one fresh Gaussian of the kind Z, if that is one. The
/// operands must stay unchanged until the expression is assigned. Equal operands are merged there,
/// so that each is read only once.
template <class Operand, std::size_t N, class Z = no_gaussian>
struct linear {
    using operand = Operand;

    std::array<double, N> coefficients{};
    std::array<Operand, N> operands{};
    FOKKER_NO_UNIQUE_ADDRESS Z gaussian{};
};

}  // namespace types
using types::gaussian_term, types::variance_form, types::variance_limits, types::elementwise_std,
    types::elementwise_gaussian_term, types::no_gaussian, types::linear;

template <class Z>
inline constexpr bool is_gaussian = !std::is_same_v<Z, no_gaussian>;

/// The Gaussian of a sum, of whose terms at most one has one.
template <class A, class B>
using either_gaussian = std::conditional_t<is_gaussian<A>, A, B>;

/// An array by its address.
template <class T>
linear<const T*, 1> term(double coefficient, const T* operand) {
    return {{coefficient}, {operand}, {}};
}

template <class Operand>
linear<Operand, 0, gaussian_term> gaussian(double scale, std::uint32_t draw, double from = 0.0,
                                           double to = 0.0) {
    return {{}, {}, {scale, draw, from, to}};
}

/// The same Gaussian, times a standard deviation for each element.
template <class Operand>
linear<Operand, 0, elementwise_gaussian_term<Operand>> with_std(
    const linear<Operand, 0, gaussian_term>& z, const elementwise_std<Operand>& std) {
    return {{}, {}, {z.gaussian, std}};
}

namespace detail {

// Written out by the compiler, term by term: loops of this length it does not always unroll.
template <class Operand, std::size_t N, class Z, std::size_t... I>
linear<Operand, N, Z> times([[maybe_unused]] double factor, const linear<Operand, N, Z>& a,
                            std::index_sequence<I...>) {
    return {{factor * a.coefficients[I]...}, a.operands, a.gaussian};
}

template <class Operand, std::size_t N, class Z, std::size_t... I>
linear<Operand, N, Z> divided(const linear<Operand, N, Z>& a, [[maybe_unused]] double divisor,
                              std::index_sequence<I...>) {
    return {{a.coefficients[I] / divisor...}, a.operands, a.gaussian};
}

template <class Z, class A, class B, std::size_t... I, std::size_t... J>
auto joined(const A& a, const B& b, std::index_sequence<I...>, std::index_sequence<J...>) {
    return linear<typename A::operand, sizeof...(I) + sizeof...(J), Z>{
        {a.coefficients[I]..., b.coefficients[J]...}, {a.operands[I]..., b.operands[J]...}, {}};
}

}  // namespace detail

namespace types {

template <class Operand, std::size_t N, class Z>
linear<Operand, N, Z> operator*(double factor, const linear<Operand, N, Z>& a) {
    auto product = detail::times(factor, a, std::make_index_sequence<N>{});
    if constexpr (is_gaussian<Z>) product.gaussian.scale *= factor;
    return product;
}

template <class Operand, std::size_t N, class Z>
linear<Operand, N, Z> operator*(const linear<Operand, N, Z>& a, double factor) {
    return factor * a;
}

template <class Operand, std::size_t N, class Z>
linear<Operand, N, Z> operator/(const linear<Operand, N, Z>& a, double divisor) {
    // Not times 1 / divisor, which is rounded by itself: 10 / 3 is another number than 10 * (1 /
    // 3).
    auto quotient = detail::divided(a, divisor, std::make_index_sequence<N>{});
    if constexpr (is_gaussian<Z>) quotient.gaussian.scale /= divisor;
    return quotient;
}

template <class Operand, std::size_t N, class Z>
linear<Operand, N, Z> operator-(const linear<Operand, N, Z>& a) {
    return -1.0 * a;
}

template <class Operand, std::size_t N, class A, std::size_t M, class B>
linear<Operand, N + M, either_gaussian<A, B>> operator+(const linear<Operand, N, A>& a,
                                                        const linear<Operand, M, B>& b) {
    static_assert(!(is_gaussian<A> && is_gaussian<B>),
                  "fokker: a step adds two fresh Gaussians in one assignment; assign the first to "
                  "a stage");
    auto sum = detail::joined<either_gaussian<A, B>>(a, b, std::make_index_sequence<N>{},
                                                     std::make_index_sequence<M>{});
    if constexpr (is_gaussian<A>) sum.gaussian = a.gaussian;
    if constexpr (is_gaussian<B>) sum.gaussian = b.gaussian;
    return sum;
}

template <class Operand, std::size_t N, class A, std::size_t M, class B>
linear<Operand, N + M, either_gaussian<A, B>> operator-(const linear<Operand, N, A>& a,
                                                        const linear<Operand, M, B>& b) {
    return a + -1.0 * b;
}

}  // namespace types

}  // namespace fokker::kernel
