#include <fokker/forward/normal.hpp>

#include <cmath>

#include "catch.hpp"

using namespace fokker::detail;
using Catch::Approx;

TEST_CASE("the tail joins its asymptotic series without a step") {
    const double inside = log_normal_tail(std::nextafter(far_tail, 0.0));
    CHECK(log_normal_tail(far_tail) == Approx(inside).epsilon(1e-13));
    // Abramowitz & Stegun, table 26.2: -log10 Q(x) at 10 and at 50.
    CHECK(log_normal_tail(-10) / std::log(10) == Approx(-23.11805).epsilon(5e-7));
    CHECK(log_normal_tail(-50) / std::log(10) == Approx(-544.96634).epsilon(5e-7));
    CHECK(std::isfinite(log_normal_tail(-1e100)));
}

TEST_CASE("the distribution is symmetric, and keeps its digits near 1") {
    for (const double b : {0.0, 0.3, 1.0, 3.0})
        CHECK(std::exp(log_normal_cdf(b)) + std::exp(log_normal_cdf(-b)) == Approx(1));
    // log(1 - p) is -p for small p.
    CHECK(log_normal_cdf(10) == Approx(-std::exp(log_normal_tail(-10))).epsilon(1e-12));
}

TEST_CASE("intervals add up, are symmetric, and are exact far out") {
    for (const double a : {-40.0, -20.0, -3.0, -0.5, 0.2, 35.0}) {
        CAPTURE(a);
        const double left = log_normal_interval(a, a + 0.5),
                     right = log_normal_interval(a + 0.5, a + 1.0);
        const double most = std::max(left, right);
        const double sum = most + std::log(std::exp(left - most) + std::exp(right - most));
        CHECK(log_normal_interval(a, a + 1.0) == Approx(sum).epsilon(1e-12));
        CHECK(log_normal_interval(-a - 1.0, -a) == Approx(log_normal_interval(a, a + 1.0)));
    }
    // Of a narrow one, the density times the width.
    const double density = -0.5 * 36 * 36 - 0.5 * std::log(2 * std::acos(-1.0));
    CHECK(log_normal_interval(36 - 5e-7, 36 + 5e-7) ==
          Approx(density + std::log(1e-6)).epsilon(1e-9));
    CHECK(log_normal_interval(-9, 9) == Approx(-2 * std::exp(log_normal_tail(-9))));
}

TEST_CASE("the divergence of two normals is 0 for one and the same, and keeps its digits near it") {
    CHECK(normal_divergence(0, 2, 2) == 0);
    CHECK(normal_divergence(1.5, 2, 3) == Approx(0.5 * (std::log(1.5) + 2.0 / 3 - 1 + 0.5)));
    // (v / v' - 1)^2 / 4 to second order.
    CHECK(normal_divergence(0, 1 + 1e-6, 1) == Approx(0.25e-12).epsilon(1e-3));
}
