/// The entropy of data from moments: the integral of 1 - Gamma over lambda.
#pragma once

#include <cmath>
#include <cstddef>
#include <numbers>
#include <vector>

#include <fokker/error.hpp>
#include <fokker/likelihood/density_walk.hpp>
#include <fokker/moments/moments.hpp>
#include <fokker/path/grid.hpp>
#include <fokker/path/knot.hpp>
#include <fokker/target.hpp>

namespace fokker::inline FOKKER_TARGET {

namespace detail {

/// The integral of 1 - Gamma over a stretch of lambda that has this length, Gamma going from a to b
/// as gamma_between has it.
inline double integral_of_rest(double a, double b, double length) {
    if (!(a > 0 && a < 1 && b > 0 && b < 1)) return length * (1.0 - 0.5 * (a + b));
    // 1 - Gamma = 1 / (1 + exp(-l)) with log-odds l that are linear in lambda; softplus is its
    // integral over l.
    const double from = std::log((1.0 - a) / a), to = std::log((1.0 - b) / b);
    if (std::abs(to - from) < 1e-4) return length * (1.0 - 0.5 * (a + b));
    const auto softplus = [](double l) {
        return l > 0 ? l + std::log1p(std::exp(-l)) : std::log1p(std::exp(l));
    };
    return length * (softplus(to) - softplus(from)) / (to - from);
}

}  // namespace detail

/// The differential entropy of x at the last knot of a walk, in nats a sample of so many elements:
/// that of the walk's prior at its first knot, and
///   d ln(sigma_clean / sigma_noisy) + sum over the elements of int (1 - Gamma) dlambda
/// (Guo, Shamai & Verdu 2005; Kong et al. 2023). For an exact network it is the mean of
/// -log_likelihood over data with the noise of the last knot, found without an ODE, if the prior is
/// the law of noisy data; a knot with alpha = 0 at the beginning is left out, as there. Throws
/// fokker::error where Gamma was not measured on the way, on a walk that ends at sigma = 0, and on
/// a map for samples of another size.
inline double entropy(const moments& measured, const grid& walk, std::size_t elements) {
    using detail::require;
    measured.check();
    const std::size_t values = measured.values();
    require(elements > 0 && (values == 1 || values == elements), "the moments have ", values,
            " values a knot, and a sample has ", elements, " elements");
    const detail::density_walk part(walk);
    const knot &noisy = part.down.front(), &clean = part.down.back();
    measured.require_measured(noisy, "the entropy");
    measured.require_measured(clean, "the entropy");

    std::vector<double> lambdas{noisy.lambda()};
    for (const knot& k : measured.knots)
        if (k.lambda() > noisy.lambda() && k.lambda() < clean.lambda())
            lambdas.push_back(k.lambda());
    lambdas.push_back(clean.lambda());
    double rest = 0.0;
    for (std::size_t i = 0; i + 1 < lambdas.size(); ++i)
        for (std::size_t value = 0; value < values; ++value)
            rest += detail::integral_of_rest(measured.at(lambdas[i], value),
                                             measured.at(lambdas[i + 1], value),
                                             lambdas[i + 1] - lambdas[i]);
    const double d = static_cast<double>(elements);
    return d * (0.5 + 0.5 * std::log(2 * std::numbers::pi) + std::log(part.prior_std) +
                std::log(clean.sigma / noisy.sigma)) +
           rest * d / static_cast<double>(values);
}

}  // namespace fokker
