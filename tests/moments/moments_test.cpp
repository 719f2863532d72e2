#include <fokker/moments/moments.hpp>

#include <cmath>
#include <limits>

#include <fokker/error.hpp>
#include <fokker/path/continuous.hpp>
#include <fokker/path/discrete_schedule.hpp>

#include "catch.hpp"

using namespace fokker;
using Catch::Approx;
using Catch::Matchers::ContainsSubstring;

namespace {

knot of_lambda(double lambda) { return {0.0, std::exp(lambda), 1.0}; }

/// Gamma of data N(0, s^2).
double exact(double lambda, double s) { return 1.0 / (1.0 + s * s * std::exp(2 * lambda)); }

}  // namespace

TEST_CASE("between knots Gamma of Gaussian data is exact, outside it is constant") {
    const moments m{{of_lambda(-3), of_lambda(1), of_lambda(2)},
                    {exact(-3, 0.4), exact(1, 0.4), exact(2, 0.4)}};
    for (const double lambda : {-2.9, -1.0, 0.99, 1.01, 1.5, 1.999})
        CHECK(m.at(lambda) == Approx(exact(lambda, 0.4)).epsilon(1e-13));
    for (std::size_t i = 0; i < 3; ++i) CHECK(m.at(m.knots[i].lambda()) == m.gamma[i]);
    CHECK(m.at(-9) == m.gamma.front());
    CHECK(m.at(9) == m.gamma.back());
    CHECK(m.at(knot{0, 0, 1}.lambda()) == m.gamma.front());
}

TEST_CASE("where a measured Gamma is no probability, it is linear") {
    const moments m{{of_lambda(0), of_lambda(2), of_lambda(3)}, {1.0, 0.5, 0.0}};
    CHECK(m.at(1.0) == Approx(0.75));
    CHECK(m.at(2.5) == Approx(0.25));
    const moments certain{{of_lambda(0), of_lambda(1)}, {1.0, 1.0}};
    CHECK(certain.at(0.3) == 1.0);
}

TEST_CASE("a map holds a value for each element, and has a mean") {
    const moments m{{of_lambda(-1), of_lambda(1)}, {exact(-1, 0.2), 1, exact(1, 0.2), 1}};
    REQUIRE(m.values() == 2);
    CHECK(m.at(0.5, 0) == Approx(exact(0.5, 0.2)).epsilon(1e-13));
    CHECK(m.at(0.5, 1) == 1.0);
    CHECK(m.mean().values() == 1);
    CHECK(m.mean().at(1.0) == Approx((exact(1, 0.2) + 1) / 2));
    CHECK(m.mean().knots == m.knots);
}

TEST_CASE("the same lambda on another path is the same place") {
    const auto schedule = linear_schedule();
    const vp_path path{};
    moments m;
    for (int t = 999; t >= 0; t -= 9) {
        m.knots.push_back(path.at(path.time(schedule.at(t).lambda())));
        m.gamma.push_back(0.001 * t);
    }
    m.check();
    for (std::size_t i = 0; i < m.knots.size(); ++i)
        CHECK(m.at(schedule.at(999.0 - 9.0 * double(i)).lambda()) == Approx(m.gamma[i]));
}

TEST_CASE("bad moments are refused, and knots around which nothing was measured") {
    const auto refuses = [](const moments& m, const char* words) {
        CHECK_THROWS_WITH(m.check(), ContainsSubstring(words));
    };
    const knot a = of_lambda(-1), b = of_lambda(1);
    refuses({}, "estimate_moments");
    refuses({{a, b}, {0.1}}, "2 knots and 1 values");
    refuses({{a, a}, {0.5, 0.5}}, "it must rise");
    refuses({{b, a}, {0.5, 0.5}}, "it must rise");
    refuses({{a, b}, {0.5, -0.5}}, "Gamma is -0.5");
    for (const double t : {std::nan(""), std::numeric_limits<double>::infinity()})
        refuses({{knot{t, 0.5, 0.8}, b}, {0.5, 0.5}}, "must be finite");
    refuses({{knot{1, 0, 1}, b}, {0.5, 0.5}}, "must be positive");
    const moments m{{a, b}, {0.5, 0.5}};
    CHECK_NOTHROW(m.require_measured(of_lambda(1 + 1e-9), "the grid"));
    CHECK_NOTHROW(m.require_measured({1, 0, 1}, "the grid"));
    CHECK_THROWS_WITH(m.require_measured(of_lambda(1.01), "the grid"),
                      ContainsSubstring("from lambda = -1 (t = 0) to 1"));
    CHECK_THROWS_WITH(m.require_measured(of_lambda(-1.01), "the grid"),
                      ContainsSubstring("and the grid needs it at lambda = -1.01"));
}
