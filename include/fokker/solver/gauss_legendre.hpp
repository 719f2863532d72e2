/// Quadrature for weights that have no closed form.
#pragma once

#include <array>
#include <cstddef>

#include <fokker/target.hpp>

namespace fokker::inline FOKKER_TARGET::detail {

/// Calls f(u, weight) at the 16 nodes of the Gauss-Legendre rule between 0 and 1: the sum of weight
/// g(u) is the integral of g, exactly for polynomials up to degree 31. Abramowitz & Stegun 1964,
/// table 25.4.
void at_gauss_legendre(const auto& f) {
    constexpr std::array<double, 8> nodes{
        0.0950125098376374, 0.2816035507792589, 0.4580167776572274, 0.6178762444026438,
        0.7554044083550030, 0.8656312023878318, 0.9445750230732326, 0.9894009349916499};
    constexpr std::array<double, 8> weights{
        0.1894506104550685, 0.1826034150449236, 0.1691565193950025, 0.1495959888165767,
        0.1246289712555339, 0.0951585116824928, 0.0622535239386479, 0.0271524594117541};
    for (std::size_t i = 0; i < nodes.size(); ++i) {
        f(0.5 - 0.5 * nodes[i], 0.5 * weights[i]);
        f(0.5 + 0.5 * nodes[i], 0.5 * weights[i]);
    }
}

}  // namespace fokker::detail
