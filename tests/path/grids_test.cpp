#include <fokker/path/grids.hpp>

#include <fokker/error.hpp>
#include <fokker/path/continuous.hpp>

#include "catch.hpp"

using namespace fokker;
using Catch::Approx;
using Catch::Matchers::ContainsSubstring;

namespace {
std::vector<double> times(const grid& walk) {
    std::vector<double> t;
    for (const knot& k : walk) t.push_back(k.t);
    return t;
}
using list = std::vector<double>;
}  // namespace

TEST_CASE("trailing, leading and linspace are the tables of Lin et al. 2024, table 2") {
    const auto schedule = linear_schedule();
    CHECK(times(trailing(schedule, 10)) ==
          list{999, 899, 799, 699, 599, 499, 399, 299, 199, 99, -1});
    CHECK(times(leading(schedule, 10)) == list{900, 800, 700, 600, 500, 400, 300, 200, 100, 0, -1});
    CHECK(times(leading(schedule, 4, 1)) == list{751, 501, 251, 1, -1});
    CHECK(times(linspace(schedule, 10)) ==
          list{999, 888, 777, 666, 555, 444, 333, 222, 111, 0, -1});
    CHECK(times(trailing(schedule, 3)) == list{999, 666, 332, -1});
    CHECK(times(trailing(schedule, 1000)).size() == 1001);
    CHECK(times(linspace(flow_path{.time_min = 0.2}, 2)) == list{1.0, 0.2, 0.0});
    const grid open = linspace(flow_path{.time_min = 0.2}, 2, grid_end::least_noise);
    CHECK(open.front().t == 1.0);
    CHECK(open[1].t == Approx(0.6).epsilon(1e-15));
    CHECK(open.back().t == 0.2);
}

TEST_CASE("quadratic spaces the square roots of the times") {
    const auto t = times(quadratic(linear_schedule(), 5));
    CHECK(t.front() == Approx(0.8 * 999));
    CHECK(std::sqrt(t[1]) - std::sqrt(t[2]) == Approx(std::sqrt(t[0]) - std::sqrt(t[1])));
    CHECK(t[4] == Approx(0.0).margin(1e-9));
}

TEST_CASE("karras is equation 5 of Karras et al. 2022") {
    const int n = 18;
    const grid walk = karras(edm_path{}, n);
    REQUIRE(walk.steps() == n);
    for (int i = 0; i < n; ++i) {
        const double root = std::pow(80.0, 1 / 7.0) +
                            i / (n - 1.0) * (std::pow(0.002, 1 / 7.0) - std::pow(80.0, 1 / 7.0));
        CHECK(walk[static_cast<std::size_t>(i)].sigma == Approx(std::pow(root, 7)).epsilon(1e-12));
    }
    CHECK(walk.back().sigma == 0.0);
    const grid narrow = karras(linear_schedule(), 8, {.sigma_min = 0.1, .sigma_max = 10.0});
    CHECK(narrow.front().noise_to_signal() == Approx(10.0));
    CHECK(narrow[7].noise_to_signal() == Approx(0.1));
    const grid open = karras(edm_path{}, 8, {.end = grid_end::least_noise});
    CHECK(open.steps() == 8);
    CHECK(open.back().sigma == Approx(0.002));
}

TEST_CASE("uniform_lambda spaces lambda evenly") {
    const grid walk = uniform_lambda(vp_path{}, 6, grid_end::least_noise);
    REQUIRE(walk.steps() == 6);
    const double h = walk[1].lambda() - walk[0].lambda();
    for (std::size_t i = 1; i < 6; ++i)
        CHECK(walk[i + 1].lambda() - walk[i].lambda() == Approx(h).epsilon(1e-9));
    CHECK(walk.back().t == Approx(1e-3));
}

TEST_CASE("one step is a walk, and every grid has the steps that were asked for") {
    CHECK(trailing(linear_schedule(), 1).steps() == 1);
    CHECK(leading(linear_schedule(), 1).steps() == 1);
    CHECK(linspace(linear_schedule(), 1).steps() == 1);
    CHECK(quadratic(linear_schedule(), 1).steps() == 1);
    CHECK(karras(linear_schedule(), 1).steps() == 1);
    CHECK(uniform_lambda(linear_schedule(), 1).steps() == 1);
    CHECK(karras(linear_schedule(), 37).steps() == 37);
    CHECK(karras(linear_schedule(), 5).has_path());
}

TEST_CASE("wrong parameters of grids are named") {
    const auto schedule = linear_schedule(100);
    CHECK_THROWS_WITH(trailing(schedule, 0), ContainsSubstring("steps is 0"));
    CHECK_THROWS_WITH(trailing(schedule, 101), ContainsSubstring("more than the 100"));
    CHECK_THROWS_WITH(leading(schedule, 10, 20), ContainsSubstring("offset is 20"));
    CHECK_THROWS_AS(leading(schedule, 10, -1), error);
    CHECK_THROWS_AS(linspace(schedule, 101), error);
    CHECK_THROWS_AS(linspace(vp_path{}, 0), error);
    CHECK_THROWS_WITH(quadratic(schedule, 5, grid_end::clean, 1.5),
                      ContainsSubstring("span is 1.5"));
    CHECK_THROWS_WITH(karras(schedule, 5, {.rho = -1}), ContainsSubstring("rho is -1"));
    CHECK_THROWS_WITH(karras(edm_path{}, 5, {.sigma_min = 3, .sigma_max = 2}),
                      ContainsSubstring("sigma_min"));
    CHECK_THROWS_WITH(karras(flow_path{}, 5), ContainsSubstring("sigma_max"));
    CHECK_THROWS_WITH(uniform_lambda(flow_path{}, 5), ContainsSubstring("alpha > 0"));
}

TEST_CASE("labels at the ends are the path's own, to the last bit") {
    const auto schedule = linear_schedule();
    for (const grid& walk :
         {karras(schedule, 7), uniform_lambda(schedule, 7), quadratic(schedule, 7)})
        CHECK(walk[6].t == 0.0);
    CHECK(karras(schedule, 7).front().t == 999.0);
    CHECK(uniform_lambda(vp_path{}, 7).front().t == 1.0);
    CHECK(karras(vp_path{}, 7)[6].t == 1e-3);
}
