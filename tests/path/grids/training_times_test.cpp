#include <fokker/path/grids/training_times.hpp>

#include <fokker/error.hpp>
#include <fokker/path/discrete_schedule.hpp>
#include <limits>
#include <vector>

#include "catch.hpp"

using namespace fokker;
using Catch::Matchers::ContainsSubstring;

namespace {
std::vector<double> times(const grid& walk) {
    std::vector<double> t;
    for (const knot& k : walk) t.push_back(k.t);
    return t;
}
using list = std::vector<double>;
const auto schedule = linear_schedule(1000);
constexpr auto least = grid_end::least_noise;
constexpr auto dpm = spacing::dpm_solver;
}  // namespace

TEST_CASE("training times, to the clean data and to the least noise") {
    CHECK(times(trailing(schedule, 4, {.end = least})) == list{999, 749, 499, 249, 0});
    CHECK(times(leading(schedule, 4, {.end = least})) == list{800, 600, 400, 200, 0});
    CHECK(times(leading(schedule, 4, {.offset = 1, .end = least})) == list{801, 601, 401, 201, 0});
    CHECK(times(linspace(schedule, 4, least)) == list{999, 749, 500, 250, 0});
    CHECK(times(simple(schedule, 3)) == list{999, 666, 333, -1});
    CHECK(times(simple(schedule, 3, least)) == list{999, 666, 333, 0});
}

TEST_CASE("DPM-Solver lays one point more, and drops it") {
    CHECK(times(leading(schedule, 4, {.points = dpm})) == list{800, 600, 400, 200, -1});
    CHECK(times(linspace(schedule, 4, {.points = dpm})) == list{999, 749, 500, 250, -1});
}

TEST_CASE("trailing refuses points that would have no effect") {
    CHECK_THROWS_WITH(trailing(schedule, 4, {.points = dpm}), ContainsSubstring("points is"));
    CHECK_THROWS_WITH(trailing(schedule, 4, {.end = least, .points = dpm}),
                      ContainsSubstring("leave it out"));
}

TEST_CASE("products that are cut to whole numbers are exact") {
    for (int n = 1; n <= 1000; ++n) {
        const grid walk = simple(schedule, n);
        for (int i = 0; i < n; ++i)
            if (walk[static_cast<std::size_t>(i)].t != 999 - i * 1000 / n) FAIL(n << ", " << i);
    }
    // 0.58 * 50 is 28.999999999999996 in double.
    CHECK(latent_consistency(schedule, 29, {.strength = 0.58}).front().t == 579);
    CHECK(latent_consistency(schedule, 1, {.strength = 0.58f}).front().t == 579);
    CHECK(latent_consistency(schedule, 1, {.strength = 0.579}).front().t == 559);
    for (int used = 1; used <= 50; ++used)
        for (int n = 1; n <= used; ++n) {
            const grid walk = latent_consistency(schedule, n, {.strength = used / 50.0});
            for (int i = 0; i < n; ++i)
                if (walk[static_cast<std::size_t>(i)].t != 20 * (used - i * used / n) - 1)
                    FAIL(used << ", " << n << ", " << i);
        }
}

TEST_CASE("halves are rounded as NumPy's arange and linspace leave them") {
    // T - 3 T / 48 is 937.5, but what is subtracted is a rounded difference, and so it is less.
    CHECK(trailing(schedule, 48)[3].t == 936);
    CHECK(trailing(schedule, 48)[5].t == 895);  // of 895.83, which is rounded up
    CHECK(trailing(schedule, 1000)[999].t == 0);
    CHECK(linspace(schedule, 27)[13].t == 499);  // 13 times the rounded 999 / 26
}

TEST_CASE("one step starts from noise") {
    CHECK(times(linspace(schedule, 1)) == list{999, -1});
    CHECK(times(linspace(schedule, 1, least)) == list{999, 0});
    CHECK(times(trailing(schedule, 1)) == list{999, -1});
    CHECK(times(simple(schedule, 1)) == list{999, -1});
    CHECK(times(latent_consistency(schedule, 1)) == list{999, -1});
}

TEST_CASE("an offset lifts the times, lambda_min lowers their beginning") {
    CHECK(times(linspace(schedule, 3, {.offset = 99})) == list{999, 549, 99, -1});
    const double at_600 = schedule.at(600).lambda();
    CHECK(times(linspace(schedule, 3, {.lambda_min = at_600})) == list{600, 300, 0, -1});
    CHECK(times(trailing(schedule, 1, {.lambda_min = at_600})) == list{600, -1});
    CHECK(times(leading(schedule, 2, {.lambda_min = at_600})) == list{300, 0, -1});
}

TEST_CASE("a walk starts from pure noise where the schedule ends in it") {
    for (const auto& table : {zero_terminal_snr(schedule), zero_terminal_snr(cosine_schedule())}) {
        CHECK(times(trailing(table, 4)) == times(trailing(schedule, 4)));
        CHECK(times(linspace(table, 4)) == times(linspace(schedule, 4)));
        CHECK(times(linspace(table, 4, {.points = dpm})) == list{999, 749, 500, 250, -1});
        CHECK(times(leading(table, 1000)) == times(leading(schedule, 1000)));
        CHECK(times(simple(table, 3)) == times(simple(schedule, 3)));
        CHECK(trailing(table, 4).front() == knot{999, 0, 1});
    }
    const auto short_table = discrete_schedule::from_alpha_bars({0.9, 0.5, 0.0});
    CHECK(times(trailing(short_table, 3)) == list{2, 1, 0, -1});
    // Less than any lambda that is finite: only pure noise is left out.
    CHECK(times(trailing(short_table, 2, {.lambda_min = -1e9})) == list{1, 0, -1});
}

TEST_CASE("consistency networks know every 20th time") {
    CHECK(times(latent_consistency(schedule, 4)) == list{999, 759, 499, 259, -1});
    CHECK(times(latent_consistency(schedule, 2, {.original_steps = 4})) == list{999, 499, -1});
    CHECK(latent_consistency(schedule, 2, {.end = least}).back().t == 0);
}

TEST_CASE("a refusal names the steps that were asked for, and how many there can be") {
    const auto short_schedule = linear_schedule(20);
    for (const auto options : {spacing_options{.points = spacing::dpm_solver},
                               spacing_options{.end = grid_end::least_noise}}) {
        CHECK_THROWS_WITH(linspace(short_schedule, 20, options),
                          ContainsSubstring("steps is 20, for which 21 training times") &&
                              ContainsSubstring("ask for 19 steps"));
        CHECK_THROWS_WITH(leading(short_schedule, 20, options),
                          ContainsSubstring("ask for 19 steps"));
        CHECK_NOTHROW(linspace(short_schedule, 19, options));
        CHECK_NOTHROW(leading(short_schedule, 19, options));
    }
}

TEST_CASE("wrong parameters of training times are named") {
    const auto few = linear_schedule(100);
    const double nan = std::numeric_limits<double>::quiet_NaN();
    CHECK_THROWS_WITH(trailing(few, 0), ContainsSubstring("steps is 0"));
    CHECK_THROWS_WITH(trailing(few, 5, {.offset = 1}), ContainsSubstring("has none"));
    CHECK_THROWS_WITH(trailing(few, 5, {.lambda_min = 1e9}), ContainsSubstring("lambda_min is"));
    CHECK_THROWS_WITH(trailing(few, 5, {.lambda_min = nan}), ContainsSubstring("not a number"));
    CHECK_THROWS_WITH(leading(few, 100, {.points = dpm}),
                      ContainsSubstring("for which 101 training"));
    CHECK_THROWS_WITH(leading(few, 10, {.offset = 20}), ContainsSubstring("offset is 20"));
    CHECK_THROWS_WITH(leading(few, 10, {.offset = -1}), ContainsSubstring("offset is -1"));
    CHECK_THROWS_WITH(linspace(few, 10, {.offset = 99}), ContainsSubstring("begin at 99"));
    CHECK_THROWS_WITH(linspace(few, 10, {.offset = -1}), ContainsSubstring("offset is -1"));
    CHECK_THROWS_WITH(linspace(few, 100, {.points = dpm}),
                      ContainsSubstring("for which 101 training"));
    CHECK_THROWS_WITH(simple(few, 101), ContainsSubstring("more than the 100"));
    CHECK_THROWS_WITH(trailing(few, 100, {.end = least}), ContainsSubstring("100 steps leave no"));
    CHECK_THROWS_WITH(simple(few, 100, least), ContainsSubstring("100 steps leave no"));
    CHECK_THROWS_WITH(simple(few, 0), ContainsSubstring("steps is 0"));
    CHECK_THROWS_WITH(latent_consistency(few, 0), ContainsSubstring("steps is 0"));
    CHECK_THROWS_WITH(latent_consistency(few, 51), ContainsSubstring("gives only 50"));
    CHECK_THROWS_WITH(latent_consistency(few, 2, {.original_steps = 101}),
                      ContainsSubstring("original_steps is 101"));
    CHECK_THROWS_WITH(latent_consistency(few, 2, {.strength = 0}),
                      ContainsSubstring("strength is 0"));
}
