#include <fokker/discrete/sampler/tweedie.hpp>

#include <algorithm>
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

/// The same, with weights that the walk knows nothing of. For masks.
struct tweedie_of_weights {
    static constexpr bool by_ratios = true;

    void step(auto& run) const {
        const auto [noisy, clean] = run.interval();
        const double kept = noisy.alpha / clean.alpha;
        const int mask = run.process().mask;
        run.each([&](auto& at) {
            if (at.token() != mask) return;
            at.set(at.pick_state([&](int y, double ratio, double whole) {
                if (y == mask)
                    return clean.alpha == 1 ? 0.0 : std::max(0.0, 1.0 - (1.0 - kept) * whole);
                return (1.0 - kept) * ratio;
            }));
        });
    }
};

}  // namespace

TEST_CASE("with exact ratios the law is that of the ancestral sampler") {
    const auto check = [](const auto& process) {
        for (int n : {1, 2, 7}) {
            // Of rounding 1 / alpha is left, 1000 in the first step.
            const grid walk = from_a_little(n);
            CHECK(total_variation(law_of(tweedie{}, process, walk, pair_data),
                                  law_of(ancestral{}, process, walk, pair_data)) < 1e-12);
        }
    };
    check(masks);
    check(uniform{});
}

TEST_CASE("of one position the law is exact, but for where the walk begins") {
    // 1e-3 of p_0 is missing from noise alone.
    for (int n : {1, 2, 8})
        CHECK(std::abs(total_variation(law_of(tweedie{}, masks, from_a_little(n), one), one.p0)) <
              1e-14);
    const double far = total_variation(law_of(tweedie{}, uniform{}, from_a_little(8), one), one.p0);
    CHECK(far > 1e-8);
    CHECK(far < 1e-6);
    // From a draw of q(x_t) itself it is exact.
    law begin;
    for (int y = 0; y < 3; ++y) begin[{y}] = 0.4 * one.p0.at({y}) + 0.6 / 3;
    std::vector<knot> knots{{0.6, 0.4, 0.6}, {0.5, 0.5, 0.5}, {0.2, 0.8, 0.2}, {0, 1, 0}};
    CHECK(total_variation(
              law_of_samples(tweedie{}, uniform{}, exact(uniform{}, one), grid(knots), begin),
              one.p0) < 1e-14);
}

TEST_CASE("steps by ratios refuse what they cannot do") {
    Eigen::ArrayXXi x(2, 3);
    const auto network = [](const Eigen::ArrayXXi&, double, Eigen::ArrayXXf& out) {
        out.setZero();
    };
    CHECK_THROWS_WITH(sample(x, predicts_classes(network, 3), masks, linspace(flow_path{}, 5),
                             tweedie{}, philox{}),
                      ContainsSubstring("begins at alpha = 0"));
    CHECK_THROWS_WITH(sample(x, predicts_classes(network, 3).drawn_by({.temperature = 0.5}), masks,
                             from_a_little(5), tweedie{}, philox{}),
                      ContainsSubstring("drawn_by"));
    sample(x, predicts_classes(network, 3), masks, from_a_little(5), tweedie{}, philox{});
    CHECK((x < 3).all());
}

TEST_CASE("no mask is left in the end, whatever the sum of the ratios") {
    // Of exact ratios the sum at a mask is alpha / (1 - alpha), 0.001 to 2 here.
    for (const float log_ratio : {-20.0f, -8.0f, -1.0f, 3.0f}) {
        const auto network = [=](const Eigen::ArrayXXi&, double, Eigen::ArrayXXf& out) {
            out.setConstant(log_ratio);
        };
        Eigen::ArrayXXi x(8, 50);
        sample(x, predicts_ratios(network, 3), masks, from_a_little(3), tweedie{}, philox{});
        CHECK((x >= 0 && x < 3).all());
    }
}

TEST_CASE("a row that is read once gives the steps of its ratios") {
    const int classes = 1500;
    const auto network = [](const Eigen::ArrayXXi&, double, Eigen::ArrayXXf& out) {
        for (Eigen::Index i = 0; i < out.size(); ++i)
            out(i) = static_cast<float>(std::sin(static_cast<double>(i * i % 1000))) - 7.0f;
    };
    const absorbing process{.mask = classes};
    const grid walk({{0.6, 0.4, 0.6}, {0.5, 0.5, 0.5}, {0.0, 1.0, 0.0}});
    for (const auto& model : {predicts_ratios(network, classes), predicts_rates(network, classes),
                              predicts_classes(network, classes)}) {
        Eigen::ArrayXXi x = Eigen::ArrayXXi::Constant(10, 20, classes), y = x;
        int open = 0;
        denoise(x, model, process, walk, tweedie{}, philox{.seed = 2}, [&](const auto& run) {
            if (run.index() == 1) open = static_cast<int>((run.state() < classes).count());
        });
        denoise(y, model, process, walk, tweedie_of_weights{}, philox{.seed = 2});
        CHECK((x == y).all());
        CHECK((x < classes).all());
        CHECK(open > 5);
        CHECK(open < 195);
    }
}
