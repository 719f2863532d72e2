#include <fokker/path/grids/times.hpp>

#include <cmath>
#include <fokker/error.hpp>
#include <fokker/path/continuous.hpp>
#include <fokker/path/discrete_schedule.hpp>

#include "catch.hpp"

using namespace fokker;
using Catch::Approx;
using Catch::Matchers::ContainsSubstring;

TEST_CASE("time_uniform keeps fractions, sgm_uniform drops its last point") {
    const auto schedule = linear_schedule();
    const grid uniform = time_uniform(schedule, 3), sgm = sgm_uniform(schedule, 4);
    CHECK(uniform[1].t == 499.5);
    CHECK(uniform[2].t == 0);
    CHECK(sgm[1].t == 749.25);
    CHECK(sgm[3].t == 249.75);
    CHECK(sgm.steps() == 4);
    CHECK(sgm.back() == knot{-1, 1, 0});
    CHECK(sgm_uniform(schedule, 4, grid_end::least_noise).back().t == 0);
    CHECK(time_uniform(flow_path{}, 2).back() == knot{0, 1, 0});
    CHECK(sgm_uniform(schedule, 1).front().t == 999);
    CHECK(time_uniform(schedule.labelled(time_label::rounded), 3)[1].t == 500);
}

TEST_CASE("time_quadratic spaces the square roots, of a schedule counted from 1") {
    const grid walk = time_quadratic(linear_schedule(), 7, grid_end::least_noise);
    REQUIRE(walk.steps() == 7);
    const auto root = [&](std::size_t i) { return std::sqrt(walk[i].t + 1); };
    for (std::size_t i = 1; i < 7; ++i)
        CHECK(root(i) - root(i + 1) == Approx(root(0) - root(1)).epsilon(1e-12));
    CHECK(walk.front().t == 999);
    CHECK(walk.back().t == 0);
    const grid continuous = time_quadratic(vp_path{}, 3);
    CHECK(std::sqrt(continuous[1].t) == Approx(0.5 * (1 + std::sqrt(1e-3))));
    CHECK(continuous[2].t == 1e-3);
}

TEST_CASE("quadratic begins at the part of the time that is asked for") {
    const grid walk = quadratic(linear_schedule(), 4, grid_end::clean, 0.5);
    for (std::size_t i = 0; i < 4; ++i)
        CHECK(std::sqrt(walk[i].t) ==
              Approx(std::sqrt(0.5 * 999) * (1 - double(i) / 3)).margin(1e-12));
}

TEST_CASE("a timetable of the user's own") {
    const auto schedule = scaled_linear_schedule();
    const grid walk = from_times(schedule, {999, 850, 736, 24});
    CHECK(walk.steps() == 4);
    CHECK(walk[1] == schedule.at(850));
    CHECK(walk.back() == knot{-1, 1, 0});
    CHECK(walk.has_path());
    CHECK(from_times(schedule, {999, 24}, grid_end::least_noise).back().t == 0);
    // A table that leads to the end has it already.
    CHECK(from_times(schedule, {999, 24, -1}).steps() == 2);
    CHECK(from_times(edm_path{}, {10, 1, 0}).steps() == 2);
    CHECK(from_times(edm_path{}, {10, 1, 0}).back() == knot{0, 1, 0});
    CHECK(from_times(schedule, {999, 24, 0}, grid_end::least_noise).steps() == 2);
    CHECK(from_times(schedule, {999, 850, 24}).until(2).back().t == 24);
    CHECK_THROWS_WITH(from_times(schedule, {}), ContainsSubstring("times is empty"));
    CHECK_THROWS_WITH(from_times(schedule, {5, 7}), ContainsSubstring("none twice"));
    CHECK_THROWS_WITH(from_times(schedule, {1000}), ContainsSubstring("time 1000"));
}

TEST_CASE("wrong numbers of steps are named") {
    CHECK_THROWS_WITH(time_uniform(vp_path{}, 0), ContainsSubstring("steps is 0"));
    CHECK_THROWS_WITH(time_quadratic(vp_path{}, -1), ContainsSubstring("steps is -1"));
    CHECK_THROWS_WITH(sgm_uniform(vp_path{}, 0), ContainsSubstring("steps is 0"));
    CHECK_THROWS_WITH(linspace(vp_path{}, 0), ContainsSubstring("steps is 0"));
}
