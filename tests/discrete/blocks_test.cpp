#include <fokker/discrete/blocks.hpp>

#include <cmath>
#include <vector>

#include <Eigen/Core>

#include <fokker/discrete/process.hpp>
#include <fokker/discrete/run.hpp>
#include <fokker/discrete/sampler/ancestral.hpp>
#include <fokker/discrete/sampler/surest_first.hpp>
#include <fokker/path/continuous.hpp>
#include <fokker/path/grids.hpp>

#include "catch.hpp"
#include "support/exact_law.hpp"

using namespace fokker;
using namespace fokker::discrete;
using Catch::Matchers::ContainsSubstring;

namespace {

const absorbing masks{.mask = 3};
const auto network = [](const Eigen::ArrayXXi& x, double, Eigen::ArrayXXf& out) {
    for (Eigen::Index i = 0; i < x.size(); ++i)
        for (int c = 0; c < 3; ++c) out(c, i) = std::sin(static_cast<float>(c + i + x.sum()));
};

}  // namespace

TEST_CASE("each block is walked to its end before the next") {
    Eigen::ArrayXXi x(10, 3);
    std::vector<int> left;
    const auto done =
        sample_in_blocks(x, predicts_classes(network, 3), masks, fokker_test::even_alphas(4),
                         surest_first{}, philox{.seed = 2}, 4, [&](const auto& run) {
                             left.push_back(static_cast<int>((run.state().col(1) == 3).count()));
                         });
    CHECK(left == std::vector<int>{9, 8, 7, 6, 5, 4, 3, 2, 1, 1, 1, 0});
    CHECK(done.steps == 12);
    CHECK(done.evaluations == 12);
    CHECK((x < 3).all());
}

TEST_CASE("a block is a walk in which what is before and after it is known") {
    Eigen::ArrayXXi x(6, 5), y(6, 5);
    const grid walk = linspace(flow_path{}, 4);
    const auto model = predicts_classes(network, 3);
    sample_in_blocks(x, model, uniform{}, walk, ancestral{}, philox{.seed = 2}, 3);
    discrete::run first(y, model, uniform{}, walk, ancestral{}, philox{.seed = 2});
    first.start_from_prior();
    const auto known = [](int begin) {
        Eigen::ArrayXi mask = Eigen::ArrayXi::Ones(6);
        mask.segment(begin, 3) = 0;
        return mask;
    };
    denoise(y, model.with_known(known(0)), uniform{}, walk, ancestral{}, philox{.seed = 2});
    denoise(y, model.with_known(known(3)), uniform{}, walk, ancestral{}, philox{.seed = 2});
    CHECK((x == y).all());
    // One block is the whole walk, and known positions stay in blocks, too.
    sample_in_blocks(x, model, masks, walk, ancestral{}, philox{.seed = 2}, 99);
    sample(y, model, masks, walk, ancestral{}, philox{.seed = 2});
    CHECK((x == y).all());
    x.row(4) = 1;
    Eigen::ArrayXi fourth = Eigen::ArrayXi::Zero(6);
    fourth(4) = 1;
    sample_in_blocks(x, model.with_known(fourth), masks, walk, ancestral{}, philox{.seed = 2}, 2);
    CHECK((x.row(4) == 1).all());
    CHECK((x < 3).all());
    x.topRows(3) = 2;
    x.bottomRows(3) = 3;
    denoise_in_blocks(x, model, masks, walk, ancestral{}, philox{.seed = 2}, 2);
    CHECK((x.topRows(3) == 2).all());
    CHECK((x < 3).all());
}

TEST_CASE("an observer ends the walk of blocks, and a block of nothing is refused") {
    Eigen::ArrayXXi x(6, 5);
    int seen = 0;
    const auto done = sample_in_blocks(
        x, predicts_classes(network, 3), masks, linspace(flow_path{}, 4), ancestral{}, philox{}, 2,
        [&](const progress&) { return ++seen == 6 ? control::stop : control::go_on; });
    CHECK(done.stopped);
    CHECK(done.steps == 6);
    CHECK((x.bottomRows(2) == 3).all());
    CHECK_THROWS_WITH(sample_in_blocks(x, predicts_classes(network, 3), masks,
                                       linspace(flow_path{}, 4), ancestral{}, philox{}, 0),
                      ContainsSubstring("a block has 0 positions"));
    discrete::run r(x, predicts_classes(network, 3), masks, linspace(flow_path{}, 4), ancestral{},
                    philox{});
    CHECK_THROWS_WITH(r.within(4, 3), ContainsSubstring("no part of a sample of 6"));
}
