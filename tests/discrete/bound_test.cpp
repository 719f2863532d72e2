#include <fokker/discrete/bound.hpp>

#include <cmath>
#include <cstddef>
#include <limits>
#include <vector>

#include <Eigen/Core>

#include <fokker/discrete/conversion.hpp>
#include <fokker/discrete/process.hpp>
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

const knot data_knot{0.0, 1.0, 0.0};
const absorbing masks{.mask = 3};
const discrete_data pair_data = dependent_pair();
const discrete_data one{.classes = 3, .p0 = {{{0}, 0.6}, {{1}, 0.3}, {{2}, 0.1}}};

double entropy(const law& p) {
    double sum = 0.0;
    for (const auto& [x, each] : p) sum -= each * std::log(each);
    return sum;
}

std::vector<double> clean_law(const auto& process, const discrete_data& data, const tokens& x,
                              std::size_t i, const knot& k, bool left_out) {
    std::vector<double> p(3);
    double sum = 0.0;
    for (const auto& [x0, weight] : data.p0) {
        double w = weight;
        for (std::size_t j = 0; j < x.size(); ++j)
            if (j != i || !left_out) w *= process.transition(x0[j], x[j], data_knot, k, 3);
        p[static_cast<std::size_t>(x0[i])] += w;
        sum += w;
    }
    for (double& each : p) each /= sum;
    return p;
}

/// All states of so many positions.
std::vector<tokens> all_states(int states, std::size_t positions) {
    std::vector<tokens> all{{}};
    for (std::size_t i = 0; i < positions; ++i) {
        std::vector<tokens> more;
        for (const tokens& each : all)
            for (int y = 0; y < states; ++y) {
                more.push_back(each);
                more.back().push_back(y);
            }
        all = more;
    }
    return all;
}

/// The bound of exact networks, over all data and all noise: of each step, and of the prior.
double exact_bound(const auto& process, const discrete_data& data, const grid& walk) {
    const std::size_t positions = data.p0.begin()->first.size();
    double sum = 0.0;
    for (const auto& [x0, weight] : data.p0) {
        for (const int each : x0)
            for (int y = 0; y < process.states(3); ++y) {
                const double q = process.transition(each, y, data_knot, walk[0], 3);
                if (q > 0)
                    sum += weight * q *
                           std::log(q / discrete::detail::prior_of(process, y, walk[0], 3));
            }
        for (std::size_t s = 0; s + 1 < walk.size(); ++s)
            for (const tokens& x : all_states(process.states(3), positions)) {
                double q = weight;
                for (std::size_t i = 0; i < positions; ++i)
                    q *= process.transition(x0[i], x[i], data_knot, walk[s], 3);
                if (q == 0) continue;
                for (std::size_t i = 0; i < positions; ++i) {
                    if (process.is_settled(x[i])) continue;
                    sum += q * posterior_divergence(process, walk[s], walk[s + 1], x[i], x0[i],
                                                    clean_law(process, data, x, i, walk[s], true));
                }
            }
    }
    return sum;
}

transition_matrices three_steps() {
    std::vector<Eigen::MatrixXd> q;
    for (int t = 0; t < 3; ++t) {
        Eigen::MatrixXd a(3, 3);
        for (int i = 0; i < 9; ++i) a(i) = 1.0 + (i * i + 3 * t) % 5 + (i % 4 == 0 ? 9.0 : 0.0);
        for (int i = 0; i < 3; ++i) a.row(i) /= a.row(i).sum();
        if (t == 2) a.rowwise() = a.row(0).eval();
        q.push_back(a);
    }
    return transition_matrices(q);
}

/// An exact network for columns of so many positions.
auto network_of(const auto& process, const discrete_data& data) {
    return [&process, &data](const Eigen::ArrayXXi& x, const knot& k, Eigen::ArrayXXd& out) {
        for (Eigen::Index n = 0, column = 0; n < x.cols(); ++n)
            for (Eigen::Index i = 0; i < x.rows(); ++i, ++column) {
                tokens sample;
                for (Eigen::Index j = 0; j < x.rows(); ++j) sample.push_back(x(j, n));
                const auto p =
                    clean_law(process, data, sample, static_cast<std::size_t>(i), k, false);
                for (Eigen::Index c = 0; c < 3; ++c)
                    out(c, column) = std::log(p[static_cast<std::size_t>(c)]);
            }
    };
}

}  // namespace

TEST_CASE("of one position the bound of an exact network is the entropy, on any walk") {
    for (const grid& walk : {even_alphas(1), even_alphas(5), linspace(flow_path{}, 4)}) {
        CHECK(std::abs(exact_bound(masks, one, walk) - entropy(one.p0)) < 1e-14);
        CHECK(std::abs(exact_bound(uniform{}, one, walk) - entropy(one.p0)) < 1e-14);
        CHECK(std::abs(exact_bound(mask_and_uniform<>{.mask = 3}, one, walk) - entropy(one.p0)) <
              1e-14);
    }
    transition_matrices process = three_steps();
    for (int n : {1, 2, 3}) {
        process.prepare(process.walk(n));
        CHECK(std::abs(exact_bound(process, one, process.walk(n)) - entropy(one.p0)) < 1e-14);
    }
}

TEST_CASE("of masked pairs it is in closed form, and falls to the entropy") {
    law first, second;
    for (const auto& [x, p] : pair_data.p0) {
        first[{x[0]}] += p;
        second[{x[1]}] += p;
    }
    const double both = entropy(pair_data.p0), alone = entropy(first) + entropy(second),
                 given = 2 * both - alone;  // H(1 | 2) + H(2 | 1)
    for (const grid& walk : {even_alphas(1), even_alphas(6), linspace(flow_path{}, 5)}) {
        double wanted = 0.0;
        for (std::size_t i = 0; i + 1 < walk.size(); ++i)
            wanted += (walk[i + 1].alpha - walk[i].alpha) *
                      ((1 - walk[i].alpha) * alone + walk[i].alpha * given);
        CHECK(std::abs(exact_bound(masks, pair_data, walk) - wanted) < 1e-14);
    }
    CHECK(exact_bound(masks, pair_data, even_alphas(8)) > both);
    CHECK(std::abs(exact_bound(masks, pair_data, even_alphas(64)) - both) <
          0.02 * (exact_bound(masks, pair_data, even_alphas(1)) - both));
    const double rough = exact_bound(uniform{}, pair_data, even_alphas(8)) - both,
                 fine = exact_bound(uniform{}, pair_data, even_alphas(32)) - both;
    CHECK(fine > 0);
    CHECK(rough / fine > 3.5);
}

TEST_CASE("what is measured has the enumerated bound as its mean") {
    const int samples = 20000;
    const auto check = [&](auto process, const grid& walk, bool by_ratios) {
        if constexpr (requires { process.prepare(walk); }) process.prepare(walk);
        Eigen::ArrayXXi x0(2, samples);
        // Data in proportion: of 100 samples 30 are (0, 0), and so on.
        int place = 0;
        for (int hundred = 0; hundred < samples / 100; ++hundred)
            for (const auto& [x, p] : pair_data.p0)
                for (int i = 0; i < static_cast<int>(100 * p + 0.5); ++i, ++place)
                    x0.col(place) << x[0], x[1];
        REQUIRE(place == samples);
        const auto network = network_of(process, pair_data);
        class_terms terms;
        if (by_ratios) {
            const auto ratios = [&](const Eigen::ArrayXXi& x, const knot& k, Eigen::ArrayXXd& out) {
                network(x, k, out);  // of masks a factor makes no difference
                out += std::log(k.alpha / (1 - k.alpha) + 1e-300);
            };
            terms = discrete::variational_bound(predicts_ratios<Eigen::ArrayXXd>(ratios, 3),
                                                process, walk, x0, philox{.seed = 3});
        } else {
            terms = discrete::variational_bound(predicts_classes<Eigen::ArrayXXd>(network, 3),
                                                process, walk, x0, philox{.seed = 3});
        }
        const double wanted = exact_bound(process, pair_data, walk) / 2,
                     spread =
                         std::sqrt((terms.total - terms.total.mean()).square().mean() / samples);
        CHECK(std::abs(terms.nats_per_position() - wanted) < 4 * spread);
        CHECK(spread < 0.02 * wanted);
        CHECK(terms.evaluations == walk.steps());
        CHECK(std::abs(terms.bits_per_position() * std::log(2.0) - terms.nats_per_position()) <
              1e-14);
        CHECK(((terms.prior + terms.steps.rowwise().sum()) - terms.total).abs().maxCoeff() < 1e-15);
    };
    // A walk that begins at alpha = 0 asks the exact network of no state that cannot be.
    check(masks, even_alphas(5), false);
    check(masks, even_alphas(5), true);
    check(uniform{}, even_alphas(5), false);
    check(mask_and_uniform<>{.mask = 3}, even_alphas(5), false);
    check(three_steps(), three_steps().walk(3), false);
}

TEST_CASE("known positions are given, and a sample's terms do not depend on its batch") {
    const auto network = [](const Eigen::ArrayXXi& x, double, Eigen::ArrayXXf& out) {
        out.setZero();
        for (Eigen::Index i = 0; i < x.size(); ++i)
            if (x(i - i % 2) < 3) out(x(i - i % 2), i) = 2.0f;
    };
    Eigen::ArrayXXi x0(2, 30);
    for (int i = 0; i < 60; ++i) x0(i) = i / 2 % 3;
    const std::vector<int> first{1, 0};
    const auto model = predicts_classes(network, 3).with_known(first);
    const auto terms = discrete::variational_bound(model, masks, even_alphas(1), x0, philox{});
    CHECK(std::abs(terms.nats_per_position() + 2.0 - std::log(std::exp(2.0) + 2)) < 1e-12);
    const auto plain = predicts_classes(network, 3);
    const auto all = discrete::variational_bound(plain, uniform{}, even_alphas(7), x0, philox{}),
               part =
                   discrete::variational_bound(plain, uniform{}, even_alphas(7),
                                               x0.rightCols(10).eval(), philox{.first_sample = 20});
    CHECK((all.total.tail(10) == part.total).all());
}

TEST_CASE("a bound that is none is refused") {
    int calls = 0;
    const auto network = [&](const Eigen::ArrayXXi&, double, Eigen::ArrayXXf& out) {
        ++calls;
        out.setConstant(std::numeric_limits<float>::quiet_NaN());
    };
    Eigen::ArrayXXi x0 = Eigen::ArrayXXi::Ones(2, 3);
    const auto model = predicts_classes(network, 3);
    const auto refused = [&](const auto& m, const auto& process, const grid& walk,
                             const char* words) {
        CHECK_THROWS_WITH(discrete::variational_bound(m, process, walk, x0, philox{}),
                          ContainsSubstring(words));
    };
    refused(model, masks, even_alphas(4).from_strength(0.5), "the bound is infinite");
    refused(model, masks, grid({{1, 0, 1}, {0.5, 0.5, 0.5}}), "ends at alpha = 0.5");
    refused(model.drawn_by({.temperature = 0.5}), masks, even_alphas(4), "drawn_by");
    refused(model.with_known(std::vector<int>{1, 1}), masks, even_alphas(4), "nothing to bound");
    x0(4) = 3;
    refused(model, masks, even_alphas(4), "element 4 of x_0 is 3");
    x0(4) = 0;
    CHECK(calls == 0);
    refused(model, masks, even_alphas(4), "no distribution");
    refused(model, uniform{}, even_alphas(4), "no distribution");
}

TEST_CASE("observers see each step of the bound, and may stop it") {
    const auto network = [](const Eigen::ArrayXXi&, double, Eigen::ArrayXXf& out) {
        out.setZero();
    };
    const Eigen::ArrayXXi x0 = Eigen::ArrayXXi::Zero(4, 3);
    const auto model = predicts_classes(network, 3);
    std::vector<int> steps;
    const auto all =
        variational_bound(model, masks, even_alphas(5), x0, philox{}, [&](const progress& now) {
            CHECK(now.steps == 5);
            CHECK(now.evaluations == now.step);
            CHECK(now.at.alpha == now.step / 5.0);
            steps.push_back(now.step);
        });
    CHECK(steps == std::vector<int>{1, 2, 3, 4, 5});
    CHECK_FALSE(all.stopped);
    const auto part = variational_bound(
        model, masks, even_alphas(5), x0, philox{},
        [](const progress& now) { return now.step == 2 ? control::stop : control::go_on; });
    CHECK(part.stopped);
    CHECK(part.evaluations == 2);
    CHECK((part.steps.leftCols(2) == all.steps.leftCols(2)).all());
    CHECK((part.steps.rightCols(3) == 0).all());
}
