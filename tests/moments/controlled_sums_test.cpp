#include <fokker/moments/controlled_sums.hpp>

#include <cmath>

#include "catch.hpp"

using namespace fokker;
using Catch::Approx;

namespace {

/// Four pairs of a number and its control.
detail::controlled_sums four() {
    detail::controlled_sums sums;
    sums.add(2, 1);
    sums.add(5, 3);
    sums.add(3, 2);
    sums.add(10, 4);
    return sums;
}

}  // namespace

TEST_CASE("the slope is that of the regression, and leaves the least error") {
    const detail::controlled_sums sums = four();
    // Means 5 and 2.5; sums of products about them: 5 of u^2, 13 of y u, 38 of y^2.
    const double slope = 13.0 / 5;
    CHECK(sums.slope() == Approx(slope).epsilon(1e-14));
    // The controls lie 1.5 above the mean that they are known to have.
    CHECK(sums.mean(slope) == Approx(5 - slope * 1.5).epsilon(1e-14));
    CHECK(sums.standard_error(slope) < sums.standard_error(slope - 0.1));
    CHECK(sums.standard_error(slope) < sums.standard_error(slope + 0.1));
}

TEST_CASE("the standard error is s / sqrt(n), with s^2 of n - 1") {
    CHECK(four().standard_error(0) == Approx(std::sqrt(38.0 / 3 / 4)).epsilon(1e-14));
    const double slope = 13.0 / 5, left = 38 - 2 * slope * 13 + slope * slope * 5;
    CHECK(four().standard_error(slope) == Approx(std::sqrt(left / 3 / 4)).epsilon(1e-13));
}

TEST_CASE("a constant control counts for nothing, and a mean is not below 0") {
    detail::controlled_sums sums;
    sums.add(2, 1);
    CHECK(std::isinf(sums.standard_error(0)));
    sums.add(4, 1);
    CHECK(sums.slope() == 0.0);
    CHECK(sums.mean(sums.slope()) == 3.0);
    CHECK(four().mean(10) == 0.0);
}
