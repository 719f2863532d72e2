/// Linear expressions: what a solver writes, sum of c_i p_i + s z, kept as a handful of numbers
/// until it is assigned. Building one moves no array element, and the compiler sees through all of
/// it: the number of terms is part of the type.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <type_traits>

#include <fokker/kernel/unrolled.hpp>

namespace fokker::kernel {

/// A fresh Gaussian that the sweep makes while it runs: the `draw`-th of the run's noise source. It
/// may belong to an interval of the path (see noise_draw).
struct gaussian_term {
    double scale = 0.0;
    std::uint32_t draw = 0;
    double from = 0.0, to = 0.0;
};

/// What stands in its place where there is none.
struct no_gaussian {};

/// sum of coefficients[i] * operands[i], and one fresh Gaussian if Noisy. The operands must stay
/// unchanged until the expression is assigned. Equal operands are merged there, so that each is
/// read only once.
template <class T, std::size_t N, bool Noisy = false>
struct linear {
    std::array<double, N> coefficients{};
    std::array<const T*, N> operands{};
    [[no_unique_address]] std::conditional_t<Noisy, gaussian_term, no_gaussian> gaussian{};
};

template <class T>
linear<T, 1> term(double coefficient, const T* operand) {
    return {{coefficient}, {operand}, {}};
}

template <class T>
linear<T, 0, true> gaussian(double scale, std::uint32_t draw, double from = 0.0, double to = 0.0) {
    return {{}, {}, {scale, draw, from, to}};
}

template <class T, std::size_t N, bool Noisy>
linear<T, N, Noisy> operator*(double factor, linear<T, N, Noisy> a) {
    unrolled<N>([&](auto i) { a.coefficients[i] *= factor; });
    if constexpr (Noisy) a.gaussian.scale *= factor;
    return a;
}

template <class T, std::size_t N, bool Noisy>
linear<T, N, Noisy> operator*(const linear<T, N, Noisy>& a, double factor) {
    return factor * a;
}

template <class T, std::size_t N, bool Noisy>
linear<T, N, Noisy> operator/(const linear<T, N, Noisy>& a, double divisor) {
    return (1.0 / divisor) * a;
}

template <class T, std::size_t N, bool Noisy>
linear<T, N, Noisy> operator-(const linear<T, N, Noisy>& a) {
    return -1.0 * a;
}

template <class T, std::size_t N, bool A, std::size_t M, bool B>
linear<T, N + M, A || B> operator+(const linear<T, N, A>& a, const linear<T, M, B>& b) {
    static_assert(!(A && B),
                  "fokker: a step adds two fresh Gaussians in one assignment; assign the first to "
                  "a stage");
    linear<T, N + M, A || B> sum;
    unrolled<N>([&](auto i) {
        sum.coefficients[i] = a.coefficients[i];
        sum.operands[i] = a.operands[i];
    });
    unrolled<M>([&](auto i) {
        sum.coefficients[N + i] = b.coefficients[i];
        sum.operands[N + i] = b.operands[i];
    });
    if constexpr (A) sum.gaussian = a.gaussian;
    if constexpr (B) sum.gaussian = b.gaussian;
    return sum;
}

template <class T, std::size_t N, bool A, std::size_t M, bool B>
linear<T, N + M, A || B> operator-(const linear<T, N, A>& a, const linear<T, M, B>& b) {
    return a + -1.0 * b;
}

}  // namespace fokker::kernel
