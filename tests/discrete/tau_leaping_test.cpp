#include <fokker/discrete/sampler/tau_leaping.hpp>

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include <Eigen/Core>

#include <fokker/discrete/process.hpp>
#include <fokker/discrete/run.hpp>
#include <fokker/discrete/sampler/ancestral.hpp>
#include <fokker/discrete/sampler/tweedie.hpp>
#include <fokker/discrete/transition_matrices.hpp>
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

/// Euler's step, with rates that the walk knows nothing of.
struct euler_of_rates {
    static constexpr bool by_ratios = true;

    void step(auto& run) const {
        const auto [noisy, clean] = run.interval();
        run.each([&](auto& at) {
            const double each = (clean.alpha - noisy.alpha) / noisy.alpha *
                                run.process().noise(at.token(), at.classes());
            if (!run.process().is_settled(at.token()))
                at.set(at.jump([&](int, double ratio) { return each * ratio; },
                               [](double h) { return std::min(h, 1.0); }));
        });
    }
};

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

TEST_CASE("tau-leaping walks processes whose noise has no one law, from noise alone") {
    const auto check = [](auto process, const auto& walk_of) {
        const auto clean = [&](const tokens& x, std::size_t i, const knot& k) {
            std::vector<double> p(3);
            double sum = 0.0;
            for (const auto& [x0, weight] : pair_data.p0) {
                double w = weight;
                for (std::size_t j = 0; j < x.size(); ++j)
                    w *= process.transition(x0[j], x[j], {0, 1, 0}, k, 3);
                p[static_cast<std::size_t>(x0[i])] += w;
                sum += w;
            }
            for (double& each : p) each = sum > 0 ? each / sum : 1.0 / 3;
            return p;
        };
        const auto far = [&](int n) {
            const grid walk = walk_of(n);
            if constexpr (requires { process.prepare(walk); }) process.prepare(walk);
            law begin;
            for (int a = 0; a < process.states(3); ++a)
                for (int b = 0; b < process.states(3); ++b)
                    begin[{a, b}] = process.prior(a, 3, walk[0]) * process.prior(b, 3, walk[0]);
            return total_variation(law_of_samples(tau_leaping{}, process, clean, walk, begin),
                                   pair_data.p0);
        };
        const double coarse = far(8), fine = far(32);
        CAPTURE(coarse, fine);
        CHECK(coarse / fine > 2.5);
        CHECK(fine < 0.05);
    };
    check(mask_and_uniform<>{.mask = 3}, [](int n) { return even_alphas(n); });
    // A chain of three classes, 32 small steps and one to noise alone.
    std::vector<Eigen::MatrixXd> steps;
    for (int t = 0; t < 32; ++t)
        steps.push_back(Eigen::MatrixXd{{1 - 0.01 * t, 0.01 * t, 0.0},
                                        {0.005 * t, 1 - 0.01 * t, 0.005 * t},
                                        {0.0, 0.01 * t, 1 - 0.01 * t}});
    const transition_matrices chain(steps);
    check(chain, [&](int n) { return chain.walk(n); });
}

TEST_CASE("a row that is read once gives the jumps of its ratios, of whatever the network says") {
    const int classes = 1500;
    float level = -8.0f;
    const auto network = [&](const auto& x, double, auto& out) {
        for (Eigen::Index i = 0; i < out.size(); ++i)
            out(i) = static_cast<float>(std::sin(static_cast<double>(i * i % 1000))) + level;
        out(7, 0) = -std::numeric_limits<float>::infinity();
        out.col(x.size() - 1) = -std::numeric_limits<float>::infinity();
        out(9, x.size() - 1) = level + 7.0f;
    };
    const grid walk({{0.6, 0.4, 0.6}, {0.5, 0.5, 0.5}, {0.4, 0.6, 0.4}});
    const auto check = [&](const auto& model, const auto& process) {
        Eigen::ArrayXXi x = Eigen::ArrayXXi::Constant(10, 20, std::max(process.excluded(), 0)),
                        y = x;
        denoise(x, model, process, walk, tau_leaping{.jumps = jump_law::linear}, philox{.seed = 2});
        denoise(y, model, process, walk, euler_of_rates{}, philox{.seed = 2});
        CHECK((x == y).all());
        const int changed = static_cast<int>((x != std::max(process.excluded(), 0)).count());
        CHECK(changed > 5);
        CHECK(changed < 200);
        // A sample does not depend on its batch.
        const auto of_last = [&](const Eigen::ArrayXXi&, double t, Eigen::ArrayXXf& out) {
            Eigen::ArrayXXf all(out.rows(), 200);
            network(x, t, all);
            out = all.rightCols(10);
        };
        auto of_one =
            discrete::model<decltype(of_last), Eigen::ArrayXXf>{of_last, model.classes, model.says};
        Eigen::ArrayXXi last = Eigen::ArrayXXi::Constant(10, 1, std::max(process.excluded(), 0));
        denoise(last, of_one, process, walk, tau_leaping{.jumps = jump_law::linear},
                philox{.seed = 2, .first_sample = 19});
        CHECK((last == x.rightCols(1)).all());
    };
    for (const int mask : {classes, 40}) {
        check(predicts_ratios(network, classes), absorbing{.mask = mask});
        check(predicts_rates(network, classes), absorbing{.mask = mask});
        check(predicts_classes(network, classes), absorbing{.mask = mask});
    }
    check(predicts_rates(network, classes), uniform{});
    check(predicts_classes(network, classes), uniform{});
    level = -0.7f;  // at which the ratios have a sum of about the classes
    check(predicts_ratios(network, classes), uniform{});
}

TEST_CASE("ratios that are all 0 leave a position, and what is no number is refused") {
    float said = -std::numeric_limits<float>::infinity();
    const auto network = [&](const Eigen::ArrayXXi&, double, Eigen::ArrayXXf& out) {
        out.setConstant(said);
    };
    const grid walk({{0.6, 0.4, 0.6}, {0.4, 0.6, 0.4}});
    for (const int classes : {3, 200}) {
        const absorbing process{.mask = classes};
        Eigen::ArrayXXi x = Eigen::ArrayXXi::Constant(2, 3, classes);
        said = -std::numeric_limits<float>::infinity();
        denoise(x, predicts_ratios(network, classes), process, walk, tau_leaping{}, philox{});
        CHECK((x == classes).all());
        denoise(x, predicts_ratios(network, classes), process, walk, tweedie{}, philox{});
        CHECK((x == classes).all());
        for (const float bad : {std::numeric_limits<float>::quiet_NaN(),
                                std::numeric_limits<float>::infinity(), 800.0f}) {
            said = bad;
            CHECK_THROWS_WITH(denoise(x, predicts_ratios(network, classes), process, walk,
                                      tau_leaping{}, philox{}),
                              ContainsSubstring("no distribution"));
            CHECK_THROWS_WITH(
                denoise(x, predicts_ratios(network, classes), process, walk, tweedie{}, philox{}),
                ContainsSubstring("no distribution"));
        }
    }
}
