#include <fokker/discrete/process.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <vector>

#include <Eigen/Core>

#include <fokker/discrete/forward.hpp>
#include <fokker/discrete/run.hpp>
#include <fokker/discrete/sampler/ancestral.hpp>
#include <fokker/discrete/sampler/gibbs_corrected.hpp>
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
const discrete_data one{.classes = 3, .p0 = {{{0}, 0.6}, {{1}, 0.3}, {{2}, 0.1}}};

/// The clean class of a position, by summing over all data.
auto exact_by_transitions(const auto& process, const discrete_data& data, bool left_out = false) {
    return [&process, &data, left_out](const tokens& x, std::size_t i, const knot& k) {
        std::vector<double> p(3);
        double sum = 0.0;
        for (const auto& [x0, weight] : data.p0) {
            double w = weight;
            for (std::size_t j = 0; j < x.size(); ++j)
                if (j != i || !left_out) w *= process.transition(x0[j], x[j], data_knot, k, 3);
            p[static_cast<std::size_t>(x0[i])] += w;
            sum += w;
        }
        for (double& each : p) each = sum > 0 ? each / sum : 1.0 / 3;
        return p;
    };
}

law noise_at(const auto& process, const knot& k, std::size_t positions) {
    law x{{{}, 1.0}};
    for (std::size_t i = 0; i < positions; ++i) {
        law more;
        for (const auto& [begun, p] : x)
            for (int y = 0; y < process.states(3); ++y) {
                tokens longer = begun;
                longer.push_back(y);
                more[longer] = p * process.transition(0, y, data_knot, k, 3);
            }
        x = std::move(more);
    }
    return x;
}

/// What back(..) draws from one value, x_0 being one class, is what Bayes' rule says.
void check_posterior(const auto& process, const knot& noisy, const knot& clean) {
    const int states = process.states(3);
    for (int x0 = 0; x0 < 3; ++x0)
        for (int xt = 0; xt < states; ++xt) {
            double sum = 0.0;
            std::vector<double> wanted(static_cast<std::size_t>(states));
            for (int y = 0; y < states; ++y)
                sum += wanted[static_cast<std::size_t>(y)] =
                    process.transition(x0, y, data_knot, clean, 3) *
                    process.transition(y, xt, clean, noisy, 3);
            if (sum == 0) continue;
            CHECK(std::abs(sum - process.transition(x0, xt, data_knot, noisy, 3)) < 1e-15);
            const auto sure = [&](const tokens&, std::size_t, const knot&) {
                std::vector<double> p(3);
                p[static_cast<std::size_t>(x0)] = 1.0;
                return p;
            };
            const law found =
                law_of_samples(ancestral{}, process, sure, grid({noisy, clean}), {{{xt}, 1.0}});
            for (int y = 0; y < states; ++y) {
                const auto at = found.find({y});
                CHECK(std::abs((at == found.end() ? 0.0 : at->second) -
                               wanted[static_cast<std::size_t>(y)] / sum) < 1e-14);
            }
        }
}

transition_matrices four_steps() {
    std::vector<Eigen::MatrixXd> q;
    for (int t = 0; t < 4; ++t) {
        Eigen::MatrixXd a(3, 3);
        for (int i = 0; i < 9; ++i) a(i) = 1.0 + (i * i + 3 * t) % 5 + (i % 4 == 0 ? 9.0 : 0.0);
        for (int i = 0; i < 3; ++i) a.row(i) /= a.row(i).sum();
        if (t == 3) a.rowwise() = a.row(0).eval();
        q.push_back(a);
    }
    return transition_matrices(q);
}

}  // namespace

TEST_CASE("back is Bayes' rule, for every process") {
    for (const knot& noisy : {knot{0.9, 0.1, 0.9}, knot{0.5, 0.5, 0.5}})
        for (const knot& clean : {knot{0.3, 0.7, 0.3}, knot{0.0, 1.0, 0.0}}) {
            check_posterior(absorbing{.mask = 3}, noisy, clean);
            check_posterior(uniform{}, noisy, clean);
            check_posterior(mask_and_uniform<>{.mask = 3}, noisy, clean);
            check_posterior(mask_and_uniform<share_of_noise>{.mask = 3, .masked = {.share = 0.3}},
                            noisy, clean);
            const auto rest = [](double alpha) { return std::max(0.0, 0.95 - alpha); };
            check_posterior(mask_and_uniform<decltype(rest)>{.mask = 3, .masked = rest}, noisy,
                            clean);
        }
    transition_matrices process = four_steps();
    for (int n : {1, 2, 3, 4}) {
        const grid walk = process.walk(n);
        process.prepare(walk);
        for (std::size_t i = 0; i + 1 < walk.size(); ++i)
            check_posterior(process, walk[i], walk[i + 1]);
    }
}

TEST_CASE("transitions of two steps are those of both") {
    const knot a{0, 0.9, 0.1}, b{0, 0.6, 0.4}, c{0, 0.2, 0.8};
    const mask_and_uniform<> process{.mask = 3};
    for (int from = 0; from < 4; ++from)
        for (int to = 0; to < 4; ++to) {
            double sum = 0.0;
            for (int y = 0; y < 4; ++y)
                sum += process.transition(from, y, a, b, 3) * process.transition(y, to, b, c, 3);
            CHECK(std::abs(sum - process.transition(from, to, a, c, 3)) < 1e-15);
        }
}

TEST_CASE("of one position mask and uniform, and matrices, have the law of the data") {
    const mask_and_uniform<> both{.mask = 3};
    for (int n : {1, 2, 7})
        CHECK(total_variation(law_of_samples(ancestral{}, both, exact_by_transitions(both, one),
                                             even_alphas(n), noise_at(both, {1, 0, 1}, 1)),
                              one.p0) < 1e-14);
    transition_matrices process = four_steps();
    for (int n : {1, 2, 4}) {
        const grid walk = process.walk(n);
        process.prepare(walk);
        CHECK(
            total_variation(law_of_samples(ancestral{}, process, exact_by_transitions(process, one),
                                           walk, noise_at(process, walk[0], 1)),
                            one.p0) < 1e-14);
    }
}

TEST_CASE("of pairs they converge, and the formula of D3PM gives the same law") {
    const discrete_data data = dependent_pair();
    const mask_and_uniform<> both{.mask = 3};
    std::vector<double> far;
    for (int n : {4, 8, 16})
        far.push_back(
            total_variation(law_of_samples(ancestral{}, both, exact_by_transitions(both, data),
                                           even_alphas(n), noise_at(both, {1, 0, 1}, 2)),
                            data.p0));
    CHECK(far[0] / far[1] > 1.8);
    CHECK(far[1] / far[2] > 1.8);
    // D3PM: q(x_t | x_s) times sum q(x_s | x_0) r(x_0), position by position.
    transition_matrices process = four_steps();
    const grid walk = process.walk(4);
    process.prepare(walk);
    const auto left_out = exact_by_transitions(process, data, true);
    law x = noise_at(process, walk[0], 2);
    for (std::size_t i = 0; i < 4; ++i) {
        law after;
        for (const auto& [xt, weight] : x) {
            std::vector<std::vector<double>> rows;
            for (std::size_t p = 0; p < 2; ++p) {
                const auto r = left_out(xt, p, walk[i]);
                std::vector<double> row(3);
                double sum = 0.0;
                for (int y = 0; y < 3; ++y) {
                    double before = 0.0;
                    for (int x0 = 0; x0 < 3; ++x0)
                        before += r[static_cast<std::size_t>(x0)] *
                                  process.transition(x0, y, data_knot, walk[i + 1], 3);
                    sum += row[static_cast<std::size_t>(y)] =
                        before * process.transition(y, xt[p], walk[i + 1], walk[i], 3);
                }
                for (double& each : row) each /= sum;
                rows.push_back(row);
            }
            for (int a = 0; a < 3; ++a)
                for (int b = 0; b < 3; ++b)
                    after[{a, b}] += weight * rows[0][static_cast<std::size_t>(a)] *
                                     rows[1][static_cast<std::size_t>(b)];
        }
        x = after;
    }
    CHECK(total_variation(law_of_samples(ancestral{}, process, exact_by_transitions(process, data),
                                         walk, noise_at(process, walk[0], 2)),
                          x) < 1e-14);
}

TEST_CASE("runs of these processes sample one position's law, whatever the network says") {
    const int samples = 30000;
    const auto check = [&](auto process, const grid& walk, bool left_out, const auto& sampler) {
        if constexpr (requires { process.prepare(walk); }) process.prepare(walk);
        const auto clean = exact_by_transitions(process, one, left_out);
        const auto network = [&](const Eigen::ArrayXXi& x, const knot& k, Eigen::ArrayXXf& out) {
            for (Eigen::Index i = 0; i < x.size(); ++i) {
                const auto p = clean({x(i)}, 0, k);
                for (Eigen::Index c = 0; c < 3; ++c)
                    out(c, i) = static_cast<float>(std::log(p[static_cast<std::size_t>(c)]));
            }
        };
        Eigen::ArrayXXi x(1, samples);
        if (left_out)
            sample(x, predicts_classes_leaving_one_out(network, 3), process, walk, sampler,
                   philox{.seed = 8});
        else
            sample(x, predicts_classes(network, 3), process, walk, sampler, philox{.seed = 8});
        double chi_square = 0.0;
        for (int y = 0; y < 3; ++y) {
            const double wanted = samples * one.p0.at({y});
            chi_square += std::pow(static_cast<double>((x == y).count()) - wanted, 2) / wanted;
        }
        CHECK(chi_square < 13.8);  // 0.001 of 2 degrees of freedom
        CHECK((x < 3).all());
    };
    const mask_and_uniform<> both{.mask = 3};
    for (const bool left_out : {false, true}) {
        check(both, linspace(flow_path{}, 5), left_out, ancestral{});
        check(both, linspace(flow_path{}, 5), left_out, gibbs_corrected{ancestral{}, 1});
        check(four_steps(), four_steps().walk(3), left_out, ancestral{});
    }
}

TEST_CASE("the forward process of matrices has their law") {
    transition_matrices process = four_steps();
    const grid walk = process.walk(4);
    process.prepare(walk);
    const Eigen::ArrayXXi x0 = Eigen::ArrayXXi::Constant(1, 30000, 2);
    Eigen::ArrayXXi x(1, 30000);
    forward(x0, process, 3, walk[2], philox{.seed = 4}, x);
    double chi_square = 0.0;
    for (int y = 0; y < 3; ++y) {
        const double wanted = 30000 * process.transition(2, y, data_knot, walk[2], 3);
        chi_square += std::pow(static_cast<double>((x == y).count()) - wanted, 2) / wanted;
    }
    CHECK(chi_square < 13.8);
}

TEST_CASE("the discretised Gaussian is D3PM's") {
    // By the paper's program, with 5 classes: the softmax of -(k 2 63.75 / 4)^2 / beta.
    const auto q = discretised_gaussian(5, {400.0, 9000.0});
    for (const Eigen::MatrixXd& each : q) {
        CHECK((each.rowwise().sum().array() - 1).abs().maxCoeff() < 1e-15);
        CHECK((each.colwise().sum().array() - 1).abs().maxCoeff() < 1e-15);
        CHECK((each - each.transpose()).cwiseAbs().maxCoeff() < 1e-15);
    }
    const double next = std::exp(-31.875 * 31.875 / 9000), two = std::pow(next, 4),
                 sum = 1 + 2 * (next + two + std::pow(next, 9) + std::pow(next, 16));
    CHECK(std::abs(q[1](1, 2) - next / sum) < 1e-15);
    CHECK(std::abs(q[1](1, 3) - two / sum) < 1e-15);
}

TEST_CASE("processes that are none are refused") {
    Eigen::ArrayXXi x(2, 3);
    const auto network = [](const Eigen::ArrayXXi&, double, Eigen::ArrayXXf& out) {
        out.setZero();
    };
    const auto refused = [&](const auto& process, const grid& walk, const char* words) {
        CHECK_THROWS_WITH(
            sample(x, predicts_classes(network, 3), process, walk, ancestral{}, philox{}),
            ContainsSubstring(words));
    };
    const grid walk = linspace(flow_path{}, 5);
    refused(mask_and_uniform<>{}, walk, "mask is -1");
    refused(mask_and_uniform<>{.mask = 3, .masked = {.share = 1.5}}, walk, "masked(alpha) is 1.5");
    const auto rising = [](double alpha) { return alpha * (1 - alpha); };
    refused(mask_and_uniform<decltype(rising)>{.mask = 3, .masked = rising}, walk, "rises");
    const transition_matrices process = four_steps();
    refused(process, walk, "take transition_matrices::walk(n)");
    CHECK_THROWS_WITH(process.walk(5), ContainsSubstring("5 steps, and the process 4"));
    CHECK_THROWS_WITH(transition_matrices({}), ContainsSubstring("no matrices"));
    CHECK_THROWS_WITH(transition_matrices({Eigen::MatrixXd::Ones(3, 3)}),
                      ContainsSubstring("row 0 of matrix 0 sums to 3"));
    CHECK_THROWS_WITH(transition_matrices({Eigen::MatrixXd::Ones(3, 2)}),
                      ContainsSubstring("2 columns"));
    CHECK_THROWS_WITH(discretised_gaussian(3, {0.0}), ContainsSubstring("a beta is 0"));
    CHECK_THROWS_WITH(
        sample(x, predicts_ratios(network, 3), process, process.walk(2), ancestral{}, philox{}),
        ContainsSubstring("noise has one law"));
}

TEST_CASE("a step of mask and uniform is VQ-Diffusion's") {
    // By diffusers 0.42, VQDiffusionScheduler(num_vec_classes = 4).q_posterior, in float: the clean
    // class has the law (.5, .2, .3) whatever x_t is.
    struct step {
        int time;
        std::vector<double> from_first, from_mask;
    };
    const auto alpha_at = [](int t) { return 0.99999 + t / 99.0 * (9e-6 - 0.99999); };
    const auto masked = [](double alpha) { return std::max(0.0, 0.999999 - alpha); };
    const auto at = [&](int t) { return knot{1.0 * t, alpha_at(t), 1 - alpha_at(t)}; };
    const step steps[] = {
        {60,
         {0.9875003016804054, 0.004999881390280213, 0.007499816929314399, 0.0},
         {0.008333201894851611, 0.003333289007772116, 0.004999926636798616, 0.9833335824605777}},
        {20,
         {0.9937500765784618, 0.0024999698842379757, 0.0037499535373003027, 0.0},
         {0.024998875292380665, 0.009999562491485854, 0.014999333425117459, 0.950002228791016}}};
    const mask_and_uniform<decltype(masked)> process{.mask = 3, .masked = masked};
    for (const step& each : steps) {
        const auto p = [](const tokens&, std::size_t, const knot&) {
            return std::vector<double>{0.5, 0.2, 0.3};
        };
        for (const int x : {0, 3}) {
            const law found = law_of_samples(
                ancestral{}, process, p, grid({at(each.time), at(each.time - 1)}), {{{x}, 1.0}});
            for (int y = 0; y < 4; ++y) {
                const auto place = found.find({y});
                const double wanted =
                    (x == 0 ? each.from_first : each.from_mask)[static_cast<std::size_t>(y)];
                CHECK(std::abs((place == found.end() ? 0.0 : place->second) - wanted) < 2e-5);
            }
        }
    }
}
