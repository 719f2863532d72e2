#include <fokker/discrete/sampler/gibbs_corrected.hpp>

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

const discrete_data pair_data = dependent_pair();

/// Does nothing.
struct stay {
    void step(auto&) const {}
};

/// A move for which every position is drawn, and then one is taken.
struct drawn_for_all {
    void step(auto& run) const {
        const auto [noisy, clean] = run.interval();
        if (clean.alpha == 1) return;
        run.each_at(clean, [](auto& at) {
            at.propose(at.pick_state([](int, double ratio, double) { return ratio; }), at.chance());
        });
        run.accept([](int, int) { return 1; });
    }
};

law marginal(const discrete_data& data, double alpha) {
    law all;
    for (const auto& [x0, weight] : data.p0)
        for (int a = 0; a < 3; ++a)
            for (int b = 0; b < 3; ++b)
                all[{a, b}] += weight * (alpha * (x0[0] == a) + (1 - alpha) / 3) *
                               (alpha * (x0[1] == b) + (1 - alpha) / 3);
    return all;
}

}  // namespace

TEST_CASE("moves leave the law of the process as it is") {
    const uniform process;
    for (const double alpha : {0.2, 0.7, 0.99}) {
        const grid walk({{1, 0, 1}, {1 - alpha, alpha, 1 - alpha}});
        const law wanted = marginal(pair_data, alpha);
        for (int moves : {1, 2})
            CHECK(total_variation(law_of_samples(gibbs_corrected{stay{}, moves}, process,
                                                 exact(process, pair_data), walk, wanted),
                                  wanted) < 1e-14);
        // They lead there from elsewhere, and together they do not stay.
        law other{{{0, 1}, 1.0}};
        const double before = total_variation(other, wanted);
        for (int i = 0; i < 8; ++i)
            other = law_of_samples(gibbs_corrected{stay{}, 1}, process, exact(process, pair_data),
                                   walk, other);
        CHECK(total_variation(other, wanted) < 0.2 * before);
        CHECK(total_variation(law_of_samples(gibbs_corrected{stay{}, 1, 2}, process,
                                             exact(process, pair_data), walk, wanted),
                              wanted) > 1e-3);
    }
}

TEST_CASE("corrected samples are closer to the data") {
    const auto far = [](const auto& sampler) {
        return total_variation(law_of_samples(sampler, uniform{}, exact(uniform{}, pair_data),
                                              even_alphas(4), noise_alone(uniform{}, 3, 2)),
                               pair_data.p0);
    };
    const double without = far(ancestral{});
    CHECK(std::abs(without - 0.1071) < 6e-5);
    CHECK(far(gibbs_corrected{ancestral{}, 1}) < 0.8 * without);
}

TEST_CASE("a run of corrected steps calls the network as often as it says") {
    const auto network = [](const Eigen::ArrayXXi& x, double, Eigen::ArrayXXf& out) {
        out.setZero();
        for (Eigen::Index i = 0; i < x.size(); ++i) out(x(i), i) = 1.0f;
    };
    Eigen::ArrayXXi x(5, 40), y(5, 20);
    const grid walk = linspace(flow_path{}, 6);
    const auto model = predicts_classes(network, 3);
    const auto done =
        sample(x, model, uniform{}, walk, gibbs_corrected{ancestral{}, 2}, philox{.seed = 3});
    CHECK(done.evaluations == 6 + 2 * 5);
    sample(y, model, uniform{}, walk, gibbs_corrected{ancestral{}, 2},
           philox{.seed = 3, .first_sample = 20});
    CHECK((y == x.rightCols(20)).all());
    CHECK_THROWS_WITH(sample(x, model, uniform{}, walk, gibbs_corrected{ancestral{}, -1}, philox{}),
                      ContainsSubstring("moves is -1"));
    CHECK_THROWS_WITH(
        sample(x, model, uniform{}, walk, gibbs_corrected{ancestral{}, 1, 0}, philox{}),
        ContainsSubstring("at_once is 0"));
}

TEST_CASE("the positions that do not move would not have changed the sample") {
    const auto network = [](const Eigen::ArrayXXi& x, double, Eigen::ArrayXXf& out) {
        for (Eigen::Index i = 0; i < x.size(); ++i)
            for (int y = 0; y < 3; ++y) out(y, i) = 0.3f * static_cast<float>(y * (i % 7));
    };
    Eigen::ArrayXXi x(5, 40), y(5, 40);
    for (const auto& model :
         {predicts_classes(network, 3), predicts_classes_leaving_one_out(network, 3)}) {
        sample(x, model, uniform{}, flow(6), gibbs_corrected{stay{}}, philox{.seed = 4});
        sample(y, model, uniform{}, flow(6), drawn_for_all{}, philox{.seed = 4});
        CHECK((x == y).all());
    }
}
