#include <fokker/fitting/weight_table.hpp>

#include <Eigen/Core>
#include <array>
#include <cmath>
#include <cstddef>
#include <limits>

#include <fokker/path/continuous.hpp>
#include <fokker/path/discrete_schedule.hpp>
#include <fokker/path/grids.hpp>
#include <fokker/path/schedules/rescale.hpp>

#include "catch.hpp"

using namespace fokker;
using detail::crossing_knots;
using detail::weight_table;
using Eigen::VectorXd;

namespace {

grid few(int steps) { return uniform_lambda(vp_path{}, steps, grid_end::least_noise); }

/// From pure noise to clean data.
grid whole(int steps) { return trailing(zero_terminal_snr(linear_schedule(1000)), steps); }

}  // namespace

TEST_CASE(
    "Without deviations a step is exact for data predictions that go along a line in lambda") {
    const grid walk = few(4);
    const weight_table table(walk, 2, 4, false, few(40));
    const double a = 0.7, b = -0.4;  // D = a + b lambda
    const auto D = [&](int i) { return a + b * walk[std::size_t(i)].lambda(); };
    for (int i = 0; i < 4; ++i) {
        const knot &s = walk[std::size_t(i)], &t = walk[std::size_t(i) + 1];
        const fitted_step of = table.step(i);
        CHECK(of.predictions == i + 1);
        CHECK(of.state == Catch::Approx(t.sigma / s.sigma));
        // The integral of e^lambda D: e^lambda (a - b + b lambda). The first step knows one D.
        const double line = i == 0 ? 0.0 : b, level = i == 0 ? D(0) : a - b;
        const auto integral = [&](const knot& k) {
            return std::exp(k.lambda()) * (level + line * k.lambda());
        };
        const double before = i == 0 ? 0.0 : of.data[1] * D(i - 1);
        CHECK(of.data[0] * D(i) + before ==
              Catch::Approx(t.sigma * (integral(t) - integral(s))).epsilon(1e-10));
        CHECK(of.data[2] == 0.0);
    }
}

TEST_CASE("The parameters are the changes of each step's weights, and then those of the knots") {
    const weight_table table(few(3), 1, 2, true, few(30));
    REQUIRE(table.parameters() == (1 + 1) + (1 + 2) + (1 + 2) + 2);
    const VectorXd by = VectorXd::LinSpaced(10, 0.01, 0.1);
    const auto crossing = GENERATE(crossing_knots::refused, crossing_knots::limited);
    const auto moved = table.moved(by, crossing);
    REQUIRE(moved.has_value());
    CHECK(moved->walk()[1].lambda() == Catch::Approx(table.walk()[1].lambda() + 0.09));
    CHECK(moved->walk()[2].lambda() == Catch::Approx(table.walk()[2].lambda() + 0.1));
    // The weights that it deviates from are those of the new knots.
    const fitted_step own = weight_table(moved->walk(), 1, 2, false, few(30)).step(2);
    CHECK(moved->step(2).state == Catch::Approx(own.state + 0.06));
    CHECK(moved->step(2).data[0] == Catch::Approx(own.data[0] + 0.07));
    CHECK(moved->step(2).data[1] == Catch::Approx(own.data[1] + 0.08));
    CHECK(moved->solver().knots[1] == moved->walk()[1]);
    CHECK(moved->solver().steps[2] == moved->step(2));
}

TEST_CASE("Knots that would change places are no change, or move a part of the way") {
    const weight_table table(few(3), 1, 1, true, few(30));
    const grid& walk = table.walk();
    VectorXd by = VectorXd::Zero(table.parameters());
    double& first = by[by.size() - 2];
    const auto part = [&](std::size_t next) {
        const weight_table of = table.moved(by, crossing_knots::limited).value();
        return (of.walk()[1].lambda() - walk[1].lambda()) /
               (walk[next].lambda() - walk[1].lambda());
    };
    first = 100;  // behind the second
    CHECK_FALSE(table.moved(by, crossing_knots::refused).has_value());
    CHECK(part(2) == Catch::Approx(0.4));
    first = -100;  // before the beginning
    CHECK_FALSE(table.moved(by, crossing_knots::refused).has_value());
    CHECK(part(0) == Catch::Approx(0.4));
    first = 0.9 * (walk[2].lambda() - walk[1].lambda());
    CHECK(table.moved(by, crossing_knots::refused).has_value());
    CHECK(part(2) == Catch::Approx(0.4));
}

TEST_CASE("What is not finite is no change") {
    const weight_table table(few(3), 1, 1, true, few(30));
    const auto crossing = GENERATE(crossing_knots::refused, crossing_knots::limited);
    VectorXd by = VectorXd::Zero(table.parameters());
    CHECK(table.moved(by, crossing).has_value());
    by[0] = std::numeric_limits<double>::quiet_NaN();
    CHECK_FALSE(table.moved(by, crossing).has_value());
}

TEST_CASE("A knot is tried on the side where there is room") {
    const weight_table table(few(3), 1, 1, true, few(30));
    const auto [later, h] = table.with_knot_moved(1);
    CHECK(h > 0);
    CHECK(later.walk()[1].lambda() == Catch::Approx(table.walk()[1].lambda() + h));
    CHECK(later.walk()[2] == table.walk()[2]);
    const grid walk = whole(3);
    // Knots may go as far as those of this one, which is the least noise that was seen.
    const weight_table last(walk, 1, 1, true, walk);
    const auto [earlier, back] = last.with_knot_moved(2);
    CHECK(back < 0);
    CHECK(earlier.walk()[2].lambda() == Catch::Approx(walk[2].lambda() + back));
}

TEST_CASE("Knots move between their own lambdas where the fine grid has none between its ends") {
    const grid walk = whole(3);
    REQUIRE(whole(1).front().alpha == 0);
    REQUIRE(whole(1).back().sigma == 0);
    const weight_table table(walk, 1, 1, true, whole(1));
    VectorXd by = VectorXd::Zero(table.parameters());
    by[by.size() - 2] = 0.1;
    by[by.size() - 1] = -0.1;
    const auto crossing = GENERATE(crossing_knots::refused, crossing_knots::limited);
    const auto moved = table.moved(by, crossing);
    REQUIRE(moved.has_value());
    CHECK(moved->walk()[1].lambda() == Catch::Approx(walk[1].lambda() + 0.1));
    CHECK(moved->walk()[2].lambda() == Catch::Approx(walk[2].lambda() - 0.1));
}
