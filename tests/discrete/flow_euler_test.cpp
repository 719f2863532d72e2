#include <fokker/discrete/sampler/flow_euler.hpp>

#include <cmath>
#include <vector>

#include <Eigen/Core>

#include <fokker/discrete/process.hpp>
#include <fokker/discrete/run.hpp>
#include <fokker/discrete/sampler/ancestral.hpp>
#include <fokker/path/continuous.hpp>
#include <fokker/path/grids.hpp>

#include "catch.hpp"
#include "support/exact_law.hpp"

using namespace fokker;
using namespace fokker_test;
using namespace fokker::discrete;
using Catch::Matchers::ContainsSubstring;

namespace {

const absorbing masks{.mask = 3};
const discrete_data pair_data = dependent_pair();
const discrete_data one{.classes = 3, .p0 = {{{0}, 0.6}, {{1}, 0.3}, {{2}, 0.1}}};

}  // namespace

TEST_CASE("of one position the exact jump keeps the law of the process at every knot") {
    const auto check = [](const auto& process) {
        for (int n : {1, 2, 7}) {
            CHECK(total_variation(law_of(flow_euler{}, process, even_alphas(n), one), one.p0) <
                  1e-14);
            std::vector<knot> knots;
            for (int i = 0; i <= n; ++i)
                knots.push_back({1 - 0.6 * i / n, 0.6 * i / n, 1 - 0.6 * i / n});
            law wanted;
            for (int y = 0; y < process.states(3); ++y)
                wanted[{y}] = 0.4 * process.noise(y, 3) + (y < 3 ? 0.6 * one.p0.at({y}) : 0.0);
            CHECK(total_variation(law_of(flow_euler{}, process, grid(knots), one), wanted) < 1e-14);
        }
    };
    check(masks);
    check(uniform{});
}

TEST_CASE("with masks the exact jump is the ancestral sampler") {
    for (int n : {2, 5})
        CHECK(total_variation(law_of(flow_euler{}, masks, even_alphas(n), pair_data),
                              law_of(ancestral{}, masks, even_alphas(n), pair_data)) < 1e-14);
}

TEST_CASE("the published jump is of first order") {
    // Masked before the last step, where 1 / n should be: enumerated by other means.
    const auto masked = [](int n, flow_jump jumps) {
        std::vector<knot> knots;
        for (int i = 0; i < n; ++i)
            knots.push_back({1.0 - 1.0 * i / n, 1.0 * i / n, 1.0 - 1.0 * i / n});
        return law_of(flow_euler{.jumps = jumps}, masks, grid(knots), one).at({3});
    };
    CHECK(std::abs(masked(8, flow_jump::published) - 0.17945) < 6e-6);
    CHECK(std::abs(masked(32, flow_jump::published) - 0.04696) < 6e-6);
    CHECK(std::abs(masked(128, flow_jump::published) - 0.01188) < 6e-6);
    CHECK(std::abs(masked(8, flow_jump::exact) - 0.125) < 1e-14);
}

TEST_CASE("a detour leads along the same laws") {
    const auto check = [](const auto& process) {
        // To alpha = 0.7, where the last step does not commit the classes.
        law wanted;
        for (int y = 0; y < process.states(3); ++y)
            wanted[{y}] = 0.3 * process.noise(y, 3) + (y < 3 ? 0.7 * one.p0.at({y}) : 0.0);
        std::vector<double> far;
        for (int n : {64, 128, 256})
            far.push_back(total_variation(
                law_of(flow_euler{.detour = 0.8}, process, from_a_little(n, 0.7), one), wanted));
        CHECK(far[0] / far[1] > 1.7);
        CHECK(far[1] / far[2] > 1.8);
        CHECK(far[2] < 0.01);
        // It is no other sampler than without it in name alone.
        CHECK(
            total_variation(law_of(flow_euler{.detour = 0.8}, process, from_a_little(8), pair_data),
                            law_of(flow_euler{}, process, from_a_little(8), pair_data)) > 1e-3);
    };
    check(masks);
    check(uniform{});
    Eigen::ArrayXXi x(2, 3);
    const auto network = [](const Eigen::ArrayXXi&, double, Eigen::ArrayXXf& out) {
        out.setZero();
    };
    CHECK_THROWS_WITH(sample(x, predicts_classes(network, 3), masks, linspace(flow_path{}, 5),
                             flow_euler{.detour = 1}, philox{}),
                      ContainsSubstring("infinitely fast"));
    CHECK_THROWS_WITH(sample(x, predicts_classes(network, 3), masks, linspace(flow_path{}, 5),
                             flow_euler{.detour = -1}, philox{}),
                      ContainsSubstring("detour is -1"));
    sample(x, predicts_classes(network, 3), uniform{}, from_a_little(9), flow_euler{.detour = 1},
           philox{});
    CHECK((x < 3).all());
}

TEST_CASE("from data to data the exact jump keeps the law of one position, whatever the source") {
    const double source[] = {0.7, 0.05, 0.25};
    const auto clean = [&](const tokens& x, std::size_t i, const knot& k) {
        return one.clean(x, i, k, [&](int token) { return source[token]; });
    };
    law begin;
    for (int y = 0; y < 3; ++y) begin[{y}] = source[y];
    for (int n : {1, 2, 7})
        CHECK(total_variation(law_of_samples(flow_euler{}, uniform{}, clean, even_alphas(n), begin),
                              one.p0) < 1e-14);
}
