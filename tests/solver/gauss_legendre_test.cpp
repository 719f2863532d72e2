#include <fokker/solver/gauss_legendre.hpp>

#include <cmath>

#include "catch.hpp"

namespace {

double integral(const auto& g) {
    double sum = 0.0;
    fokker::detail::at_gauss_legendre([&](double u, double weight) { sum += weight * g(u); });
    return sum;
}

}  // namespace

TEST_CASE("Gauss-Legendre is exact for polynomials up to degree 31") {
    for (int k = 0; k <= 31; ++k)
        CHECK(std::abs(integral([&](double u) { return std::pow(u, k); }) * (k + 1) - 1) < 1e-13);
    // Ten periods are too many for 16 nodes.
    const auto beyond = [](double u) { return std::cos(60 * u); };
    CHECK(std::abs(integral(beyond) - std::sin(60.0) / 60) > 1e-6);
    CHECK(std::abs(integral([](double u) { return std::exp(u); }) - std::expm1(1.0)) < 1e-14);
}
