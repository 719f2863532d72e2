// The order of the times is held to the original's in tests/path/golden_grids_test.cpp.
#include <fokker/path/grids/resample.hpp>

#include <algorithm>
#include <vector>

#include <fokker/error.hpp>
#include <fokker/path/continuous.hpp>
#include <fokker/path/grids.hpp>

#include "../../catch.hpp"

using namespace fokker;
using Catch::Matchers::ContainsSubstring;

TEST_CASE("resampling walks each part of so many knots so many times") {
    const grid plain = linspace(flow_path{}, 6),
               walk = resampled(plain, {.jump_length = 2, .jump_samples = 2});
    // At time 2 of 5 .. 0 back to 4, at time 0 back to 2; the end of the walk is at -1.
    const std::vector<std::size_t> knots{0, 1, 2, 3, 1, 2, 3, 4, 5, 3, 4, 5, 6};
    REQUIRE(walk.size() == knots.size());
    for (std::size_t i = 0; i < knots.size(); ++i) CHECK(walk[i] == plain[knots[i]]);
    for (int i = 0; i < walk.steps(); ++i) CHECK(walk.is_jump(i) == (i == 3 || i == 8));
    CHECK(walk.jumps() == 2);
    CHECK(walk.has_path());
}

TEST_CASE("its steps are as many as it says") {
    for (const int n : {11, 20, 21, 50})
        for (const int samples : {2, 10}) {
            const int parts = (n - 10 + 9) / 10;
            const grid walk = resampled(linspace(flow_path{}, n), {.jump_samples = samples});
            CHECK(walk.jumps() == (samples - 1) * parts);
            CHECK(walk.steps() == n + (samples - 1) * parts * 11);
        }
}

TEST_CASE("each part walked once is the grid") {
    const grid plain = linspace(flow_path{}, 6), walk = resampled(plain, {.jump_samples = 1});
    CHECK(std::equal(walk.begin(), walk.end(), plain.begin(), plain.end()));
    CHECK(walk.jumps() == 0);
    CHECK_NOTHROW(walk.reversed());
}

TEST_CASE("what is no resampling is refused") {
    const grid plain = linspace(flow_path{}, 6);
    const auto refused = [](const grid& walk, resample_options options, const char* why) {
        CHECK_THROWS_WITH(resampled(walk, options), ContainsSubstring(why));
    };
    refused(plain, {.jump_length = 0}, "jump_length is 0");
    refused(plain, {.jump_samples = 0}, "jump_samples is 0");
    refused(plain, {.jump_length = 6}, "no jump fits");
    refused(plain.reversed(), {.jump_length = 2}, "is reversed");
    refused(resampled(plain, {.jump_length = 2}), {.jump_length = 2}, "has jumps already");
}
