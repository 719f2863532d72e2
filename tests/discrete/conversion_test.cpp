#include <fokker/discrete/conversion.hpp>

#include <cmath>
#include <cstddef>
#include <limits>
#include <vector>

#include <Eigen/Core>

#include <fokker/discrete/process.hpp>
#include <fokker/discrete/run.hpp>
#include <fokker/discrete/sampler/ancestral.hpp>
#include <fokker/path/continuous.hpp>
#include <fokker/path/grids.hpp>

#include "catch.hpp"
#include "support/allocations.hpp"
#include "support/exact_law.hpp"

using namespace fokker;
using namespace fokker_test;
using namespace fokker::discrete;
using Catch::Matchers::ContainsSubstring;

namespace {

const discrete_data data = dependent_pair();
const absorbing masks{.mask = 3};

double largest_difference(const std::vector<double>& a, const std::vector<double>& b) {
    double most = 0.0;
    for (std::size_t i = 0; i < a.size(); ++i) most = std::max(most, std::abs(a[i] - b[i]));
    return most;
}

/// p_t of a pair, by summing over all clean ones.
double marginal(const auto& process, const tokens& x, const knot& k) {
    double sum = 0.0;
    for (const auto& [x0, weight] : data.p0) {
        double w = weight;
        for (std::size_t i = 0; i < 2; ++i)
            w *= process.transition(x0[i], x[i], {0.0, 1.0, 0.0}, k, 3);
        sum += w;
    }
    return sum;
}

std::vector<double> exact_clean(const auto& process, const tokens& x, std::size_t i, const knot& k,
                                bool left_out) {
    return data.clean(
        x, i, k, [&](int t) { return process.noise(t, 3); }, left_out);
}

}  // namespace

TEST_CASE("what is said of a position becomes what else may be said of it, and back") {
    const auto check = [](const auto& process) {
        const int states = process.states(3);
        const auto size = static_cast<std::size_t>(states);
        for (const knot& k : {knot{0.9, 0.1, 0.9}, knot{0.4, 0.6, 0.4}, knot{1e-6, 1 - 1e-6, 1e-6}})
            for (int a = 0; a < states; ++a)
                for (int b = 0; b < states; ++b) {
                    const tokens x{a, b};
                    if (process.is_settled(a)) continue;
                    const auto p = exact_clean(process, x, 0, k, false),
                               r = exact_clean(process, x, 0, k, true);
                    std::vector<double> to(3), s(size), rates(size), back(size), u(size);
                    left_out_from_classes(process, k, a, p, to);
                    CHECK(largest_difference(to, r) < 1e-13);
                    classes_from_left_out(process, k, a, r, to);
                    CHECK(largest_difference(to, p) < 1e-14);
                    // Ratios of the joint law.
                    ratios_from_left_out(process, k, a, r, s);
                    const double here = marginal(process, x, k);
                    for (int y = 0; y < states; ++y) {
                        const double wanted = marginal(process, {y, b}, k) / here;
                        CHECK(std::abs(s[static_cast<std::size_t>(y)] - wanted) <
                              1e-14 * std::max(1.0, wanted));
                    }
                    left_out_from_ratios(process, k, a, s, to);
                    CHECK(largest_difference(to, r) < 1e-13);
                    // Rates of the reverse process: Q(y -> x) s_y.
                    rates_from_ratios(process, k, a, 3, s, rates);
                    double sum = 0.0;
                    for (const double each : rates) sum += each;
                    CHECK(std::abs(sum) < 1e-9);
                    ratios_from_rates(process, k, a, 3, rates, back);
                    CHECK(largest_difference(back, s) < 1e-9);
                    velocities_from_classes(k, a, p, u);
                    classes_from_velocities(k, a, u, to);
                    CHECK(largest_difference(to, p) < 1e-14);
                }
    };
    check(masks);
    check(uniform{});
}

TEST_CASE("rates and velocities lead along the marginals") {
    // dp_t(x) / d alpha = sum over single changes of what flows in less what flows out.
    const auto check = [](const auto& process) {
        const double alpha = 0.37, h = 1e-4;
        const knot k{0, alpha, 1 - alpha}, below{0, alpha - h, 1 - alpha + h},
            above{0, alpha + h, 1 - alpha - h};
        const int states = process.states(3);
        const auto size = static_cast<std::size_t>(states);
        for (const bool by_rates : {true, false})
            for (int a = 0; a < states; ++a)
                for (int b = 0; b < states; ++b) {
                    const tokens x{a, b};
                    double flow = 0.0;
                    for (std::size_t i = 0; i < 2; ++i)
                        for (int z = 0; z < states; ++z) {
                            tokens from = x;
                            from[i] = z;
                            if (process.is_settled(z) && (by_rates || z == x[i])) continue;
                            std::vector<double> s(size), of(size);
                            const auto r = exact_clean(process, from, i, k, true);
                            if (by_rates) {
                                ratios_from_left_out(process, k, z, r, s);
                                rates_from_ratios(process, k, z, 3, s, of);
                            } else {
                                velocities_from_classes(
                                    k, z, exact_clean(process, from, i, k, false), of);
                            }
                            flow += marginal(process, from, k) * of[static_cast<std::size_t>(x[i])];
                        }
                    const double wanted =
                        (marginal(process, x, above) - marginal(process, x, below)) / (2 * h);
                    CHECK(std::abs(flow - wanted) < 1e-9);
                }
    };
    check(masks);
    check(uniform{});
}

TEST_CASE("networks that say the same in other words give the same samples") {
    const auto check = [](const auto& process, auto of) {
        using process_type = std::remove_cvref_t<decltype(process)>;
        const grid walk = linspace(flow_path{}, 12).from_strength(0.95);
        const auto size = static_cast<std::size_t>(process.states(3));
        const auto samples = [&](says what) {
            const auto network = [&, what](const Eigen::ArrayXXi& x, const knot& k,
                                           Eigen::ArrayXXd& out) {
                for (Eigen::Index n = 0; n < x.cols(); ++n)
                    for (Eigen::Index i = 0; i < 2; ++i) {
                        const tokens pair{x(0, n), x(1, n)};
                        const auto place = static_cast<std::size_t>(i);
                        const int token = x(i, n);
                        auto p = exact_clean(process, pair, place, k, false);
                        auto r = exact_clean(process, pair, place, k, true);
                        std::vector<double> s(size), rates(size);
                        if (!process.is_settled(token)) {
                            ratios_from_left_out(process, k, token, r, s);
                            rates_from_ratios(process, k, token, 3, s, rates);
                        }
                        const auto& row = what == says::classes            ? p
                                          : what == says::classes_left_out ? r
                                          : what == says::ratios           ? s
                                                                           : rates;
                        for (Eigen::Index c = 0; c < 3; ++c)
                            out(c, 2 * n + i) = std::log(row[static_cast<std::size_t>(c)]);
                    }
            };
            Eigen::ArrayXXi x(2, 300);
            using logits = Eigen::ArrayXXd;
            const philox noise{.seed = 12};
            const process_type how = process;
            if (what == says::classes)
                sample(x, predicts_classes<logits>(network, 3), how, walk, of, noise);
            else if (what == says::classes_left_out)
                sample(x, predicts_classes_leaving_one_out<logits>(network, 3), how, walk, of,
                       noise);
            else if (what == says::ratios)
                sample(x, predicts_ratios<logits>(network, 3), how, walk, of, noise);
            else
                sample(x, predicts_rates<logits>(network, 3), how, walk, of, noise);
            return x;
        };
        const Eigen::ArrayXXi wanted = samples(says::classes);
        for (const says what : {says::classes_left_out, says::ratios, says::rates})
            CHECK((samples(what) == wanted).all());
    };
    check(masks, ancestral{});
    check(uniform{}, ancestral{});
}

TEST_CASE("ratios that say nothing are refused") {
    int calls = 0;
    const auto network = [&](const Eigen::ArrayXXi&, double, Eigen::ArrayXXf& out) {
        ++calls;
        out.setZero();
        if (calls == 2) out(1, 5) = std::numeric_limits<float>::quiet_NaN();
    };
    Eigen::ArrayXXi x(2, 5);
    const grid walk = linspace(flow_path{}, 6);
    CHECK_THROWS_WITH(
        sample(x, predicts_ratios(network, 3), uniform{}, walk, ancestral{}, philox{}),
        ContainsSubstring("begins at alpha = 0"));
    CHECK(calls == 0);
    CHECK_THROWS_WITH(sample(x, predicts_ratios(network, 3), uniform{}, walk.from_strength(0.9),
                             ancestral{}, philox{}),
                      ContainsSubstring("no distribution"));
    CHECK_THROWS_WITH(predicts_ratios(network, 0), ContainsSubstring("values is 0"));
    std::vector<double> three(3), two(2);
    CHECK_THROWS_WITH(classes_from_left_out(uniform{}, knot{0.5, 0.5, 0.5}, 0, three, two),
                      ContainsSubstring("3 classes to read and 2 to write"));
    CHECK_THROWS_WITH(ratios_from_left_out(masks, knot{0.5, 0.5, 0.5}, 0, three, three),
                      ContainsSubstring("can have 4"));
}

TEST_CASE("steps by ratios take no memory") {
    Eigen::ArrayXXi x(2, 50);
    const auto network = [](const Eigen::ArrayXXi& y, double, Eigen::ArrayXXf& out) {
        for (Eigen::Index i = 0; i < y.size(); ++i)
            for (int c = 0; c < 3; ++c) out(c, i) = c == y(i) ? 0.0f : 0.1f * static_cast<float>(c);
    };
    discrete::run r(x, predicts_ratios(network, 3), uniform{},
                    linspace(flow_path{}, 12).from_strength(0.9), ancestral{}, philox{});
    r.start_from_prior();
    const std::size_t before = fokker_test::allocations();
    while (!r.done()) r.step();
    CHECK(fokker_test::allocations() == before);
}
