#include <fokker/path/schedules/alpha_bar.hpp>

#include <cmath>
#include <fokker/error.hpp>
#include <limits>
#include <numbers>

#include "catch.hpp"

using namespace fokker;
using Catch::Approx;
using Catch::Matchers::ContainsSubstring;

TEST_CASE("a schedule of the user's own alpha_bar") {
    const auto schedule = alpha_bar_schedule(100, [](double u) { return 1.0 - 0.9 * u; });
    CHECK(schedule.steps() == 100);
    CHECK(schedule.at(49).alpha == Approx(std::sqrt(1.0 - 0.9 * 0.5)).epsilon(1e-12));
    // The cap holds where alpha_bar ends at 0.
    const auto capped = alpha_bar_schedule(
        10, [](double u) { return 1.0 - u; }, 0.75);
    CHECK(capped.at(9).alpha == Approx(capped.at(8).alpha * 0.5).epsilon(1e-12));
    const auto same = alpha_bar_schedule(10, [](double u) { return std::exp(-12 * u); });
    for (int t = 0; t < 10; ++t) CHECK(same.at(t) == exponential_schedule(10).at(t));
}

TEST_CASE(
    "Laplace: log SNR is symmetric about its mean, and half of training lies on either side") {
    const auto schedule = laplace_schedule(1000);
    CHECK(2 * schedule.at(499).lambda() == Approx(0.0).margin(1e-9));
    CHECK(2 * laplace_schedule(1000, {.mean = 1.5}).at(499).lambda() == Approx(1.5));
    // A quarter of the times lies above mean + scale ln 2.
    CHECK(2 * laplace_schedule(1000, {.scale = 2.0}).at(249).lambda() ==
          Approx(2.0 * std::log(2.0)).epsilon(1e-9));
}

TEST_CASE("the options of the alpha_bar schedules hold") {
    const auto cosine = cosine_schedule(10, 0.1);
    const auto angle = [](double u) { return (u + 0.1) / 1.1 * std::numbers::pi / 2; };
    CHECK(cosine.at(4).alpha == Approx(std::cos(angle(0.5)) / std::cos(angle(0))).epsilon(1e-12));
    CHECK(exponential_schedule(10, 3.0).at(9).alpha == Approx(std::exp(-1.5)).epsilon(1e-12));
    // Betas that would be larger than the cap.
    const auto last_factor = [](const discrete_schedule& schedule) {
        return schedule.at(9).alpha / schedule.at(8).alpha;
    };
    CHECK(last_factor(cosine_schedule(10, 0.008, 0.75)) == Approx(0.5).epsilon(1e-12));
    CHECK(last_factor(exponential_schedule(10, 20.0, 0.75)) == Approx(0.5).epsilon(1e-12));
    CHECK(last_factor(laplace_schedule(10, {.beta_max = 0.75})) == Approx(0.5).epsilon(1e-12));
}

TEST_CASE("functions that are no alpha_bar are named") {
    const auto constant = [](double) { return 0.5; };
    const auto negative = [](double u) { return 1.0 - 1.5 * u; };
    const auto zero = [](double) { return 0.0; };
    const auto broken = [](double u) {
        return u > 0 ? std::numeric_limits<double>::quiet_NaN() : 1.0;
    };
    CHECK_THROWS_WITH(alpha_bar_schedule(10, constant), ContainsSubstring("alpha_bar(0.1) is 0.5"));
    CHECK_THROWS_WITH(alpha_bar_schedule(2, negative), ContainsSubstring("alpha_bar(1) is -0.5"));
    CHECK_THROWS_WITH(alpha_bar_schedule(2, zero), ContainsSubstring("alpha_bar(0) is 0"));
    CHECK_THROWS_WITH(alpha_bar_schedule(2, broken), ContainsSubstring("alpha_bar(0.5)"));
    CHECK_THROWS_WITH(alpha_bar_schedule(0, negative), ContainsSubstring("steps is 0"));
    CHECK_THROWS_WITH(alpha_bar_schedule(2, negative, 0.0), ContainsSubstring("beta_max is 0"));
}

TEST_CASE("wrong parameters of the alpha_bar schedules are named") {
    CHECK_THROWS_WITH(exponential_schedule(10, 0.0), ContainsSubstring("rate is 0"));
    CHECK_THROWS_WITH(exponential_schedule(0), ContainsSubstring("steps is 0"));
    CHECK_THROWS_WITH(exponential_schedule(10, 12, 1.0), ContainsSubstring("beta_max is 1"));
    CHECK_THROWS_WITH(laplace_schedule(10, {.scale = -1}), ContainsSubstring("scale is -1"));
    CHECK_THROWS_WITH(laplace_schedule(10, {.mean = std::nan("")}), ContainsSubstring("mean is"));
    CHECK_THROWS_WITH(laplace_schedule(10, {.beta_max = 2}), ContainsSubstring("beta_max is 2"));
}
