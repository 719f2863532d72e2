#include <fokker/path/continuous/flow.hpp>
#include <fokker/path/grids/flow.hpp>

#include <cmath>
#include <fokker/error.hpp>

#include "catch.hpp"

using namespace fokker;
using Catch::Approx;
using Catch::Matchers::ContainsSubstring;

TEST_CASE("a shift divides the signal-to-noise ratio at every time") {
    for (const double t : {0.1, 0.5, 0.9})
        CHECK(shifted_flow_path{.shift = 3.0}.at(t).lambda() ==
              Approx(flow_path{}.at(t).lambda() - std::log(3.0)));
    CHECK(shifted_flow_path{.shift = 3.0}.at(1.0) == knot{1, 0, 1});
    CHECK(shifted_flow_path{}.at(0.25) == flow_path{}.at(0.25));
}

TEST_CASE("a stretched flow ends at sigma_min") {
    const shifted_flow_path path{.shift = 3.0, .time_min = 0.05, .sigma_min = 0.1};
    CHECK(path.at(0.05).sigma == Approx(0.1).epsilon(1e-14));
    CHECK(path.at(1.0) == knot{1, 0, 1});
}

TEST_CASE("the label is sigma, the time or 1 - sigma, in any unit") {
    const double t = 0.25, sigma = 0.5;  // of shift 3
    CHECK(shifted_flow_path{.shift = 3}.at(t).t == sigma);
    CHECK(shifted_flow_path{.shift = 3, .label = flow_label::time}.at(t).t == t);
    CHECK(shifted_flow_path{.shift = 3, .label = flow_label::one_minus_sigma}.at(t).t == 1 - sigma);
    CHECK(shifted_flow_path{.shift = 3, .label_scale = 1000}.at(t).t == 500);
    CHECK(shifted_flow_path{.shift = 3, .label_scale = 1000}.at_sigma(0.5) == knot{500, 0.5, 0.5});
    CHECK(shifted_flow_path{.shift = 3, .label = flow_label::time}.at_sigma(0.5).t == Approx(t));
    const shifted_flow_path stretched{.shift = 3, .sigma_min = 0.1, .label = flow_label::time};
    CHECK(stretched.at_sigma(stretched.at(t).sigma).t == Approx(t));
}

TEST_CASE("a flow begins in pure noise, whatever its shift") {
    // 0.2145.. / (1 + (0.2145.. - 1)) is not 1 in doubles.
    for (const double shift : {0.21454678700587357, 0.05, 0.3, 1.7, 3.0, 33.3}) {
        CAPTURE(shift);
        CHECK(shifted_flow_path{.shift = shift}.at(1) == knot{1, 0, 1});
        for (const auto spacing : {flow_spacing::shifted, flow_spacing::karras}) {
            const grid walk = flow(3, {.shift = shift, .spacing = spacing});
            CHECK(walk.front() == knot{1, 0, 1});
        }
    }
}

TEST_CASE("the dynamic shift is linear in the length") {
    CHECK(dynamic_shift(256) == Approx(std::exp(0.5)));
    CHECK(dynamic_shift(4096) == Approx(std::exp(1.15)));
    CHECK(dynamic_shift(2176) == Approx(std::exp(0.825)));
    CHECK(dynamic_shift(256, {.exponential = false}) == Approx(0.5));
    CHECK(dynamic_shift(1, {.base_length = 1, .max_length = 2, .base_shift = 0.0}) == 1.0);
}

TEST_CASE("wrong parameters of flows are named") {
    CHECK_THROWS_WITH(flow_path{}.at(1.1), ContainsSubstring("time 1.1"));
    CHECK_THROWS_AS(flow_path{}.at(std::nan("")), error);
    CHECK_THROWS_WITH(shifted_flow_path{}.at(1.1), ContainsSubstring("time 1.1"));
    CHECK_THROWS_WITH((shifted_flow_path{.shift = 0}).at(0.5), ContainsSubstring("shift is 0"));
    CHECK_THROWS_WITH((shifted_flow_path{.time_min = 1}).at(0.5),
                      ContainsSubstring("time_min is 1"));
    CHECK_THROWS_WITH((shifted_flow_path{.sigma_min = -1}).at(0.5),
                      ContainsSubstring("sigma_min is -1"));
    CHECK_THROWS_WITH((shifted_flow_path{.label_scale = 0}).at(0.5),
                      ContainsSubstring("label_scale is 0"));
    CHECK_THROWS_WITH((shifted_flow_path{.time_min = 0.2, .sigma_min = 0.05}).at(0.0),
                      ContainsSubstring("has no knot"));
    CHECK_THROWS_WITH(shifted_flow_path{}.at_sigma(1.5), ContainsSubstring("sigma is 1.5"));
    CHECK_THROWS_WITH(dynamic_shift(0), ContainsSubstring("length is 0"));
    CHECK_THROWS_WITH(dynamic_shift(10, {.base_length = 4096}), ContainsSubstring("max_length"));
    CHECK_THROWS_WITH(dynamic_shift(10, {.max_shift = std::nan("")}),
                      ContainsSubstring("max_shift"));
    CHECK_THROWS_WITH(dynamic_shift(10, {.base_shift = -5, .exponential = false}),
                      ContainsSubstring("a linear shift must be positive"));
}
