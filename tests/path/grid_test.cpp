#include <fokker/path/grid.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <fokker/error.hpp>
#include <fokker/path/continuous.hpp>
#include <fokker/path/discrete_schedule.hpp>
#include <fokker/path/grids.hpp>
#include <limits>
#include <utility>
#include <vector>

#include "catch.hpp"
#include "support/allocations.hpp"

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

TEST_CASE("a strength that is a whole number of steps is that, however it was rounded") {
    for (int n = 1; n <= 200; ++n) {
        const grid walk = linspace(vp_path{}, n);
        for (int k = 1; k <= n; ++k) {
            const double strength = static_cast<double>(k) / n;
            const int each[]{walk.from_strength(strength).steps(),
                             walk.from_strength(strength, true).steps(),
                             walk.from_strength(static_cast<float>(strength)).steps(),
                             walk.from_strength(static_cast<float>(strength), true).steps()};
            for (const int steps : each)
                if (steps != k) FAIL(k << " of " << n << " steps are " << steps);
        }
    }
    const auto schedule = linear_schedule();
    CHECK(trailing(schedule, 50).from_strength(0.58).steps() == 29);  // 28.999999999999996
    CHECK(trailing(schedule, 25).from_strength(0.56, true).steps() == 14);
    CHECK(trailing(schedule, 10).from_strength(0.3).steps() == 3);
    CHECK(trailing(schedule, 10).from_strength(0.1 + 0.2, true).steps() == 3);
    // What is no whole number is cut, and taken for a step, as before.
    CHECK(trailing(schedule, 50).from_strength(0.5799).steps() == 28);
    CHECK(trailing(schedule, 50).from_strength(0.5801, true).steps() == 30);
}

TEST_CASE("a part of a walk by its noise: sigma, sigma / alpha, lambda") {
    const grid walk{{4, 0.0, 1.0}, {3, 0.6, 0.8}, {2, 0.8, 0.6}, {1, 0.96, 0.28}, {0, 1, 0}};
    const auto first = [](const grid& part) { return part.front().t; };
    const auto last = [](const grid& part) { return part.back().t; };
    // At a knot, between two, and at the beginning.
    CHECK(first(walk.from_noise_level(0.8)) == 3);
    CHECK(first(walk.from_noise_level(0.7)) == 2);
    CHECK(first(walk.from_noise_level(1.0)) == 4);
    CHECK(first(walk.from_noise_to_signal(4.0 / 3)) == 3);
    CHECK(first(walk.from_noise_to_signal(1)) == 2);
    CHECK(first(walk.from_noise_to_signal(1e9)) == 3);
    CHECK(first(walk.from_lambda(std::log(0.75))) == 3);
    CHECK(first(walk.from_lambda(0)) == 2);
    CHECK(first(walk.from_lambda(-std::numeric_limits<double>::infinity())) == 4);
    for (const knot& k : walk.until(3)) {
        CHECK(walk.from_noise_level(k.sigma).front() == k);
        CHECK(walk.from_lambda(k.lambda()).front() == k);
        if (k.alpha > 0) CHECK(walk.from_noise_to_signal(k.noise_to_signal()).front() == k);
    }
    // The other part ends where this one begins.
    CHECK(last(walk.until_noise_level(0.7)) == 2);
    CHECK(last(walk.until_noise_to_signal(1)) == 2);
    CHECK(last(walk.until_lambda(0)) == 2);
    CHECK(walk.until_lambda(std::numeric_limits<double>::infinity()).steps() == 4);
    CHECK(walk.until_noise_level(0.7).steps() + walk.from_noise_level(0.7).steps() == 4);
    CHECK(karras(edm_path{}, 10).from_noise_level(2).front().sigma <= 2);
    CHECK(karras(edm_path{}, 10).from_noise_level(2).has_path());
}

TEST_CASE(
    "a part by an amount of noise that the walk has not, or that leaves no step, is refused") {
    const grid walk{{3, 0.6, 0.8}, {2, 0.8, 0.6}, {1, 0.96, 0.28}};
    CHECK_THROWS_WITH(walk.from_noise_level(0.9), ContainsSubstring("from_noise_level(0.9)") &&
                                                      ContainsSubstring("less noise, at 0.8"));
    CHECK_THROWS_WITH(walk.from_noise_to_signal(2), ContainsSubstring("less noise, at 1.3333"));
    CHECK_THROWS_WITH(walk.from_lambda(-1), ContainsSubstring("less noise, at -0.287"));
    CHECK_THROWS_WITH(walk.until_noise_level(0.9), ContainsSubstring("less noise, at 0.8"));
    CHECK_THROWS_WITH(walk.from_noise_level(0.28),
                      ContainsSubstring("leaves no step") && ContainsSubstring("begins at 0.6"));
    CHECK_THROWS_WITH(walk.until_lambda(std::log(0.75)), ContainsSubstring("leaves no step"));
    CHECK_THROWS_WITH(walk.until_noise_level(0.2), ContainsSubstring("more noise, at 0.28"));
    CHECK_THROWS_WITH(walk.from_lambda(9), ContainsSubstring("more noise"));
    for (const double bad : {0.0, -1.0, std::numeric_limits<double>::infinity(), std::nan("")}) {
        CHECK_THROWS_WITH(walk.from_noise_level(bad), ContainsSubstring("positive and finite"));
        CHECK_THROWS_WITH(walk.until_noise_to_signal(bad),
                          ContainsSubstring("positive and finite"));
    }
    CHECK_THROWS_WITH(walk.from_lambda(std::nan("")), ContainsSubstring("not a number"));
    CHECK_THROWS_WITH(walk.reversed().from_noise_level(0.6), ContainsSubstring("is reversed"));
    CHECK_THROWS_WITH(walk.reversed().until_lambda(0), ContainsSubstring("is reversed"));
}

TEST_CASE("copies of a grid share its knots, and allocate nothing") {
    const grid plain = trailing(linear_schedule(), 10);
    for (const grid& walk : {plain, resampled(plain, {.jump_length = 2, .jump_samples = 2})}) {
        const std::size_t before = fokker_test::allocations();
        const grid copy = walk, other = walk.with_prior(prior::sigma);
        CHECK(fokker_test::allocations() == before);
        CHECK(&copy.front() == &walk.front());
        CHECK(&other.walked(3) == &walk.walked(3));
    }
}

TEST_CASE("what was moved from is still a grid") {
    grid walk = trailing(linear_schedule(), 10);
    const grid taken = std::move(walk);
    CHECK(walk.steps() == 10);  // NOLINT(bugprone-use-after-move)
    CHECK(taken.front() == walk.front());
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

TEST_CASE(
    "the part on which the flow ODE can be followed both ways has neither clean nor pure end") {
    const std::vector<knot> knots{{3, 0, 1}, {2, 0.2, 0.8}, {1, 0.6, 0.4}, {0, 1, 0}};
    const grid walk(knots, flow_path{});
    const auto is_inner = [&](const grid& part) {
        CHECK(part.steps() == 1);
        CHECK(part.front() == knots[1]);
        CHECK(part.back() == knots[2]);
        CHECK(part.has_path());
        CHECK_FALSE(part.is_reversed());
    };
    is_inner(walk.invertible_part());
    is_inner(walk.from(1).invertible_part());
    is_inner(walk.until(2).invertible_part());
    is_inner(walk.reversed().invertible_part().reversed());
    const grid inner = walk.invertible_part();
    CHECK(&inner.invertible_part().front() == &inner.front());  // itself
    CHECK(walk.with_prior(prior::standard).invertible_part().prior() == prior::standard);

    CHECK_THROWS_WITH(walk.until(1).invertible_part(), ContainsSubstring("no step left"));
    CHECK_THROWS_WITH(walk.from(2).invertible_part(), ContainsSubstring("no step left"));
    CHECK_THROWS_WITH((grid{{1, 0, 1}, {0, 1, 0}}.invertible_part()),
                      ContainsSubstring("no step left"));
    CHECK_THROWS_WITH(resampled(walk, {.jump_length = 1, .jump_samples = 2}).invertible_part(),
                      ContainsSubstring("jumps"));
}

TEST_CASE("a walk without pure noise begins where alpha > 0") {
    const grid walk{{3, 0, 1}, {2, 0.2, 0.8}, {1, 0.6, 0.4}, {0, 1, 0}};
    CHECK(walk.without_pure_noise().steps() == 2);
    CHECK(walk.without_pure_noise().front() == walk[1]);
    CHECK(walk.without_pure_noise().back() == walk.back());
    CHECK(walk.from(1).without_pure_noise().steps() == 2);
    CHECK(walk.reversed().without_pure_noise().back() == walk[1]);
    CHECK(walk.reversed().without_pure_noise().front() == walk.back());
    CHECK_THROWS_WITH(walk.until(1).without_pure_noise(), ContainsSubstring("no step left"));
}

TEST_CASE("the network is called where there is noise, and not at the end of a walk to the data") {
    const fokker::grid walk = trailing(linear_schedule(), 3);
    CHECK(walk.network_knots().size() == 3);
    CHECK(walk.network_knots().front() == walk[0]);
    CHECK(walk.reversed().network_knots().size() == 3);
    CHECK(walk.reversed().network_knots().back() == walk[0]);
    CHECK(walk.until(2).reversed().network_knots().size() == 3);
}
