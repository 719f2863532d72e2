#include <fokker/discrete/sampler/surest_first.hpp>

#include <cmath>
#include <limits>
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

/// Position i is sure of class i % 3, the more so the larger i is.
const auto rising = [](const Eigen::ArrayXXi& x, double, Eigen::ArrayXXf& logits) {
    logits.setZero();
    for (Eigen::Index i = 0; i < x.size(); ++i)
        logits(i % 3, i) = 1.0f + static_cast<float>(i % x.rows());
};

/// How many masks each step leaves in the first sample.
std::vector<int> masks_left(int positions, const grid& walk, const surest_first& sampler) {
    std::vector<int> left;
    Eigen::ArrayXXi x(positions, 2);
    sample(x, predicts_classes(rising, 3).drawn_by({.temperature = 0}), masks, walk, sampler,
           philox{}, [&](const auto& run) {
               left.push_back(static_cast<int>((run.state().col(0) == 3).count()));
           });
    return left;
}

}  // namespace

TEST_CASE("as many masks open in a step as the programs of the papers open") {
    // LLaDA: masks / steps, and one more in the first steps.
    const surest_first evenly{.leaves = quota::evenly};
    CHECK(masks_left(8, even_alphas(3), evenly) == std::vector<int>{5, 2, 0});
    CHECK(masks_left(6, even_alphas(4), evenly) == std::vector<int>{4, 2, 1, 0});
    CHECK(masks_left(2, even_alphas(4), evenly) == std::vector<int>{1, 0, 0, 0});
    // MaskGIT: at least one opens, and the last waits for the last step.
    CHECK(masks_left(6, even_alphas(4), {}) == std::vector<int>{4, 3, 1, 0});
    CHECK(masks_left(3, even_alphas(5), {}) == std::vector<int>{2, 1, 1, 1, 0});
    CHECK(masks_left(5, even_alphas(2), {}) == std::vector<int>{2, 0});
    CHECK(masks_left(7, even_alphas(7), {}) == std::vector<int>{6, 5, 4, 3, 2, 1, 0});
    CHECK(masks_left(10, even_alphas(10), {}) == std::vector<int>{9, 8, 7, 6, 5, 4, 3, 2, 1, 0});
    // MaskGIT: floor(n cos(pi / 2 (k + 1) / T)).
    std::vector<knot> cosine;
    for (int k = 0; k <= 4; ++k) {
        const double sigma = k == 4 ? 0.0 : std::cos(std::acos(0.0) * k / 4);
        cosine.push_back({sigma, 1.0 - sigma, sigma});
    }
    CHECK(masks_left(16, grid(cosine), {}) == std::vector<int>{14, 11, 6, 0});
    // Dream: floor(masks w) of those that are left.
    CHECK(masks_left(8, even_alphas(3), {.leaves = quota::by_step}) == std::vector<int>{6, 3, 0});
}

TEST_CASE("the surest positions open first, by every measure") {
    for (const confidence by : {confidence::probability, confidence::margin, confidence::entropy}) {
        std::vector<Eigen::ArrayXXi> seen;
        Eigen::ArrayXXi x(6, 1);
        sample(x, predicts_classes(rising, 3).drawn_by({.temperature = 0}), masks, even_alphas(3),
               surest_first{.by = by}, philox{},
               [&](const auto& run) { seen.push_back(run.state()); });
        CHECK((seen[0].col(0) == Eigen::ArrayXi{{3, 3, 3, 3, 1, 2}}).all());
        CHECK((seen[1].col(0) == Eigen::ArrayXi{{3, 3, 2, 0, 1, 2}}).all());
        CHECK((seen[2].col(0) == Eigen::ArrayXi{{0, 1, 2, 0, 1, 2}}).all());
    }
    // Of equally sure ones the first; what is known from the beginning stays.
    const auto flat = [](const Eigen::ArrayXXi&, double, Eigen::ArrayXXf& logits) {
        logits.setZero();
    };
    Eigen::ArrayXXi x{{3}, {1}, {3}, {3}, {3}};
    std::vector<Eigen::ArrayXXi> seen;
    denoise(x, predicts_classes(flat, 3).drawn_by({.temperature = 0}), masks, even_alphas(2),
            surest_first{}, philox{}, [&](const auto& run) { seen.push_back(run.state()); });
    CHECK((seen[0].col(0) == Eigen::ArrayXi{{0, 1, 0, 3, 3}}).all());
    CHECK((seen[1].col(0) == Eigen::ArrayXi{{0, 1, 0, 0, 0}}).all());
}

TEST_CASE("one position a step in a random order keeps the law, the surest first does not") {
    const discrete_data data = dependent_pair();
    const auto clean = [&](const tokens& x, std::size_t i, const knot& k) {
        return data.clean(x, i, k, [&](int token) { return masks.noise(token, 3); });
    };
    const auto distance = [&](const surest_first& sampler) {
        return total_variation(
            law_of_samples(sampler, masks, clean, even_alphas(2), noise_alone(masks, 3, 2)),
            data.p0);
    };
    CHECK(distance({.by = confidence::chance}) < 1e-14);
    CHECK(distance({.by = confidence::entropy}) < 1e-14);  // an order that knows no class
    CHECK(distance({.by = confidence::probability}) > 0.01);
}

TEST_CASE("noise makes the order random, and less so at the end") {
    const auto opened_first = [](double noise) {
        int count = 0;
        for (std::uint64_t seed = 0; seed < 200; ++seed) {
            Eigen::ArrayXXi x(6, 1);
            discrete::run r(x, predicts_classes(rising, 3).drawn_by({.temperature = 0}), masks,
                            even_alphas(6), surest_first{.noise = noise}, philox{.seed = seed});
            r.start_from_prior();
            r.step();
            count += x(5, 0) != 3;
        }
        return count;
    };
    CHECK(opened_first(0.0) == 200);
    CHECK(opened_first(100.0) < 60);
    CHECK(opened_first(100.0) > 15);
    // In the last step but one of six a sixth of it is left, whatever sigma is there.
    std::vector<double> times;
    for (int i = 0; i < 6; ++i) times.push_back(i < 5 ? 1.0 - 0.01 * i : 0.3);
    const grid late = from_times(flow_path{}, times);
    int first = 0;
    const int count = 4000;
    Eigen::ArrayXXi x(2, count);
    // Two masks, of which the second is surer by d = ln p_2 - ln p_1. With noise c it opens first
    // with probability 1 / (1 + exp(-d / c)).
    x.setConstant(3);
    discrete::run r(x, predicts_classes(rising, 3).drawn_by({.temperature = 0}), masks, late,
                    surest_first{.leaves = quota::evenly, .noise = 3.0}, philox{.seed = 5});
    r.seek(4);
    r.step();
    for (int i = 0; i < count; ++i) {
        CHECK((x.col(i) == 3).count() == 1);
        first += x(1, i) != 3;
    }
    const double d = (2 - std::log(std::exp(2.0) + 2)) - (1 - std::log(std::exp(1.0) + 2));
    CHECK(std::abs(static_cast<double>(first) / count - 1 / (1 + std::exp(-d / (3.0 / 6)))) < 0.03);
    CHECK_THROWS_WITH(surest_first{.noise = -1}.check(even_alphas(2)),
                      ContainsSubstring("noise is -1"));
}
