#include <fokker/solver/exponential_integrals.hpp>

#include <array>
#include <cmath>

#include "catch.hpp"

using namespace fokker::detail;

namespace {

/// The integral of exp(-z (1 - u)) u^k over u from 0 to 1, by Simpson's rule in long double.
double by_simpson(double z, std::size_t k) {
    const int n = 20000;
    long double sum = 0;
    for (int i = 0; i <= n; ++i) {
        const long double u = static_cast<long double>(i) / n;
        const int weight = i == 0 || i == n ? 1 : i % 2 == 1 ? 4 : 2;
        sum += weight * std::exp(-z * (1 - u)) * std::pow(u, static_cast<long double>(k));
    }
    return static_cast<double>(sum / (3.0L * n));
}

}  // namespace

TEST_CASE("moments of the exponential, small, large and negative") {
    for (const double z : {-3.0, -0.6, -0.4, -1e-3, 1e-9, 0.01, 0.3, 0.5, 0.51, 1.0, 4.0, 20.0}) {
        INFO(z);
        const auto moments = exponential_moments<5>(z);
        for (std::size_t k = 0; k < 5; ++k)
            CHECK(std::abs(moments[k] / by_simpson(z, k) - 1) < 2e-13);
        CHECK(std::abs(exponential_moments<1>(z)[0] / moments[0] - 1) < 1e-15);
    }
}

TEST_CASE("the two ways to the moments meet") {
    const auto below = exponential_moments<5>(0.5), above = exponential_moments<5>(0.5 + 1e-15);
    for (std::size_t k = 0; k < 5; ++k) CHECK(std::abs(below[k] / above[k] - 1) < 1e-12);
}

TEST_CASE("weights integrate every polynomial through their nodes exactly") {
    const std::array<double, 4> nodes{0.0, -0.7, -1.9, -2.2};
    const auto weights = lagrange_weights(nodes, power_moments<4>());
    for (int degree = 0; degree < 4; ++degree) {
        double sum = 0;
        for (std::size_t i = 0; i < 4; ++i) sum += weights[i] * std::pow(nodes[i], degree);
        CHECK(std::abs(sum - 1.0 / (degree + 1)) < 1e-14);
    }
    // Steps of equal length: Adams-Bashforth.
    const auto adams = lagrange_weights(std::array{0.0, -1.0, -2.0}, power_moments<3>());
    CHECK(std::abs(adams[0] - 23.0 / 12) < 1e-15);
    CHECK(std::abs(adams[1] + 16.0 / 12) < 1e-15);
    CHECK(std::abs(adams[2] - 5.0 / 12) < 1e-15);
}
