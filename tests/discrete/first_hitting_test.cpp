#include <fokker/discrete/sampler/first_hitting.hpp>

#include <cmath>
#include <vector>

#include <Eigen/Core>

#include <fokker/discrete/process.hpp>
#include <fokker/discrete/run.hpp>
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

/// Draws a class for every mask, and then takes one.
struct drawn_for_all {
    static constexpr bool for_masks = true;

    void step(auto& run) const {
        run.each([&](auto& at) {
            if (at.token() == 3) at.propose(at.draw(), at.chance());
        });
        run.accept([](int, int) { return 1; });
    }
};

}  // namespace

TEST_CASE("one mask a step, in any order, has exactly the law of the network") {
    CHECK(total_variation(law_of(first_hitting{}, masks, even_alphas(2), pair_data), pair_data.p0) <
          1e-14);
    discrete_data three{.classes = 3, .p0 = {}};
    double sum = 0.0;
    for (int i = 0; i < 27; ++i) sum += three.p0[{i / 9, i / 3 % 3, i % 3}] = 1.0 + i * i % 7;
    for (auto& [x, p] : three.p0) p /= sum;
    for (int n : {3, 5})
        CHECK(total_variation(law_of(first_hitting{}, masks, even_alphas(n), three), three.p0) <
              1e-14);
}

TEST_CASE("a sample opens its own masks, and is done when it has none") {
    int calls = 0;
    const auto network = [&](const Eigen::ArrayXXi&, double, Eigen::ArrayXXf& out) {
        ++calls;
        out.setZero();
    };
    Eigen::ArrayXXi x(4, 3);
    x << 3, 0, 3, 3, 1, 3, 3, 2, 1, 3, 0, 1;
    const auto model = predicts_classes(network, 3).timeless();
    std::vector<int> left;
    denoise(x, model, masks, linspace(flow_path{}, 7), first_hitting{}, philox{},
            [&](const auto& run) { left.push_back(static_cast<int>((run.state() == 3).count())); });
    CHECK(left == std::vector<int>{4, 2, 1, 0, 0, 0, 0});
    CHECK(calls == 5);  // the last state is asked once
    CHECK_THROWS_WITH(sample(x, model, masks, linspace(flow_path{}, 3), first_hitting{}, philox{}),
                      ContainsSubstring("4 masks, and the walk 3 steps"));
    CHECK_THROWS_WITH(sample(x, predicts_classes(network, 3), masks, linspace(flow_path{}, 7),
                             first_hitting{}, philox{}),
                      ContainsSubstring("timeless()"));
}

TEST_CASE("the masks that do not open would not have changed the sample") {
    const auto network = [](const Eigen::ArrayXXi& x, double, Eigen::ArrayXXf& out) {
        for (Eigen::Index i = 0; i < x.size(); ++i)
            for (int y = 0; y < 3; ++y) out(y, i) = 0.1f * static_cast<float>(y * (i % 7));
    };
    const auto model = predicts_classes(network, 3).timeless();
    Eigen::ArrayXXi x(5, 40), y(5, 40);
    for (const int steps : {5, 8}) {
        sample(x, model, masks, flow(steps), first_hitting{}, philox{.seed = 4});
        sample(y, model, masks, flow(steps), drawn_for_all{}, philox{.seed = 4});
        CHECK((x == y).all());
        CHECK((x < 3).all());
    }
}
