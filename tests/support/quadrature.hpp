/// Integrals by brute force, for weights that a solver has in closed form or by a finer rule.
#pragma once

#include <cstddef>
#include <vector>

namespace fokker_test {

/// The integral of f from a to b, by Simpson's rule.
inline double simpson(double a, double b, const auto& f, int parts = 2000) {
    const double h = (b - a) / parts;
    double sum = 0.0;
    for (int i = 0; i <= parts; ++i)
        sum += (i == 0 || i == parts ? 1.0 : i % 2 == 1 ? 4.0 : 2.0) * f(a + i * h);
    return sum * h / 3.0;
}

/// The polynomial that is 1 at nodes[i] and 0 at the others, at u.
inline double lagrange_basis(const std::vector<double>& nodes, std::size_t i, double u) {
    double product = 1.0;
    for (std::size_t k = 0; k < nodes.size(); ++k)
        if (k != i) product *= (u - nodes[k]) / (nodes[i] - nodes[k]);
    return product;
}

/// The integral of weight(u) p(u) from a to b, with p the polynomial through values[i] at nodes[i].
inline double interpolated_integral(double a, double b, const std::vector<double>& nodes,
                                    const std::vector<double>& values, const auto& weight) {
    return simpson(a, b, [&](double u) {
        double p = 0.0;
        for (std::size_t i = 0; i < nodes.size(); ++i) p += values[i] * lagrange_basis(nodes, i, u);
        return weight(u) * p;
    });
}

}  // namespace fokker_test
