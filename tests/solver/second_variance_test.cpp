#include <fokker/solver/second_variance.hpp>

#include <cmath>

#include "catch.hpp"

using namespace fokker;
using Catch::Approx;
using detail::learned_second_variance;
using detail::optimal_second_variance;

namespace {

constexpr knot noisy{1, 0.6, 0.8};
constexpr posterior q{0.5, 0.25, 0.1};  // of a step from there
constexpr double unit = 0.8 * 0.8 / (0.6 * 0.6);

}  // namespace

TEST_CASE("a second output tells the variance of a step: NPR by itself, SN less the squared mean") {
    const auto npr = optimal_second_variance(second_output::residual_squared, noisy, q, 10.0);
    const auto sn = optimal_second_variance(second_output::noise_squared, noisy, q, 10.0);
    const double expected = 0.01 + 0.0625 * unit * 0.3;
    CHECK(npr.at(0.3, 5.0) == Approx(expected).epsilon(1e-14));
    CHECK(sn.at(0.3 + 0.49, 0.7) == Approx(expected).epsilon(1e-14));
    // What no variance of x_0 can be is held to what it can.
    CHECK(sn.at(0.4, 0.7) == Approx(0.01).epsilon(1e-14));
    CHECK(optimal_second_variance(second_output::residual_squared, noisy, q, 0.5).at(9.0, 0.0) ==
          Approx(0.01 + 0.0625 * 0.25).epsilon(1e-14));
    CHECK(optimal_second_variance(second_output::residual_squared, noisy, q, 0.5, 0.02)
              .at(9.0, 0.0) == Approx(0.02).epsilon(1e-14));
}

TEST_CASE("from pure noise the second output is not asked: the data's range is what is known") {
    const auto v = optimal_second_variance(second_output::residual_squared, knot{1, 0, 1}, q, 0.5);
    CHECK(v.at(0.0, 0.0) == Approx(0.01 + 0.0625 * 0.25).epsilon(1e-14));
    CHECK(v.at(7.0, 3.0) == v.at(0.0, 0.0));
}

TEST_CASE("a learned variance is told as it is, as its logarithm, or between two in logarithm") {
    CHECK(learned_second_variance(second_output::variance, 0.1, 0.2).at(0.3, 0.0) == 0.3);
    CHECK(learned_second_variance(second_output::log_variance, 0.1, 0.2).at(-2.0, 0.0) ==
          Approx(std::exp(-2.0)).epsilon(1e-14));
    const auto range = learned_second_variance(second_output::variance_range, 0.1, 0.2);
    CHECK(range.at(-1.0, 0.0) == Approx(0.01).epsilon(1e-14));
    CHECK(range.at(1.0, 0.0) == Approx(0.04).epsilon(1e-14));
    CHECK(range.at(0.0, 0.0) == Approx(0.02).epsilon(1e-14));
}
