#include <fokker/path/grids/beta.hpp>

#include <cmath>
#include <fokker/error.hpp>
#include <fokker/path/continuous.hpp>
#include <fokker/path/discrete_schedule.hpp>

#include "catch.hpp"

using namespace fokker;
using Catch::Approx;
using Catch::Matchers::ContainsSubstring;

TEST_CASE("a Beta of times is symmetric where its parameters are equal") {
    const grid walk = beta(vp_path{.time_min = 0.0}, 8, {.end = grid_end::least_noise});
    REQUIRE(walk.steps() == 8);
    for (std::size_t i = 0; i <= 8; ++i)
        CHECK(walk[i].t + walk[8 - i].t == Approx(1.0).epsilon(1e-12));
    CHECK(walk.front().t == 1.0);
    CHECK(walk.back().t == 0.0);
    const grid even = beta(flow_path{.time_min = 0.0}, 4, {.alpha = 1, .beta = 1});
    CHECK(even[1].t == Approx(0.75).epsilon(1e-14));
}

TEST_CASE("the quantiles of Beta(2, 1) are square roots, those of Beta(1, 2) the mirror image") {
    const flow_path path{.time_min = 0.0};
    const grid rising = beta(path, 5, {.alpha = 2, .beta = 1}),
               falling = beta(path, 5, {.alpha = 1, .beta = 2});
    for (std::size_t i = 0; i < 5; ++i) {
        const double p = 1 - double(i) / 5;
        CHECK(rising[i].t == Approx(std::sqrt(p)).epsilon(1e-12));
        CHECK(falling[i].t == Approx(1 - std::sqrt(1 - p)).epsilon(1e-12));
    }
}

TEST_CASE("no two knots are merged, however many there are") {
    const auto schedule = linear_schedule();
    CHECK(beta(schedule, 300).steps() == 300);
    CHECK_THROWS_WITH(beta(schedule, 300, {.rounded = true}), ContainsSubstring("none twice"));
    CHECK(beta(schedule, 50, {.rounded = true})[25].t == 500);
    CHECK(beta(schedule, 300, {.of = beta_of::sigma}).steps() == 300);
}

TEST_CASE("the last point of a Beta gives way to the clean end, or is the last noisy knot") {
    const auto schedule = linear_schedule();
    CHECK(beta(schedule, 5)[4].t > 0);
    CHECK(beta(schedule, 5, {.endpoint = true})[4].t == 0);
    CHECK(beta(schedule, 5, {.of = beta_of::sigma})[4].t > 0);
    CHECK(beta(schedule, 5, {.of = beta_of::sigma, .endpoint = true})[4].t == 0);
    CHECK(beta(schedule, 5, {.of = beta_of::sigma, .end = grid_end::least_noise}).back().t == 0);
    CHECK(beta(schedule, 1).front().t == 999);
    CHECK(beta(schedule, 1, {.endpoint = true}).front().t == 999);
    CHECK(beta(edm_path{}, 5, {.of = beta_of::sigma, .sigma_max = 10}).front().sigma == Approx(10));
}

TEST_CASE("wrong parameters of a Beta grid are named") {
    const auto schedule = linear_schedule();
    CHECK_THROWS_WITH(beta(schedule, 5, {.end = grid_end::least_noise, .endpoint = true}),
                      ContainsSubstring("endpoint is for a clean end"));
    CHECK_THROWS_WITH(beta(schedule, 0), ContainsSubstring("steps is 0"));
    CHECK_THROWS_WITH(beta(schedule, 5, {.alpha = 0}), ContainsSubstring("alpha of the Beta"));
    CHECK_THROWS_WITH(beta(schedule, 5, {.beta = -1}), ContainsSubstring("beta of the Beta"));
    CHECK_THROWS_WITH(beta(schedule, 5, {.sigma_max = 3}), ContainsSubstring("spans the path"));
    CHECK_THROWS_WITH(beta(vp_path{}, 5, {.rounded = true}), ContainsSubstring("continuous"));
    CHECK_THROWS_WITH(beta(schedule, 5, {.of = beta_of::sigma, .rounded = true}),
                      ContainsSubstring("rounded is for a Beta of times"));
    CHECK_THROWS_WITH(beta(schedule, 5, {.of = beta_of::sigma, .sigma_min = 3, .sigma_max = 2}),
                      ContainsSubstring("sigma goes from 2 to 3"));
}
