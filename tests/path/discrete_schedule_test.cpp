#include <fokker/path/discrete_schedule.hpp>

#include <fokker/error.hpp>
#include <limits>
#include <numbers>
#include <vector>

#include "catch.hpp"

using namespace fokker;
using Catch::Approx;
using Catch::Matchers::ContainsSubstring;

namespace {

/// alpha_bar at an integer time, by the product itself.
double alpha_bar(const std::vector<double>& betas, int t) {
    double product = 1.0;
    for (int i = 0; i <= t; ++i) product *= 1.0 - betas[static_cast<std::size_t>(i)];
    return product;
}

void check_against(const discrete_schedule& schedule, const std::vector<double>& betas) {
    REQUIRE(schedule.steps() == static_cast<int>(betas.size()));
    for (int t : {0, 1, 17, 500, 998, 999}) {
        const knot k = schedule.at(t);
        CHECK(k.t == t);
        CHECK(k.alpha * k.alpha == Approx(alpha_bar(betas, t)).epsilon(1e-12));
        CHECK(k.sigma * k.sigma == Approx(1.0 - alpha_bar(betas, t)).epsilon(1e-12));
    }
}

}  // namespace

TEST_CASE("the tables are the products of their betas") {
    std::vector<double> linear, scaled, cosine;
    const auto f = [](double u) {
        const double c = std::cos((u + 0.008) / 1.008 * std::numbers::pi / 2);
        return c * c;
    };
    for (int i = 0; i < 1000; ++i) {
        linear.push_back(1e-4 + (0.02 - 1e-4) * i / 999.0);
        const double root =
            std::sqrt(0.00085) + (std::sqrt(0.012) - std::sqrt(0.00085)) * i / 999.0;
        scaled.push_back(root * root);
        cosine.push_back(std::min(1.0 - f((i + 1) / 1000.0) / f(i / 1000.0), 0.999));
    }
    check_against(linear_schedule(), linear);
    check_against(scaled_linear_schedule(), scaled);
    check_against(cosine_schedule(), cosine);
    check_against(discrete_schedule::from_betas(linear), linear);
    std::vector<double> bars;
    for (int t = 0; t < 1000; ++t) bars.push_back(alpha_bar(linear, t));
    check_against(discrete_schedule::from_alpha_bars(bars), linear);
}

TEST_CASE("time is the inverse of lambda, at and between the integer times") {
    for (const auto& schedule : {linear_schedule(), scaled_linear_schedule(), cosine_schedule()})
        for (double t : {0.0, 0.25, 1.0, 123.456, 500.0, 997.5, 999.0})
            CHECK(schedule.time(schedule.at(t).lambda()) == Approx(t).margin(1e-9));
}

TEST_CASE("the clean data is at t = -1, and lambdas beyond the table are clamped to its ends") {
    const auto schedule = linear_schedule();
    CHECK(schedule.at(-1) == knot{-1.0, 1.0, 0.0});
    CHECK(schedule.time(std::numeric_limits<double>::infinity()) == -1.0);
    CHECK(schedule.time(-std::numeric_limits<double>::infinity()) == 999.0);
    CHECK(schedule.time(1e3) >= -1.0);
    CHECK(schedule.time(-1e3) == 999.0);
}

TEST_CASE("wrong parameters of schedules are named") {
    CHECK_THROWS_WITH(linear_schedule(0), ContainsSubstring("steps is 0"));
    CHECK_THROWS_WITH(linear_schedule(10, 0.0), ContainsSubstring("beta_first is 0"));
    CHECK_THROWS_WITH(linear_schedule(10, 0.1, 1.5), ContainsSubstring("beta_last is 1.5"));
    CHECK_THROWS_WITH(scaled_linear_schedule(10, -1.0), ContainsSubstring("beta_first is -1"));
    CHECK_THROWS_WITH(cosine_schedule(10, -0.5), ContainsSubstring("offset is -0.5"));
    CHECK_THROWS_WITH(cosine_schedule(10, 0.008, 1.0), ContainsSubstring("beta_max is 1"));
    CHECK_THROWS_WITH(discrete_schedule::from_betas({0.1, 2.0}), ContainsSubstring("beta[1] is 2"));
    CHECK_THROWS_WITH(discrete_schedule::from_betas({}), ContainsSubstring("got none"));
    CHECK_THROWS_WITH(discrete_schedule::from_alpha_bars({0.5, 0.6}),
                      ContainsSubstring("alpha_bar[1] is 0.6"));
    const double nan = std::numeric_limits<double>::quiet_NaN();
    CHECK_THROWS_AS(discrete_schedule::from_betas({nan}), error);
    CHECK_THROWS_AS(discrete_schedule::from_alpha_bars({nan}), error);
    CHECK_THROWS_WITH(linear_schedule().at(1000), ContainsSubstring("time 1000"));
    CHECK_THROWS_WITH(linear_schedule().at(-1.5), ContainsSubstring("time -1.5"));
    CHECK_THROWS_AS(linear_schedule().at(nan), error);
    CHECK_THROWS_AS(linear_schedule().time(nan), error);
}
