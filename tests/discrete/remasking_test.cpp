#include <fokker/discrete/sampler/remasking.hpp>

#include <cmath>

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

auto exact(const discrete_data& data) {
    return [&](const tokens& x, std::size_t i, const knot& k) {
        return data.clean(x, i, k, [&](int token) { return masks.noise(token, 3); });
    };
}

double distance(const auto& sampler, int steps, const discrete_data& data, std::size_t positions) {
    const auto clean = exact(data);
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
