#include <fokker/path/grid.hpp>

#include <algorithm>
#include <fokker/error.hpp>
#include <fokker/path/continuous.hpp>
#include <fokker/path/discrete_schedule.hpp>
#include <fokker/path/grids.hpp>
#include <limits>
#include <vector>

#include "catch.hpp"

using namespace fokker;
using Catch::Approx;
using Catch::Matchers::ContainsSubstring;

TEST_CASE("a hand-made grid is its knots") {
    const grid walk{{.t = 2.0, .alpha = 0.1, .sigma = 0.9},
                    {.t = 1.0, .alpha = 0.5, .sigma = 0.5},
                    {.t = 0.0, .alpha = 1.0, .sigma = 0.0}};
    CHECK(walk.steps() == 2);
    CHECK(walk.size() == 3);
    CHECK(walk.front().t == 2.0);
    CHECK(walk.back() == walk[2]);
    CHECK_FALSE(walk.has_path());
    CHECK_THROWS_WITH(walk.knot_at(0.0), ContainsSubstring("made by hand") &&
                                             ContainsSubstring("fokker::grid(knots, path)"));
}

TEST_CASE("a grid on a path knows the knots between") {
    const grid walk({{0.9, 0.1, 0.9}, {0.1, 0.9, 0.1}}, flow_path{});
    CHECK(walk.knot_at(0.0).t == Catch::Approx(0.5));
    CHECK(walk.knot_at_time(0.25) == flow_path{}.at(0.25));
    CHECK(walk.from(0).has_path());
    CHECK_THROWS_WITH((grid{{0.9, 0.1, 0.9}, {0.1, 0.9, 0.1}}.knot_at_time(0.25)),
                      ContainsSubstring("made by hand"));
}

TEST_CASE("the knots of a grid on a path know their times, whatever their labels") {
    const auto is_nan = [](double x) { return detail::is_nan(x); };
    const grid by_hand{{3, 0.6, 0.8}, {2, 0.8, 0.6}, {1, 1, 0}};
    for (std::size_t i = 0; i < 3; ++i) CHECK(is_nan(by_hand.walked(i).time()));
    const shifted_flow_path path{.shift = 3, .label_scale = 1000};
    const grid on_path({{9, 0, 1}, {3, 0.25, 0.75}, {2, 0.5, 0.5}, {1, 1, 0}}, path);
    CHECK(is_nan(on_path.walked(0).time()));
    CHECK(on_path.walked(1).time() == Approx(0.5));
    CHECK(on_path.walked(2).time() == Approx(0.25));
    CHECK(is_nan(on_path.walked(3).time()));
    CHECK(on_path.time_at(0.0) == Approx(0.25));
    CHECK(on_path.from(2).walked(0).time() == Approx(0.25));
    CHECK(on_path.from(1).reversed().walked(2).time() == Approx(0.5));
    CHECK_THROWS_WITH(by_hand.time_at(0.0), ContainsSubstring("made by hand"));
    // Whole training times to the last bit.
    const grid table = trailing(linear_schedule().labelled(time_label::truncated), 7);
    for (std::size_t i = 0; i < 7; ++i) CHECK(table.walked(i).time() == table[i].t);
}

TEST_CASE("the rest of a walk") {
    const grid walk{{2, 0.1, 0.9}, {1, 0.5, 0.5}, {0, 1.0, 0.0}};
    CHECK(walk.from(1).steps() == 1);
    CHECK(walk.from(1).front().t == 1.0);
    CHECK_THROWS_WITH(walk.from(2), ContainsSubstring("from(2)"));
    CHECK_THROWS_AS(walk.from(-1), error);
}

TEST_CASE("empty, unordered and broken grids are refused, naming the knot") {
    const double nan = std::numeric_limits<double>::quiet_NaN();
    CHECK_THROWS_WITH(grid(std::vector<knot>{}), ContainsSubstring("got 0"));
    CHECK_THROWS_WITH((grid{{1, 0.5, 0.5}}), ContainsSubstring("got 1"));
    CHECK_THROWS_WITH((grid{{1, 0.5, 0.5}, {2, 0.1, 0.9}}),
                      ContainsSubstring("knot 1") && ContainsSubstring("from noise to data"));
    CHECK_THROWS_WITH((grid{{1, 0.5, 0.5}, {1, 0.5, 0.5}}), ContainsSubstring("none twice"));
    CHECK_THROWS_WITH((grid{{1, 0.5, nan}, {0, 1.0, 0.0}}), ContainsSubstring("knot 0"));
    CHECK_THROWS_AS((grid{{nan, 0.5, 0.5}, {0, 1.0, 0.0}}), error);
    CHECK_THROWS_AS((grid{{1, -0.5, 0.5}, {0, 1.0, 0.0}}), error);
    CHECK_THROWS_AS((grid{{1, 0.0, 0.0}, {0, 1.0, 0.0}}), error);
    CHECK_NOTHROW(grid{{1, 0.0, 1.0}, {0, 1.0, 0.0}});  // from pure noise
}

TEST_CASE("a grid's knots are plain knots, and each step's knots know their lambda") {
    const fokker::grid grid = fokker::trailing(fokker::linear_schedule(), 5);
    const auto [t, alpha, sigma] = grid[1];
    CHECK(t == grid[1].t);
    CHECK(alpha * alpha + sigma * sigma == Catch::Approx(1.0));
    const fokker::grid rest = grid.from(2);
    for (std::size_t i = 0; i < rest.size(); ++i) {
        CHECK(rest.walked(i) == rest[i]);
        CHECK(rest.walked(i).lambda() == rest[i].lambda());
    }
}

TEST_CASE("a part of a walk: up to a knot, and by the strength of image-to-image") {
    const fokker::grid walk = trailing(linear_schedule(), 10);
    CHECK(walk.until(3).steps() == 3);
    CHECK(walk.until(3).back() == walk[3]);
    CHECK(walk.until(10).back() == walk.back());
    CHECK(walk.until(3).has_path());
    CHECK(walk.until(3).walked(3).lambda() == walk[3].lambda());
    CHECK(walk.from(3).front() == walk.until(3).back());
    CHECK(walk.from_strength(0.8).steps() == 8);
    CHECK(walk.from_strength(0.8).front() == walk[2]);
    CHECK(walk.from_strength(1.0).steps() == 10);
    CHECK(walk.from_strength(0.35).steps() == 3);
    CHECK(walk.from_strength(0.35, true).steps() == 4);
    CHECK_THROWS_WITH(walk.until(0), ContainsSubstring("until(0)"));
    CHECK_THROWS_WITH(walk.until(11), ContainsSubstring("stop at 1 .. 10"));
    CHECK_THROWS_WITH(walk.from_strength(0.0), ContainsSubstring("strength is 0"));
    CHECK_THROWS_WITH(walk.from_strength(1.1), ContainsSubstring("strength is 1.1"));
    CHECK_THROWS_WITH(walk.from_strength(0.05), ContainsSubstring("not one is left"));
}

TEST_CASE("a reversed grid is the same knots walked from data to noise") {
    const fokker::grid walk = trailing(linear_schedule(), 10), inverse = walk.reversed();
    CHECK_FALSE(walk.is_reversed());
    CHECK(inverse.is_reversed());
    CHECK(inverse.has_path());
    CHECK(inverse.steps() == 10);
    for (std::size_t i = 0; i < walk.size(); ++i) {
        CHECK(inverse[i] == walk[10 - i]);
        CHECK(inverse.walked(i).lambda() == walk[10 - i].lambda());
    }
    const fokker::grid twice = inverse.reversed();
    CHECK_FALSE(twice.is_reversed());
    CHECK(std::equal(twice.begin(), twice.end(), walk.begin(), walk.end()));
    CHECK(inverse.from(3).is_reversed());
    CHECK(inverse.from(3).front() == walk[7]);
    CHECK(inverse.until(3).back() == walk[7]);
    CHECK_THROWS_WITH(inverse.from_strength(0.5), ContainsSubstring(".reversed()"));
    // By hand it is still an error.
    CHECK_THROWS_WITH(grid(std::vector<knot>(inverse.begin(), inverse.end())),
                      ContainsSubstring("from noise to data"));
}

TEST_CASE("the network is called where there is noise, and not at the end of a walk to the data") {
    const fokker::grid walk = trailing(linear_schedule(), 3);
    CHECK(walk.network_knots().size() == 3);
    CHECK(walk.network_knots().front() == walk[0]);
    CHECK(walk.reversed().network_knots().size() == 3);
    CHECK(walk.reversed().network_knots().back() == walk[0]);
    CHECK(walk.until(2).reversed().network_knots().size() == 3);
}
