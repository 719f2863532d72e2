// The bound with a variance for each element, against closed forms; and what goes wrong in it.
#include <fokker/forward/element_variances.hpp>

#include <Eigen/Core>
#include <cmath>
#include <cstdint>
#include <functional>
#include <limits>
#include <numbers>
#include <vector>

#include <fokker/error.hpp>
#include <fokker/forward/bound.hpp>
#include <fokker/model/probed_network.hpp>
#include <fokker/path/grids.hpp>

#include "catch.hpp"
#include "support/allocations.hpp"
#include "support/recorded.hpp"
#include "support/two_headed.hpp"

using namespace fokker;
using namespace fokker_test;
using Catch::Matchers::ContainsSubstring;
using enum second_output;

namespace {

/// All terms of the Gaussian network by their textbook forms, with the noise of the seed and the
/// variance (step, element, sample) of the model.
struct closed_form {
    ArrayXXd kl = ArrayXXd::Zero(samples, seven.steps() - 1);
    Eigen::ArrayXd decoder = Eigen::ArrayXd::Zero(samples);

    explicit closed_form(
        const std::vector<ArrayXXd>& eps,
        const std::function<double(int, Eigen::Index, Eigen::Index)>& model_variance) {
        for (int n = 0; n < seven.steps(); ++n)
            for (Eigen::Index j = 0; j < samples; ++j)
                for (Eigen::Index i = 0; i < elements; ++i) {
                    const knot s = seven[std::size_t(n)], t = seven[std::size_t(n) + 1];
                    const double x = s.alpha * x0(i, j) + s.sigma * eps[std::size_t(n)](i, j);
                    const double D = s.alpha * std::pow(deviation(i), 2) / variance_of(i, s) * x;
                    const double v = model_variance(n, i, j), scale = elements * std::numbers::ln2;
                    if (n + 1 == seven.steps()) {
                        // By the tail that is on the side of x_0, where nothing cancels.
                        const double off = std::abs(x0(i, j) - D), root = std::sqrt(2 * v);
                        const double inside = std::erfc((off - 1 / 255.0) / root) -
                                              std::erfc((off + 1 / 255.0) / root);
                        decoder(j) -= std::log(inside / 2) / scale;
                        continue;
                    }
                    // Of x_t given x_0 and x_s, by conditioning their joint normal distribution.
                    const double a = s.alpha / t.alpha, b = s.sigma * s.sigma;
                    const double known = t.sigma * t.sigma * (1 - a * a * t.sigma * t.sigma / b);
                    const double weight = t.alpha - a * t.sigma * t.sigma / b * s.alpha;
                    const double away = weight * (x0(i, j) - D);
                    kl(j, n) += 0.5 * (std::log(v / known) + (known + away * away) / v - 1) / scale;
                }
    }

    void check(const variational_terms& b, double tolerance) const {
        CHECK(((b.kl - kl) / kl).abs().maxCoeff() < tolerance);
        CHECK(((b.decoder - decoder) / decoder).abs().maxCoeff() < tolerance);
    }
};

/// The noise of each step. A function, as no order holds between globals of this file and the
/// inline ones of a header.
const std::vector<ArrayXXd>& draws() {
    static const std::vector<ArrayXXd> rows = [] {
        std::vector<ArrayXXd> each;
        for (int n = 0; n < seven.steps(); ++n) each.push_back(normals(std::uint64_t(n) + 10, 1));
        return each;
    }();
    return rows;
}
recorded_noise tape() {
    recorded_noise recorded{{}, elements};
    for (const ArrayXXd& row : draws())
        recorded.rows.emplace_back(row.data(), row.data() + row.size());
    return recorded;
}

}  // namespace

TEST_CASE("for Gaussian elements and the exact model every term has its closed form") {
    // Of x_t given x_s alone: the true reverse process.
    const closed_form wanted(draws(), [](int n, Eigen::Index i, Eigen::Index) {
        const knot s = seven[std::size_t(n)], t = seven[std::size_t(n) + 1];
        const double covariance = s.alpha / t.alpha * variance_of(i, t);
        return variance_of(i, t) - covariance * covariance / variance_of(i, s);
    });
    const auto of = [&](auto&& model, const reverse_variance& variance) {
        return variational_bound(model, seven, x0, tape(), {.variance = variance});
    };
    const optimal_variance map{moments_of(seven, gaussian_residual, elements)};
    wanted.check(of(gaussian_network, map), 1e-10);
    const auto npr = predicts_noise(gaussian_npr, residual_squared);
    wanted.check(of(npr, extended_optimal_variance{}), 1e-10);
    wanted.check(of(predicts_noise(gaussian_sn, noise_squared), extended_optimal_variance{}),
                 1e-10);
    wanted.check(of(with_probes(predicts_noise(gaussian_network)), extended_optimal_variance{}),
                 1e-8);
    CHECK(worst(of(npr, extended_optimal_variance{}),
                of(gaussian_network, optimal_variance{map.gamma.mean()})) > 1e-2);
}

TEST_CASE("elements that differ need their entropy, and with one number for all of them more") {
    ArrayXXd data = normals(5, 1, 4, 4000);
    double entropy = 0;
    for (Eigen::Index i = 0; i < 4; ++i) {
        data.row(i) *= deviation(i) / 2;
        entropy +=
            (std::log2(deviation(i) / 2 * std::sqrt(2 * std::numbers::pi * std::numbers::e)) +
             std::log2(127.5)) /
            4;
    }
    data = rounded(data);
    // The networks above, for data twice as wide: alpha is half as large.
    const auto half = [](const knot& k) { return knot{k.t, k.alpha / 2, k.sigma}; };
    const one_output network = [=](const ArrayXXd& x, const knot& k, ArrayXXd& out) {
        gaussian_network(x, half(k), out);
    };
    const two_outputs npr = [=](const ArrayXXd& x, const knot& k, ArrayXXd& out, ArrayXXd& g) {
        gaussian_npr(x, half(k), out, g);
    };
    const auto left = [=](const knot& k, Eigen::Index i) { return gaussian_residual(half(k), i); };
    for (const int steps : {2, 10}) {
        const grid walk = trailing(linear_schedule(), steps);
        const auto bits = [&](auto&& model, const reverse_variance& variance) {
            return variational_bound(model, walk, data, philox{.seed = 1}, {.variance = variance})
                .bits_per_dimension();
        };
        CHECK(std::abs(bits(predicts_noise(npr, residual_squared), extended_optimal_variance{}) -
                       entropy) < 0.02);
        const optimal_variance map{moments_of(walk, left, 4)};
        CHECK(std::abs(bits(network, map) - entropy) < 0.02);
        CHECK(bits(network, optimal_variance{map.gamma.mean()}) > entropy + 0.02);
    }
}

TEST_CASE("learned variances of each element have their closed form") {
    const auto v = [](Eigen::Index i, Eigen::Index j) {
        return 0.4 * static_cast<double>(i) - 0.3 * static_cast<double>(j) - 0.5;
    };
    const closed_form wanted(draws(), [&](int n, Eigen::Index i, Eigen::Index j) {
        const auto at = std::size_t(n);
        const bool last = n + 1 == seven.steps();
        const double most = last ? std::pow(seven[at].sigma, 2)
                                 : upper_bound_variance{}(seven[at], seven[at + 1]),
                     least = posterior_variance{}(seven[at - last], seven[at + 1 - last]);
        return std::pow(most, (1 + v(i, j)) / 2) * std::pow(least, (1 - v(i, j)) / 2);
    });
    const closed_form own(
        draws(), [&](int, Eigen::Index i, Eigen::Index j) { return 0.01 * std::exp(v(i, j)); });
    const auto of = [&](double constant, bool exponential, second_output kind) {
        const auto head = [=](const ArrayXXd& x, const knot&, const ArrayXXd&) -> ArrayXXd {
            ArrayXXd out = x;
            for (Eigen::Index j = 0; j < x.cols(); ++j)
                for (Eigen::Index i = 0; i < x.rows(); ++i) out(i, j) = v(i, j) + constant;
            return exponential ? ArrayXXd(out.exp()) : out;
        };
        return variational_bound(predicts_noise(with_head(gaussian_network, head), kind), seven, x0,
                                 tape(), {.variance = learned_variance{}});
    };
    wanted.check(of(0, false, variance_range), 1e-10);
    own.check(of(std::log(0.01), false, log_variance), 1e-10);
    own.check(of(std::log(0.01), true, second_output::variance), 1e-10);
}

TEST_CASE("float follows double, and steps allocate nothing") {
    const auto in = [](auto number, second_output kind, const reverse_variance& variance) {
        using T = decltype(number);
        using array = Eigen::ArrayXX<T>;
        const std::function<void(const array&, const knot&, array&, array&)> network =
            [kind](const array& x, const knot& k, array& out, array& second) {
                const ArrayXXd state = x.template cast<double>();
                ArrayXXd E = state, g = state;
                (kind == noise_squared ? gaussian_sn : gaussian_npr)(state, k, E, g);
                out = E.cast<T>();
                second = g.cast<T>();
            };
        return variational_bound(predicts_noise(network, kind), seven, array(x0.cast<T>()), tape(),
                                 {.variance = variance});
    };
    const optimal_variance map{moments_of(seven, gaussian_residual, elements)};
    CHECK(worst(in(0.0f, residual_squared, extended_optimal_variance{}),
                in(0.0, residual_squared, extended_optimal_variance{})) < 1e-4);
    CHECK(worst(in(0.0f, noise_squared, extended_optimal_variance{}),
                in(0.0, noise_squared, extended_optimal_variance{})) < 2e-3);
    CHECK(worst(in(0.0f, residual_squared, map), in(0.0, residual_squared, map)) < 1e-4);

    std::vector<std::size_t> allocated;
    allocated.reserve(2 * 7);
    const auto count = [&](const auto&) { allocated.push_back(allocations()); };
    const auto none = [&](const reverse_variance& variance) {
        allocated.clear();
        variational_bound(predicts_noise(gaussian_npr, residual_squared), seven, x0,
                          philox{.seed = 1}, {.variance = variance}, count);
        REQUIRE(allocated.size() == 7);
        return allocated.back() - allocated.front();
    };
    const auto of_network = none(posterior_variance{});  // what the network itself takes
    CHECK(none(extended_optimal_variance{}) == of_network);
    CHECK(none(map) == of_network);
}

TEST_CASE("a second output that makes no variance is reported with its element and step") {
    const auto model = [](double told, second_output kind, int at_step = 2) {
        const auto head = [=](const ArrayXXd& x, const knot& k, const ArrayXXd&) -> ArrayXXd {
            ArrayXXd second = ArrayXXd::Constant(x.rows(), x.cols(), 0.5);
            if (k.t == seven[std::size_t(at_step)].t) second(3, 1) = told;
            return second;
        };
        return predicts_noise(with_head(plain, head), kind);
    };
    const auto reports = [](auto&& of, const reverse_variance& variance, const char* words) {
        CHECK_THROWS_AS(bound(of, variance), network_error);
        CHECK_THROWS_WITH(
            bound(of, variance),
            ContainsSubstring("element 3 of sample 1 at step ") && ContainsSubstring(words));
    };
    constexpr auto step_variance = second_output::variance;
    constexpr double infinity = std::numeric_limits<double>::infinity();
    reports(model(-0.25, step_variance), learned_variance{}, "variance -0.25; it must be positive");
    reports(model(0, step_variance), learned_variance{}, "variance 0;");
    reports(model(-0.25, step_variance, 6), learned_variance{}, "set decoder_variance");
    reports(model(1000, log_variance), learned_variance{}, "is 1000, which makes its variance inf");
    reports(model(-infinity, log_variance), learned_variance{}, "variance 0;");
    reports(model(std::nan(""), residual_squared), extended_optimal_variance{1}, "is nan");
    reports(model(infinity, residual_squared), extended_optimal_variance{1}, "is inf");
    reports(model(infinity, noise_squared), extended_optimal_variance{1}, "is inf");
    // A variance of 0 to clean data, element by element, is that of the step before.
    CHECK(bound(model(0, residual_squared, 6), extended_optimal_variance{}).total.isFinite().all());
}
