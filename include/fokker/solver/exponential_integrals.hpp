/// The integrals behind every exponential multistep method: polynomials in lambda against an
/// exponential weight.
#pragma once

#include <array>
#include <cmath>
#include <cstddef>

#include <fokker/target.hpp>

namespace fokker::inline FOKKER_TARGET::detail {

/// The Taylor coefficients, in -z, of the integral below for one k: k! / (j + k + 1)!.
template <std::size_t Terms>
constexpr std::array<double, Terms> moment_series(std::size_t k) {
    std::array<double, Terms> terms{};
    double term = 1.0 / static_cast<double>(k + 1);
    for (std::size_t j = 0; j < Terms; ++j) {
        terms[j] = term;
        term /= static_cast<double>(j + k + 2);
    }
    return terms;
}

/// The integrals of exp(-z (1 - u)) u^k over u from 0 to 1, for k = 0 .. N - 1. In the notation of
/// exponential integrators they are k! phi_{k+1}(-z) (Hochbruck & Ostermann 2010, eq. 2.10).
template <std::size_t N>
std::array<double, N> exponential_moments(double z) {
    std::array<double, N> moments;
    if (std::abs(z) > 0.5) {
        moments[0] = -std::expm1(-z) / z;
        for (std::size_t k = 1; k < N; ++k)
            moments[k] = (1.0 - static_cast<double>(k) * moments[k - 1]) / z;
        return moments;
    }
    // Upwards the recurrence would divide rounding errors by z each time; downwards it is stable.
    constexpr auto series = moment_series<14>(N - 1);
    double sum = 0.0;
    for (std::size_t j = series.size(); j-- > 0;) sum = sum * -z + series[j];
    moments[N - 1] = sum;
    for (std::size_t k = N - 1; k > 0; --k)
        moments[k - 1] = (1.0 - z * moments[k]) / static_cast<double>(k);
    return moments;
}

/// Weights w_i with which sum w_i f(node_i) is the integral of the polynomial through the values
/// f(node_i), where moments[k] is the integral of u^k.
template <std::size_t N>
std::array<double, N> lagrange_weights(const std::array<double, N>& nodes,
                                       const std::array<double, N>& moments) {
    std::array<double, N> weights;
    for (std::size_t i = 0; i < N; ++i) {
        std::array<double, N> basis{1.0};  // coefficients of the i-th basis polynomial
        std::size_t degree = 0;
        for (std::size_t j = 0; j < N; ++j) {
            if (j == i) continue;
            const double scale = 1.0 / (nodes[i] - nodes[j]);
            ++degree;
            for (std::size_t k = degree; k > 0; --k)
                basis[k] = scale * (basis[k - 1] - nodes[j] * basis[k]);
            basis[0] *= -scale * nodes[j];
        }
        weights[i] = 0.0;
        for (std::size_t k = 0; k < N; ++k) weights[i] += basis[k] * moments[k];
    }
    return weights;
}

/// The integrals of u^k over u from 0 to 1.
template <std::size_t N>
constexpr std::array<double, N> power_moments() {
    std::array<double, N> moments;
    for (std::size_t k = 0; k < N; ++k) moments[k] = 1.0 / static_cast<double>(k + 1);
    return moments;
}

}  // namespace fokker::detail
