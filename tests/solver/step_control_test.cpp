#include <fokker/solver/step_control.hpp>

#include <cmath>
#include <cstddef>
#include <limits>
#include <numbers>
#include <utility>
#include <vector>

#include "catch.hpp"

using namespace fokker;
using Catch::Approx;
using Catch::Matchers::ContainsSubstring;

namespace {

struct parts {
    std::vector<std::pair<double, double>> attempted, accepted;
};

/// The parts of a walk whose error is a function of where a part begins and how long it is.
parts walked(const step_control& control, double from, double to, double order, const auto& error) {
    parts made;
    control.walk(
        from, to, order,
        [&](double a, double b) {
            made.attempted.emplace_back(a, b);
            return error(a, std::abs(b - a));
        },
        [&] { made.accepted.push_back(made.attempted.back()); });
    return made;
}

const auto exact = [](double, double) { return 0.0; };

}  // namespace

TEST_CASE("a clamped step grows by the safety factor and the root of its error, within limits") {
    CHECK(step_control{}.growth(0.5, 3) == Approx(0.9 * std::cbrt(2.0)));
    CHECK(step_control{}.growth(4.0, 2) == Approx(0.9 / 2));
    CHECK(step_control{.safety = 0.7}.growth(4.0, 2) == Approx(0.7 / 2));
    CHECK(step_control{}.growth(1e-9, 3) == 5.0);
    CHECK(step_control{}.growth(0.0, 3) == 5.0);
    CHECK(step_control{}.growth(1e9, 3) == 0.2);
    const step_control other{.most_factor = 3.0, .least_factor = 0.4};
    CHECK(other.growth(1e-9, 3) == 3.0);
    CHECK(other.growth(0.0, 3) == 3.0);
    CHECK(other.growth(1e9, 3) == 0.4);
}

TEST_CASE("a clamped step is kept if its error is no more than is tolerated") {
    for (const double order : {2.0, 5.0}) {
        CHECK(step_control{}.accepts(1.0, order));
        CHECK_FALSE(step_control{}.accepts(1.0 + 1e-12, order));
    }
}

TEST_CASE("the arctangent rule has its slope at an error of 1, and its limits") {
    const step_control soft{.safety = 0.81, .rule = step_rule::arctangent};
    CHECK(soft.growth(1.0, 3) == Approx(1.0).margin(1e-8));
    CHECK(soft.growth(1.0 / 8, 3) == Approx(1 + std::atan(1.0)));
    CHECK(soft.growth(8.0, 3) == Approx(1 - std::atan(0.5)));
    CHECK(soft.growth(4.0, 2) == Approx(1 - std::atan(0.5)));
    CHECK(soft.growth(0.0, 1) == Approx(1 + std::numbers::pi / 2).margin(1e-7));
    CHECK(soft.growth(1e12, 1) == Approx(1 - std::numbers::pi / 4));
}

TEST_CASE("the arctangent rule keeps a step after which the next may be long enough") {
    for (const double safety : {0.81, 0.9})
        for (const double order : {2.0, 3.0}) {
            const step_control soft{.safety = safety, .rule = step_rule::arctangent};
            const double most = std::pow(1 + std::tan(safety - 1), -order);
            CHECK(soft.accepts(0.999 * most, order));
            CHECK_FALSE(soft.accepts(1.001 * most, order));
        }
}

TEST_CASE("steps without error grow as fast as they may, and the last one ends where it must") {
    const parts made = walked({.first_step = 0.1, .most_factor = 4.0}, -1.0, 2.0, 3, exact);
    REQUIRE(made.accepted.size() == 4);
    const std::vector<double> ends{-0.9, -0.5, 1.1, 2.0};
    for (std::size_t i = 0; i < 4; ++i) {
        CHECK(made.accepted[i].first == (i == 0 ? -1.0 : made.accepted[i - 1].second));
        CHECK(made.accepted[i].second == Approx(ends[i]));
    }
    CHECK(made.accepted[3].second == 2.0);
    CHECK(made.attempted == made.accepted);
}

TEST_CASE("steps settle at safety times the length that is tolerated") {
    const double order = 3;
    const auto error = [&](double, double h) { return std::pow(h / 0.3, order); };
    const parts made = walked({.safety = 0.8}, 0.0, 5.0, order, error);
    CHECK(made.attempted == made.accepted);
    for (std::size_t i = 2; i + 1 < made.accepted.size(); ++i)
        CHECK(made.accepted[i].second - made.accepted[i].first == Approx(0.8 * 0.3));
    CHECK(made.accepted.back().second == 5.0);
}

TEST_CASE("a step with too large an error is made again from where it began, and shorter") {
    const auto error = [](double, double h) { return h > 0.5 ? 8.0 : 0.729; };
    const parts made = walked({.first_step = 1.0}, 2.0, 12.0, 3, error);
    CHECK(made.attempted[0] == std::pair{2.0, 3.0});
    CHECK(made.attempted[1].first == 2.0);
    CHECK(made.attempted[1].second == Approx(2.0 + 0.9 / 2));
    CHECK(made.accepted[0] == made.attempted[1]);
    CHECK(made.attempted[2].first == made.attempted[1].second);
    CHECK(made.attempted[2].second - made.attempted[2].first == Approx(0.9 / 2));
    CHECK(made.accepted.size() + 1 == made.attempted.size());
}

TEST_CASE("a last step that is not kept leaves the walk unfinished") {
    int calls = 0;
    const parts made = walked({.first_step = 1.0}, 0.0, 1.0, 2,
                              [&](double, double) { return ++calls == 1 ? 100.0 : 0.0; });
    CHECK(made.attempted[0] == std::pair{0.0, 1.0});
    CHECK(made.accepted[0].second == Approx(0.2));
    CHECK(made.accepted.back().second == 1.0);
}

TEST_CASE("no step goes beyond the end, and none is left of a rounding error") {
    CHECK(walked({.first_step = 7.0}, 0.0, 1.0, 2, exact).attempted ==
          std::vector{std::pair{0.0, 1.0}});
    CHECK(walked({.first_step = 1.0 - 1e-10}, 0.0, 1.0, 2, exact).attempted ==
          std::vector{std::pair{0.0, 1.0}});
    CHECK(walked({.first_step = 1.0 - 1e-6}, 0.0, 1.0, 2, exact).attempted.size() == 2);
    CHECK(walked({}, 1.0, 1.0, 2, exact).attempted.empty());
}

TEST_CASE("a walk down is the mirror image of a walk up") {
    for (const step_rule rule : {step_rule::clamped, step_rule::arctangent}) {
        const step_control control{.rule = rule};
        const auto error = [](double at, double h) {
            return std::pow(h / (0.1 + std::abs(at)), 2) * 10;
        };
        const parts up = walked(control, -1.0, 2.0, 2, error);
        const parts down = walked(control, 1.0, -2.0, 2, error);
        CHECK(up.accepted.size() < up.attempted.size());
        REQUIRE(down.attempted.size() == up.attempted.size());
        for (std::size_t i = 0; i < up.attempted.size(); ++i) {
            CHECK(down.attempted[i].first == -up.attempted[i].first);
            CHECK(down.attempted[i].second == -up.attempted[i].second);
        }
        CHECK(down.accepted.size() == up.accepted.size());
    }
}

TEST_CASE("parts are counted whether they are kept or not, up to the most that are allowed") {
    int calls = 0;
    const auto counted = [&](double at, double) {
        ++calls;
        return at < 0.5 ? 0.0 : 1e3;
    };
    CHECK_THROWS_WITH(walked({.first_step = 0.6, .most_parts = 7}, 0.0, 1.0, 2, counted),
                      ContainsSubstring("made 7 parts") && ContainsSubstring("lambda = 0.6 of 1"));
    CHECK(calls == 7);
    CHECK(walked({.first_step = 0.6, .most_parts = 2}, 0.0, 1.0, 2, exact).accepted.size() == 2);
}

TEST_CASE("an error that is not a number ends the walk") {
    CHECK_THROWS_WITH(
        walked({}, 0.0, 1.0, 2,
               [](double, double) { return std::numeric_limits<double>::quiet_NaN(); }),
        ContainsSubstring("not a number"));
}
