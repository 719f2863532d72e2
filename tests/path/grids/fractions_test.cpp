#include <fokker/path/grids/fractions.hpp>

#include <cmath>
#include <cstddef>
#include <vector>

#include <fokker/path/continuous.hpp>
#include <fokker/path/discrete_schedule.hpp>
#include <fokker/path/grids/flow.hpp>

#include "catch.hpp"

using namespace fokker;
using Catch::Approx;
using Catch::Matchers::ContainsSubstring;

namespace {

std::vector<double> sigmas_of(const grid& walk) {
    std::vector<double> all;
    for (const knot& k : walk) all.push_back(k.alpha > 0 ? k.noise_to_signal() : INFINITY);
    return all;
}

}  // namespace

TEST_CASE("a linear-quadratic grid is ComfyUI's, of a flow and of a schedule") {
    // linear_quadratic_schedule of comfy/samplers.py, 7 steps.
    const std::vector<double> sevenths{1.0,       0.9916666666666667, 0.9833333333333333, 0.975,
                                       0.9078125, 0.7229166666666667, 0.4203125,          0.0};
    const grid flows = linear_quadratic(shifted_flow_path{.shift = 3.0, .time_min = 1e-3}, 7);
    const auto schedule = scaled_linear_schedule();
    const grid table = linear_quadratic(schedule, 7);
    const double high = schedule.at(999).noise_to_signal();
    REQUIRE(flows.steps() == 7);
    for (std::size_t i = 0; i < sevenths.size(); ++i) {
        CHECK(flows[i].sigma == Approx(sevenths[i]).epsilon(1e-12));
        CHECK(table[i].noise_to_signal() == Approx(sevenths[i] * high).epsilon(1e-9));
    }
    CHECK(table.front().t == 999);
    // The parabola goes on with the slope of the line, and ends at 0.
    const auto f = fokker::detail::linear_quadratic_fractions(40000, 0.1, 10000);
    CHECK(f[10000] == Approx(0.9));
    CHECK(f[10001] - f[10000] == Approx(f[10000] - f[9999]).epsilon(1e-3));
    CHECK(f[39999] < 1e-3);
    CHECK(linear_quadratic(schedule, 1).steps() == 1);
    CHECK(
        linear_quadratic(schedule, 6, {.linear_steps = 2, .end = grid_end::least_noise}).back().t ==
        0);
}

TEST_CASE("a bong tangent goes over the path's own range, and through its middle after 60%") {
    const auto schedule = scaled_linear_schedule();
    const double high = schedule.at(999).noise_to_signal(), low = schedule.at(0).noise_to_signal();
    const grid walk = bong_tangent(schedule, 18, grid_end::least_noise);
    REQUIRE(walk.steps() == 18);
    CHECK(walk.front().t == 999);
    CHECK(walk.back().t == 0);
    CHECK(walk[11].noise_to_signal() == Approx(low + 0.5 * (high - low)).epsilon(1e-9));
    // Twenty points: twelve of an arc whose steepest place is its end, and eight whose steepest
    // place is their beginning.
    const auto arc = [](double i) { return std::atan(0.4 * i); };
    for (std::size_t i = 0; i < 11; ++i)
        CHECK((walk[i].noise_to_signal() - low) / (high - low) ==
              Approx(0.5 + 0.5 * (arc(12.0 - double(i)) - arc(1)) / (arc(12) - arc(1)))
                  .epsilon(1e-9));
    for (std::size_t i = 11; i < 18; ++i)
        CHECK((walk[i].noise_to_signal() - low) / (high - low) ==
              Approx(0.5 - 0.5 * arc(double(i) - 11) / arc(7)).epsilon(1e-9));
    // A flow's sigma is its own.
    const grid flows = bong_tangent(flow_path{.time_min = 0.0}, 18);
    CHECK(flows.front().alpha == 0);
    CHECK(flows[11].sigma == Approx(0.5).epsilon(1e-9));
    CHECK(bong_tangent(flow_path{}, 1).steps() == 1);
}

TEST_CASE("smoothstep has the times of its formula, rounded where they are wanted so") {
    const auto schedule = linear_schedule();
    const grid walk = smoothstep(schedule, 4), rounded = smoothstep(schedule, 4, {.rounded = true});
    const std::vector<double> expected{1.0, 0.84375, 0.5, 0.15625};
    for (std::size_t i = 0; i < 4; ++i) {
        CHECK(walk[i].t == Approx(999 * expected[i]).epsilon(1e-12));
        CHECK(rounded[i].t == std::round(999 * expected[i]));
    }
    CHECK(walk.steps() == 4);
    CHECK(smoothstep(vp_path{}, 4, {.end = grid_end::least_noise}).back().t == vp_path{}.time_min);
    CHECK_THROWS_WITH(smoothstep(vp_path{}, 4, {.rounded = true}), ContainsSubstring("continuous"));
    CHECK_THROWS_WITH(smoothstep(schedule, 900, {.rounded = true}),
                      ContainsSubstring("none twice"));
}

TEST_CASE("a Laplace grid lies at the quantiles between its ends") {
    const double mu = 0.3, b = 0.7;
    const edm_path path{.sigma_min = 0.01, .sigma_max = 50.0};
    const auto below = [&](double sigma) {
        const double z = (std::log(sigma) - mu) / b;
        return z < 0 ? 0.5 * std::exp(z) : 1 - 0.5 * std::exp(-z);
    };
    const auto sigmas =
        sigmas_of(laplace(path, 10, {.mu = mu, .b = b, .end = grid_end::least_noise}));
    REQUIRE(sigmas.size() == 11);
    CHECK(sigmas.front() == 50.0);
    CHECK(sigmas.back() == 0.01);
    for (std::size_t i = 0; i <= 10; ++i)
        CHECK(below(sigmas[i]) ==
              Approx(below(50.0) + double(i) / 10 * (below(0.01) - below(50.0))).epsilon(1e-10));
    CHECK(laplace(scaled_linear_schedule(), 8).front().t == 999);
    CHECK(laplace(path, 1).steps() == 1);
    CHECK_THROWS_WITH(laplace(path, 5, {.b = 0.0}), ContainsSubstring("b is 0"));
    CHECK_THROWS_WITH(laplace(path, 5, {.mu = INFINITY}), ContainsSubstring("mu is inf"));
    CHECK_THROWS_WITH(laplace(path, 5, {.mu = -40, .b = 0.1}),
                      ContainsSubstring("let b be larger"));
    CHECK_THROWS_WITH(laplace(flow_path{}, 5), ContainsSubstring("sigma_max"));
}

TEST_CASE("wrong options of these grids are named") {
    const auto schedule = linear_schedule();
    CHECK_THROWS_WITH(linear_quadratic(schedule, 0), ContainsSubstring("steps is 0"));
    CHECK_THROWS_WITH(linear_quadratic(schedule, 5, {.threshold = 1.0}),
                      ContainsSubstring("threshold is 1"));
    CHECK_THROWS_WITH(linear_quadratic(schedule, 5, {.linear_steps = 5}),
                      ContainsSubstring("some must be left"));
    // A parabola with the slope of the line would be below 0 before it ends there.
    CHECK_THROWS_WITH(linear_quadratic(flow_path{}, 10, {.threshold = 0.3, .linear_steps = 1}),
                      ContainsSubstring("threshold is 0.3 in 1 of 10 steps"));
    CHECK(linear_quadratic(flow_path{}, 10, {.threshold = 0.19, .linear_steps = 1})[9].sigma > 0);
    CHECK_THROWS_WITH(bong_tangent(schedule, 0), ContainsSubstring("steps is 0"));
    CHECK_THROWS_WITH(smoothstep(schedule, 0), ContainsSubstring("steps is 0"));
}

TEST_CASE("FLUX.2's shift is linear in the tokens and in the steps") {
    // compute_empirical_mu of flux2/sampling.py, 1024 tokens and 28 steps, and beyond 4300 tokens.
    const double many = 1.6927e-4 * 1024 + 0.45666666, few = 8.73809524e-5 * 1024 + 1.89833333;
    CHECK(std::log(empirical_shift(1024, 200)) == Approx(many).epsilon(1e-12));
    CHECK(std::log(empirical_shift(1024, 10)) == Approx(few).epsilon(1e-12));
    CHECK(std::log(empirical_shift(1024, 105)) == Approx(0.5 * (many + few)).epsilon(1e-12));
    CHECK(std::log(empirical_shift(5000, 10)) == Approx(1.6927e-4 * 5000 + 0.45666666));
    CHECK(flow(10, {.shift = empirical_shift(1024, 10)})[1].sigma ==
          Approx(std::exp(few) / (std::exp(few) + 1 / 0.9 - 1)).epsilon(1e-12));
    CHECK_THROWS_WITH(empirical_shift(0, 10), ContainsSubstring("tokens is 0"));
    CHECK_THROWS_WITH(empirical_shift(10, 0), ContainsSubstring("steps is 0"));
}
