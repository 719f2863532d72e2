#include <fokker/path/grids/flow.hpp>

#include <cmath>
#include <fokker/error.hpp>

#include "catch.hpp"

using namespace fokker;
using Catch::Approx;
using Catch::Matchers::ContainsSubstring;

TEST_CASE("a flow's times are even before they are shifted, and shifted once") {
    const grid plain = flow(4), shifted = flow(4, {.shift = 3});
    CHECK(plain[1] == knot{0.75, 0.25, 0.75});
    CHECK(shifted[1].sigma == Approx(3 * 0.75 / (1 + 2 * 0.75)));
    CHECK(shifted[1].t == shifted[1].sigma);
    CHECK(shifted.front() == knot{1, 0, 1});
    CHECK(shifted.back() == knot{0, 1, 0});
    const grid open = flow(4, {.shift = 3, .end = grid_end::least_noise});
    CHECK(open.steps() == 4);
    CHECK(open.back().sigma == Approx(3e-3 / (1 + 2e-3)));
}

TEST_CASE("diffusers shifts the last time twice") {
    const double once = 3e-3 / (1 + 2e-3), twice = 3 * once / (1 + 2 * once);
    const grid walk =
        flow(5, {.shift = 3, .time_min = 1e-3, .shifting = flow_shifting::diffusers_twice});
    CHECK(walk[4].sigma == Approx(twice).epsilon(1e-13));
    CHECK(flow(5, {.shift = 3, .time_min = 1e-3})[4].sigma == Approx(once).epsilon(1e-13));
}

TEST_CASE("respaced flows keep their ends, and know their path") {
    for (const flow_spacing spacing :
         {flow_spacing::karras, flow_spacing::exponential, flow_spacing::beta}) {
        const grid walk = flow(6, {.shift = 2, .sigma_min = 0.1, .spacing = spacing});
        CHECK(walk.front() == knot{1, 0, 1});
        CHECK(walk[5].sigma == Approx(0.1).epsilon(1e-13));
        const knot between = walk.knot_at(walk[2].lambda());
        CHECK(between.sigma == Approx(walk[2].sigma).epsilon(1e-12));
        CHECK(between.t == Approx(walk[2].t).epsilon(1e-12));
        CHECK(flow(1, {.spacing = spacing}).steps() == 1);
    }
}

TEST_CASE("respaced flows are even in a root of sigma, in its logarithm, or symmetric") {
    const auto respaced = [](flow_spacing spacing) {
        return flow(5, {.sigma_min = 0.1, .spacing = spacing});
    };
    const grid karras = respaced(flow_spacing::karras),
               exponential = respaced(flow_spacing::exponential),
               beta = respaced(flow_spacing::beta);
    const double root = std::pow(0.1, 1 / 7.0);
    for (std::size_t i = 0; i < 5; ++i) {
        const double u = double(i) / 4;
        CHECK(karras[i].sigma == Approx(std::pow(1 + u * (root - 1), 7)).epsilon(1e-12));
        CHECK(exponential[i].sigma == Approx(std::pow(0.1, u)).epsilon(1e-12));
        // Both parameters of the Beta distribution are 0.6, so that it is symmetric.
        CHECK(beta[i].sigma + beta[4 - i].sigma == Approx(1.1).epsilon(1e-12));
    }
    CHECK(beta[0].sigma - beta[1].sigma < beta[1].sigma - beta[2].sigma);
}

TEST_CASE("labels of flows come in the unit of the network") {
    CHECK(flow(4, {.label_scale = 1000})[1].t == 750);
    CHECK(flow(4, {.label = flow_label::one_minus_sigma, .label_scale = 1000})[1].t == 250);
    const grid walk = flow(4, {.shift = 3, .label = flow_label::time});
    CHECK(walk[1].t == 0.75);
    CHECK(walk.knot_at(walk[1].lambda()).t == Approx(0.75));
}

TEST_CASE("wrong parameters of flow grids are named") {
    CHECK_THROWS_WITH(flow(0), ContainsSubstring("steps is 0"));
    CHECK_THROWS_WITH(flow(4, {.shift = -1}), ContainsSubstring("shift is -1"));
    CHECK_THROWS_WITH(flow(4, {.time_min = 1}), ContainsSubstring("time_min is 1"));
    CHECK_THROWS_WITH(flow(4, {.sigma_min = 1}), ContainsSubstring("sigma_min is 1"));
    CHECK_THROWS_WITH(flow(1, {.sigma_min = 0.1}), ContainsSubstring("no other noisy knot"));
    CHECK_THROWS_WITH(flow(4, {.label_scale = -1}), ContainsSubstring("label_scale is -1"));
}

TEST_CASE("the clean end of a flow's grid has the label that the path gives clean data") {
    for (const double scale : {1.0, 1000.0}) {
        const auto back = [&](flow_label label, flow_spacing spacing) {
            return flow(4, {.shift = 3.0, .spacing = spacing, .label = label, .label_scale = scale})
                .back();
        };
        for (const auto spacing : {flow_spacing::shifted, flow_spacing::karras}) {
            CHECK(back(flow_label::sigma, spacing) == knot{0.0, 1.0, 0.0});
            CHECK(back(flow_label::time, spacing) == knot{0.0, 1.0, 0.0});
            CHECK(back(flow_label::one_minus_sigma, spacing) == knot{scale, 1.0, 0.0});
        }
    }
}
