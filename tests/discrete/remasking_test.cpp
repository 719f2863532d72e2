#include <fokker/discrete/sampler/remasking.hpp>

#include <cmath>
#include <limits>
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

double distance(const auto& sampler, int steps, const discrete_data& data, std::size_t positions) {
    const auto clean = exact(masks, data);
    return total_variation(
        law_of_samples(sampler, masks, clean, even_alphas(steps), noise_alone(masks, 3, positions)),
        data.p0);
}

}  // namespace

TEST_CASE("remasking converges as enumerated by other means") {
    const discrete_data data = dependent_pair();
    const auto check = [&](double eta, int steps, double wanted) {
        CHECK(std::abs(distance(remasking{.eta = eta}, steps, data, 2) - wanted) < 6e-5);
    };
    check(0.1, 2, 0.1540);
    check(0.1, 4, 0.07764);
    check(0.1, 8, 0.03993);
    check(0.5, 4, 0.08963);
    check(0.5, 8, 0.05548);
    check(1.0, 4, 0.1155);
    check(1.0, 8, 0.07459);
    check(1.0, 16, 0.04615);
}

TEST_CASE("of one position remasking keeps the law, by every rule") {
    const discrete_data one{.classes = 3, .p0 = {{{0}, 0.6}, {{1}, 0.3}, {{2}, 0.1}}};
    for (const remasking& sampler :
         {remasking{}, remasking{.rule = remasking_rule::capped, .eta = 0.3}, remasking{.eta = 1.0},
          remasking{.rule = remasking_rule::forward_backward}})
        for (int steps : {1, 2, 7}) CHECK(distance(sampler, steps, one, 1) < 1e-14);
}

TEST_CASE("without remasking it is the ancestral sampler") {
    const grid walk = linspace(flow_path{}, 12);
    const auto network = [](const Eigen::ArrayXXi& x, double, Eigen::ArrayXXf& logits) {
        logits.setZero();
        for (Eigen::Index i = 0; i < x.size(); ++i) logits(x(i) % 3, i) = 1.0f;
    };
    Eigen::ArrayXXi x(5, 40), y(5, 40);
    sample(x, predicts_classes(network, 3), masks, walk, remasking{.eta = 0}, philox{.seed = 1});
    sample(y, predicts_classes(network, 3), masks, walk, ancestral{}, philox{.seed = 1});
    CHECK((x == y).all());
    sample(y, predicts_classes(network, 3), masks, walk, remasking{.eta = 0.9}, philox{.seed = 1});
    CHECK_FALSE((x == y).all());
    CHECK((y < 3).all());
    CHECK_THROWS_WITH(
        sample(x, predicts_classes(network, 3), masks, walk, remasking{.eta = 2}, philox{}),
        ContainsSubstring("eta is 2"));
}

TEST_CASE("remasking by confidence has the law that another program gives") {
    // Which keeps, as here, the probability that each class was drawn with.
    const discrete_data data = dependent_pair();
    CHECK(std::abs(distance(confident_remasking{}, 2, data, 2) - 0.154) < 1e-14);
    CHECK(std::abs(distance(confident_remasking{}, 3, data, 2) - 0.15373766674499342) < 1e-14);
    CHECK(std::abs(distance(confident_remasking{}, 4, data, 2) - 0.12555669253891014) < 1e-14);
    CHECK(std::abs(distance(confident_remasking{}, 8, data, 2) - 0.09073105304212838) < 1e-14);
    const discrete_data one{.classes = 3, .p0 = {{{0}, 0.6}, {{1}, 0.3}, {{2}, 0.1}}};
    for (int steps : {1, 2, 7}) CHECK(distance(confident_remasking{}, steps, one, 1) < 1e-14);
}

TEST_CASE("what a position keeps is in a checkpoint, and goes back with a step that fails") {
    const grid walk = linspace(flow_path{}, 12);
    int calls = 0, fails = -1;
    const auto network = [&](const Eigen::ArrayXXi& x, double, Eigen::ArrayXXf& logits) {
        logits.setZero();
        for (Eigen::Index i = 0; i < x.size(); ++i) logits(x(i) % 3, i) = 1.0f;
        if (calls++ == fails) logits.setConstant(std::numeric_limits<float>::quiet_NaN());
    };
    const auto model = predicts_classes(network, 3);
    Eigen::ArrayXXi x(5, 12), y(5, 12);
    sample(x, model, masks, walk, confident_remasking{}, philox{.seed = 6});
    fails = calls + 4;
    discrete::run a(y, model, masks, walk, confident_remasking{}, philox{.seed = 6});
    a.start_from_prior();
    for (int i = 0; i < 4; ++i) a.step();
    const checkpoint before = a.checkpoint();
    CHECK_THROWS_AS(a.step(), network_error);
    discrete::run whole(x, model, masks, walk, confident_remasking{}, philox{.seed = 6});
    whole.resume(before);
    while (!whole.done()) whole.step();
    while (!a.done()) a.step();
    CHECK((x == y).all());
}

TEST_CASE("in the loop the share of open positions is held") {
    const discrete_data one{.classes = 3, .p0 = {{{0}, 0.6}, {{1}, 0.3}, {{2}, 0.1}}};
    const auto clean = exact(masks, one);
    const auto masked = [&](double end) {
        std::vector<knot> knots;
        for (int i = 0; i <= 40 * (1 - end) + 1e-9; ++i)
            knots.push_back({1 - i / 40.0, i / 40.0, 1 - i / 40.0});
        const law found = law_of_samples(looped_remasking{.eta = 0.1}, masks, clean, grid(knots),
                                         noise_alone(masks, 3, 1));
        for (const auto& [x, p] : found)
            if (x[0] != 3) CHECK(std::abs(p - one.p0.at(x) * (1 - found.at({3}))) < 1e-14);
        return found.at({3});
    };
    CHECK(std::abs(masked(0.55) - 0.1) < 1e-14);
    CHECK(std::abs(masked(0.775) - (1 - 0.9 * 0.5)) < 1e-14);
    CHECK(std::abs(masked(0.3) - 0.1) < 1e-14);
    CHECK(std::abs(masked(0.05) - 0.1) < 1e-14);
    CHECK(std::abs(masked(0.025) - 0.05) < 1e-14);
    CHECK(distance(looped_remasking{}, 40, one, 1) < 1e-14);
    // On a walk whose knots are not where the loop begins and ends, too.
    CHECK(distance(looped_remasking{}, 7, one, 1) < 1e-14);
    Eigen::ArrayXXi x(5, 40);
    const auto network = [](const Eigen::ArrayXXi&, double, Eigen::ArrayXXf& out) {
        out.setZero();
    };
    CHECK_THROWS_WITH(sample(x, predicts_classes(network, 3), masks, linspace(flow_path{}, 5),
                             looped_remasking{.eta = 0.2}, philox{}),
                      ContainsSubstring("eta is 0.2"));
    CHECK_THROWS_WITH(sample(x, predicts_classes(network, 3), masks, linspace(flow_path{}, 5),
                             looped_remasking{.from = 0.1, .to = 0.2}, philox{}),
                      ContainsSubstring("0 < to < from < 1"));
}
