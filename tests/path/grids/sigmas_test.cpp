#include <fokker/path/grids/sigmas.hpp>

#include <cmath>
#include <fokker/error.hpp>
#include <fokker/path/continuous.hpp>
#include <fokker/path/discrete_schedule.hpp>
#include <fokker/path/grids/times.hpp>
#include <vector>

#include "catch.hpp"

using namespace fokker;
using Catch::Approx;
using Catch::Matchers::ContainsSubstring;

namespace {
constexpr auto least = grid_end::least_noise;
}

TEST_CASE("every grid in sigma ends clean or at the least noise, on every path") {
    const auto check = [](const auto& path, const auto& lay) {
        const grid clean = lay(path, grid_end::clean), open = lay(path, least);
        CHECK(clean.steps() == 6);
        CHECK(open.steps() == 6);
        CHECK(clean.back().sigma == 0.0);
        CHECK(clean[5] == path.at(path.first_time()));
        CHECK(open.back() == path.at(path.first_time()));
        CHECK(clean.front() == path.at(path.last_time()));
        CHECK(open.front() == clean.front());
        CHECK(clean.has_path());
    };
    const auto all = [&](const auto& path) {
        check(path, [](const auto& p, grid_end e) { return karras(p, 6, {.end = e}); });
        check(path, [](const auto& p, grid_end e) { return exponential(p, 6, {.end = e}); });
        check(path, [](const auto& p, grid_end e) { return polyexponential(p, 6, {.end = e}); });
        check(path, [](const auto& p, grid_end e) { return kl_optimal(p, 6, {.end = e}); });
        check(path, [](const auto& p, grid_end e) { return uniform_lambda(p, 6, e); });
    };
    all(linear_schedule());
    all(vp_path{});
    all(sub_vp_path{});
    all(ve_path{});
    all(edm_path{});
    all(cosine_path{});
}

TEST_CASE("exponential is uniform in lambda, kl_optimal in the arc tangent") {
    const grid a = exponential(vp_path{}, 9), b = uniform_lambda(vp_path{}, 9);
    const grid c = polyexponential(vp_path{}, 9);
    for (std::size_t i = 0; i < 9; ++i) {
        CHECK(a[i].t == Approx(b[i].t).epsilon(1e-12));
        CHECK(a[i].t == Approx(c[i].t).epsilon(1e-12));
    }
    const grid k = kl_optimal(edm_path{}, 9);
    const double h = std::atan(k[0].sigma) - std::atan(k[1].sigma);
    CHECK(std::atan(k[7].sigma) - std::atan(k[8].sigma) == Approx(h).epsilon(1e-9));
}

TEST_CASE("polyexponential raises evenly spaced points to the power rho") {
    const grid walk =
        polyexponential(edm_path{}, 5, {.rho = 2, .sigma_min = 0.01, .sigma_max = 100});
    for (std::size_t i = 0; i < 5; ++i) {
        const double u = 1 - double(i) / 4;
        CHECK(walk[i].sigma == Approx(0.01 * std::pow(1e4, u * u)).epsilon(1e-12));
    }
}

TEST_CASE("labels of a schedule can be whole, and sigma stays") {
    const auto schedule = linear_schedule();
    const grid exact = karras(schedule, 7);
    const grid whole = karras(schedule.labelled(time_label::rounded), 7);
    for (std::size_t i = 0; i < 7; ++i) {
        CHECK(whole[i].t == std::nearbyint(exact[i].t));
        CHECK(whole[i].sigma == exact[i].sigma);
    }
    CHECK(exact[3].t != whole[3].t);
    // The knots that a solver asks for in between have such labels, too.
    CHECK(whole.knot_at(0.5).t == std::nearbyint(exact.knot_at(0.5).t));
}

TEST_CASE("a table of the user's own") {
    const grid walk = from_sigmas(edm_path{}, {14.6, 3.8, 0.4, 0.0});
    CHECK(walk.steps() == 3);
    CHECK(walk[1].sigma == Approx(3.8).epsilon(1e-14));
    CHECK(walk.back() == knot{0, 1, 0});
    CHECK(from_sigmas(linear_schedule(), {14.6, 0.4, 0}).back().t == -1.0);
    CHECK_THROWS_WITH(from_sigmas(edm_path{}, {}), ContainsSubstring("sigmas is empty"));
    CHECK_THROWS_WITH(from_sigmas(edm_path{}, {1.0, 2.0, 0.0}),
                      ContainsSubstring("sigmas[1] is 2"));
    CHECK_THROWS_WITH(from_sigmas(edm_path{}, {1.0, -2.0, 0}),
                      ContainsSubstring("sigmas[1] is -2"));
    CHECK_THROWS_WITH(from_sigmas(linear_schedule(), {1000.0, 1.0, 0.0}),
                      ContainsSubstring("a sigma is 1000") && ContainsSubstring("only to"));
    CHECK_THROWS_AS(from_sigmas(edm_path{}, {std::nan(""), 1.0}), error);
}

TEST_CASE("a table of sigmas ends as one of times does") {
    const edm_path path;
    const std::vector<double> table{14.6, 3.8, 0.4};
    const auto same = [](const grid& a, const grid& b) {
        REQUIRE(a.size() == b.size());
        for (std::size_t i = 0; i < a.size(); ++i) {
            CHECK(a[i].alpha == b[i].alpha);
            CHECK(a[i].sigma == Approx(b[i].sigma).epsilon(1e-14));
        }
    };
    for (const auto end : {grid_end::clean, grid_end::least_noise})
        same(from_sigmas(path, table, end), from_times(path, table, end));
    CHECK(from_sigmas(path, table, grid_end::clean).back() == knot{0, 1, 0});
    CHECK(from_sigmas(path, {14.6, 0.4, 0.0}, grid_end::clean).steps() == 2);
    CHECK(from_sigmas(path, {14.6, 0.002}, grid_end::least_noise).steps() == 1);
    CHECK(from_sigmas(path, {14.6, 0.002}, grid_end::least_noise).back().sigma == 0.002);
    CHECK(from_sigmas(path, table, grid_end::clean).until(2).back().sigma == Approx(0.4));
    // Until version 0.1 such a table ended with noise left.
    CHECK_THROWS_WITH(from_sigmas(path, table),
                      ContainsSubstring("the last sigma is 0.4") && ContainsSubstring("until"));
    CHECK_THROWS_WITH(from_sigmas(path, {1.0, 0.0}, grid_end::least_noise),
                      ContainsSubstring("least_noise"));
    CHECK_THROWS_WITH(from_sigmas(path, {0.0}), ContainsSubstring("0 alone"));
}

TEST_CASE("wrong parameters of grids in sigma are named") {
    const auto schedule = linear_schedule();
    CHECK_THROWS_WITH(exponential(schedule, 0), ContainsSubstring("steps is 0"));
    CHECK_THROWS_WITH(kl_optimal(schedule, 0), ContainsSubstring("steps is 0"));
    CHECK_THROWS_WITH(polyexponential(schedule, 0), ContainsSubstring("steps is 0"));
    CHECK_THROWS_WITH(polyexponential(schedule, 5, {.rho = 0}), ContainsSubstring("rho is 0"));
    CHECK_THROWS_WITH(karras(schedule, 5, {.rho = 0}), ContainsSubstring("rho is 0"));
    CHECK_THROWS_WITH(exponential(schedule, 5, {.sigma_min = 3, .sigma_max = 2}),
                      ContainsSubstring("sigma goes from 2 to 3"));
    CHECK_THROWS_WITH(exponential(schedule, 5, {.sigma_max = 1e4}),
                      ContainsSubstring("sigma_max is") && ContainsSubstring("only to"));
    CHECK_THROWS_WITH(kl_optimal(schedule, 5, {.sigma_min = 1e-5}),
                      ContainsSubstring("sigma_min is"));
    CHECK_THROWS_WITH(kl_optimal(flow_path{}, 5), ContainsSubstring("give sigma_min"));
    CHECK_THROWS_WITH(polyexponential(flow_path{}, 5), ContainsSubstring("give sigma_min"));
    CHECK_NOTHROW(exponential(flow_path{}, 5, {.sigma_max = 100}));
}
