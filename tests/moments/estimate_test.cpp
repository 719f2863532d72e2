#include <fokker/moments/estimate.hpp>

#include <Eigen/Core>
#include <cmath>
#include <vector>

#include <fokker/error.hpp>
#include <fokker/noise/philox.hpp>
#include <fokker/path/continuous.hpp>
#include <fokker/path/discrete_schedule.hpp>
#include <fokker/path/grids.hpp>

#include "catch.hpp"
#include "support/drawn.hpp"
#include "support/mixture.hpp"

using namespace fokker;
using Catch::Approx;
using Catch::Matchers::ContainsSubstring;

TEST_CASE("Gamma of Gaussian data is known in closed form, whatever the network predicts") {
    // One Gaussian N(0, s^2): E[eps | x] = sigma x / v with v = alpha^2 s^2 + sigma^2, so that
    // Gamma = sigma^2 / v.
    const double s = 0.5;
    const fokker_test::mixture gaussian{{1.0, 0.0}, {0.0, 0.0}, {s, 1.0}};
    const int n = 100000;
    const Eigen::ArrayXXd standard = [&] {
        const Eigen::ArrayXXd zero = Eigen::ArrayXXd::Zero(10, n / 10);
        Eigen::ArrayXXd z(10, n / 10);
        forward(zero, knot{0, 1, 1}, philox{.seed = 77}, z);
        return z;
    }();
    const Eigen::ArrayXXd data = s * standard;
    const vp_path path;
    const std::vector<knot> knots{path.at(0.9), path.at(0.3), path.at(0.05)};
    const auto check = [&](const moments& m) {
        for (std::size_t i = 0; i < knots.size(); ++i) {
            const knot& k = knots[i];
            const double exact =
                k.sigma * k.sigma / (k.alpha * k.alpha * s * s + k.sigma * k.sigma);
            CHECK(m.knots[i] == k);
            CHECK(std::abs(m.gamma[i] - exact) < 5 * exact * std::sqrt(2.0 / n));
            // The control variate: at the noisy end the draw's own chance cancels.
            if (k.t > 0.8) CHECK(std::abs(m.gamma[i] - exact) < 0.1 * std::sqrt(2.0 / n));
        }
    };
    using namespace fokker_test;
    check(estimate_moments(exact_network<noise_prediction>{gaussian}, knots, data,
                           philox{.seed = 1}));
    check(estimate_moments(predicts_velocity(exact_network<velocity_prediction>{gaussian}), knots,
                           data, philox{.seed = 1}));
    check(estimate_moments(edm_preconditioned(exact_network<edm_prediction>{gaussian}), knots, data,
                           philox{.seed = 1}));
}

TEST_CASE("data of 16 bits give the moments of float") {
    const Eigen::ArrayXXf data = Eigen::ArrayXXf::Random(64, 20);
    const auto network = [](const auto& x, double, auto& out) {
        using number = typename std::remove_cvref_t<decltype(out)>::Scalar;
        out = number(0.7f) * x;
    };
    const std::vector<knot> knots{vp_path{}.at(0.2), vp_path{}.at(0.8)};
    const moments wanted = estimate_moments(network, knots, data, philox{.seed = 1});
    const moments m = estimate_moments(
        network, knots, Eigen::ArrayXX<Eigen::half>(data.cast<Eigen::half>()), philox{.seed = 1});
    for (std::size_t i = 0; i < knots.size(); ++i)
        CHECK(m.gamma[i] == Approx(wanted.gamma[i]).epsilon(0.002));
}

TEST_CASE("all training times of a schedule") {
    const Eigen::ArrayXf data = Eigen::ArrayXf::Ones(64);
    int calls = 0;
    const auto network = [&](const Eigen::ArrayXf& x, double, Eigen::ArrayXf& out) {
        ++calls;
        out = x;
    };
    const moments m = estimate_moments(network, linear_schedule(20), data, philox{});
    CHECK(calls == 20);
    CHECK(m.knots.front().t == 19.0);
    CHECK(m.knots.back().t == 0.0);
    const auto walk = trailing(linear_schedule(20), 4);
    const moments of_grid = estimate_moments(network, walk, data, philox{});
    CHECK(calls == 24);
    CHECK(of_grid.knots == std::vector<knot>(walk.begin(), walk.end() - 1));
    CHECK(of_grid.gamma[1] == m.gamma[5]);
    // Pure noise is left out.
    CHECK(moment_knots(zero_terminal_snr(linear_schedule(20))).size() == 19);
    const auto flow = linspace(flow_path{}, 4);
    CHECK(moment_knots(flow) == std::vector<knot>(flow.begin() + 1, flow.end() - 1));
}

TEST_CASE("options count at knots, on a grid and on a schedule alike") {
    // A network that is off, so that it matters from what Gamma is measured.
    const Eigen::ArrayXXd data = Eigen::ArrayXXd::Random(5, 30);
    const auto network = [](const Eigen::ArrayXXd& x, double, Eigen::ArrayXXd& out) {
        out = 0.5 * x + 0.3;
    };
    const discrete_schedule schedule = linear_schedule(4);
    const grid walk = trailing(schedule, 4);
    const std::vector<knot> knots = moment_knots(schedule);
    const moments plain = estimate_moments(network, knots, data, philox{});
    for (const moment_options options :
         {moment_options{.of = moment_of::residual}, moment_options{.each_element = true}}) {
        const moments wanted = estimate_moments(network, knots, data, philox{}, options);
        CHECK(wanted.values() == (options.each_element ? 5 : 1));
        CHECK(wanted.gamma != plain.gamma);
        CHECK(estimate_moments(network, walk, data, philox{}, options).gamma == wanted.gamma);
        CHECK(estimate_moments(network, schedule, data, philox{}, options).gamma == wanted.gamma);
    }
}

TEST_CASE("the network sees its label and its input, made with draw 5") {
    const Eigen::ArrayXXd data = Eigen::ArrayXXd::Random(9, 4);
    const std::vector<knot> knots{{7, 0.6, 0.8}, {3, 0.8, 0.6}};
    std::vector<double> labels;
    std::vector<Eigen::ArrayXXd> inputs;
    const auto network = [&](const Eigen::ArrayXXd& x, double label, Eigen::ArrayXXd& out) {
        labels.push_back(label);
        inputs.push_back(x);
        out = x;
    };
    estimate_moments(edm_preconditioned(network, 1.5), knots, data, fokker_test::draws);
    REQUIRE(labels.size() == 2);
    const Eigen::ArrayXXd z = fokker_test::gaussian(9, 4, 5);
    for (std::size_t i = 0; i < 2; ++i) {
        const knot& k = knots[i];
        CHECK(labels[i] == Approx(std::log(k.noise_to_signal()) / 4).epsilon(1e-14));
        // Relative to alpha, over the root of sigma^2 + sigma_data^2.
        const double scale = 1 / std::hypot(k.noise_to_signal(), 1.5);
        CHECK(fokker_test::worst(inputs[i], scale * (data + k.noise_to_signal() * z)) < 1e-14);
    }
}

TEST_CASE("misuse is refused before any call") {
    const Eigen::ArrayXf data = Eigen::ArrayXf::Ones(4), none(0);
    const auto network = [](const Eigen::ArrayXf&, double, Eigen::ArrayXf&) { FAIL("called"); };
    CHECK_THROWS_WITH(estimate_moments(network, std::vector<knot>{}, data, philox{}),
                      ContainsSubstring("at no knots"));
    CHECK_THROWS_WITH(estimate_moments(network, linear_schedule(), none, philox{}),
                      ContainsSubstring("got no data"));
    CHECK_THROWS_AS(estimate_moments(network, std::vector<knot>{{1, 0, 1}}, data, philox{}), error);
}

TEST_CASE("a network with a second output has the moments of its first") {
    const Eigen::ArrayXXd data = Eigen::ArrayXXd::Random(20, 10);
    const auto one = [](const Eigen::ArrayXXd& x, double, Eigen::ArrayXXd& out) { out = 0.9 * x; };
    const auto two = [](const Eigen::ArrayXXd& x, double, Eigen::ArrayXXd& out,
                        Eigen::ArrayXXd& second) {
        out = 0.9 * x;
        second = x;
    };
    const std::vector<knot> knots{{1, 0.8, 0.6}, {2, 0.6, 0.8}};
    CHECK(estimate_moments(two, knots, data, philox{}).gamma ==
          estimate_moments(one, knots, data, philox{}).gamma);
}
