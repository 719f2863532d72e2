#include <fokker/discrete/sampler/tau_leaping.hpp>

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

TEST_CASE("the linear law has the figures of score-entropy's Euler steps") {
    // Of one position, uniform noise, on alpha = 1 - (1 - 1e-3) t from t = 1 to 1e-5, and one step
    // of Tweedie's: enumerated by other means.
    const double wanted[] = {2.7e-4, 4.6e-5, 1.2e-5, 4.6e-6};
    int n = 8;
    for (const double each : wanted) {
        std::vector<knot> knots;
        for (int i = 0; i <= n; ++i) {
            const double t = 1.0 + (1e-5 - 1.0) * i / n, alpha = 1 - (1 - 1e-3) * t;
            knots.push_back({t, alpha, 1 - alpha});
        }
        knots.push_back({0, 1, 0});
        const double far = total_variation(
            law_of(tau_leaping{.jumps = jump_law::linear}, uniform{}, grid(knots), one), one.p0);
        CHECK(std::abs(far / each - 1) < 0.03);
        n *= 2;
    }
}

TEST_CASE("tau-leaping converges, to first order") {
    const auto check = [](const auto& process) {
        for (const jump_law jumps : {jump_law::exponential, jump_law::linear}) {
            std::vector<double> far;
            for (int n : {16, 32, 64})
                far.push_back(total_variation(
                    law_of(tau_leaping{.jumps = jumps}, process, from_a_little(n), pair_data),
                    pair_data.p0));
            CHECK(far[0] / far[1] > 1.6);
            CHECK(far[1] / far[2] > 1.7);
            CHECK(far[2] < 0.05);
        }
    };
    check(masks);
    check(uniform{});
}

TEST_CASE("tau-leaping refuses a walk from pure noise") {
    Eigen::ArrayXXi x(2, 3);
    const auto network = [](const Eigen::ArrayXXi&, double, Eigen::ArrayXXf& out) {
        out.setZero();
    };
    CHECK_THROWS_WITH(sample(x, predicts_classes(network, 3), masks, linspace(flow_path{}, 5),
                             tau_leaping{}, philox{}),
                      ContainsSubstring("tau_leaping"));
}
