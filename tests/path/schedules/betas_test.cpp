#include <fokker/path/schedules/betas.hpp>

#include <cmath>
#include <fokker/error.hpp>
#include <limits>

#include "catch.hpp"

using namespace fokker;
using Catch::Approx;
using Catch::Matchers::ContainsSubstring;

TEST_CASE("the sigmoid's betas lie on a logistic curve") {
    const auto schedule = sigmoid_schedule(3, 0.1, 0.3);
    const double first = 0.1 + 0.2 / (1 + std::exp(6.0)), last = 0.1 + 0.2 / (1 + std::exp(-6.0));
    CHECK(schedule.at(0).alpha == Approx(std::sqrt(1 - first)));
    CHECK(schedule.at(1).alpha == Approx(std::sqrt((1 - first) * 0.8)));
    CHECK(schedule.at(2).alpha == Approx(std::sqrt((1 - first) * 0.8 * (1 - last))));
    const double narrow = 0.1 + 0.2 / (1 + std::exp(2.0));
    CHECK(sigmoid_schedule(3, 0.1, 0.3, 2.0).at(0).alpha ==
          Approx(std::sqrt(1 - narrow)).epsilon(1e-12));
}

TEST_CASE("wrong parameters of beta schedules are named") {
    CHECK_THROWS_WITH(sigmoid_schedule(0), ContainsSubstring("steps is 0"));
    CHECK_THROWS_WITH(sigmoid_schedule(10, -0.1), ContainsSubstring("beta_first is -0.1"));
    CHECK_THROWS_WITH(sigmoid_schedule(10, 0.1, 1.0), ContainsSubstring("beta_last is 1"));
    CHECK_THROWS_WITH(sigmoid_schedule(10, 0.1, 0.2, 0.0), ContainsSubstring("span is 0"));
    CHECK_THROWS_AS(sigmoid_schedule(10, 0.1, 0.2, std::numeric_limits<double>::infinity()), error);
}
