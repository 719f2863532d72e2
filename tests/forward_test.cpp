#include <fokker/forward.hpp>

#include <Eigen/Core>
#include <random>
#include <vector>

#include <fokker/error.hpp>
#include <fokker/noise/philox.hpp>
#include <fokker/path/continuous.hpp>

#include "catch.hpp"

using namespace fokker;
using Catch::Matchers::ContainsSubstring;
using Eigen::ArrayXXd;

namespace {
const vp_path path;
const philox draws{.seed = 21};

ArrayXXd gaussian(Eigen::Index rows, Eigen::Index cols, std::uint32_t draw) {
    const ArrayXXd zero = ArrayXXd::Zero(rows, cols);
    ArrayXXd z(rows, cols);
    forward(zero, knot{0, 1, 1}, draws, z, draw);
    return z;
}
double worst(const ArrayXXd& a, const ArrayXXd& b) { return (a - b).abs().maxCoeff(); }
}  // namespace

TEST_CASE("q(x_t | x_0) is alpha x_0 + sigma eps, each draw its own") {
    const ArrayXXd x0 = ArrayXXd::Random(50, 3);
    const knot t = path.at(0.4);
    ArrayXXd xt(50, 3);
    forward(x0, t, draws, xt, 5);
    CHECK(worst(xt, t.alpha * x0 + t.sigma * gaussian(50, 3, 5)) < 1e-14);
    CHECK(worst(xt, t.alpha * x0 + t.sigma * gaussian(50, 3, 6)) > 0.1);
    ArrayXXd same = x0;
    forward(same, t, draws, same, 5);  // in place
    CHECK(worst(same, xt) == 0.0);
}

TEST_CASE("a knot for each sample") {
    const ArrayXXd x0 = ArrayXXd::Random(50, 3);
    const std::vector<knot> knots{path.at(0.1), path.at(0.5), path.at(0.9)};
    ArrayXXd each(50, 3), one(50, 3);
    forward(x0, knots, draws, each, 2);
    for (Eigen::Index i = 0; i < 3; ++i) {
        forward(x0, knots[static_cast<std::size_t>(i)], draws, one, 2);
        CHECK(worst(each.col(i), one.col(i)) == 0.0);
    }
    CHECK_THROWS_WITH(forward(x0, std::vector<knot>(2), draws, each),
                      ContainsSubstring("2 knots for 3 samples"));
}

TEST_CASE("states of 16 bits follow float") {
    const Eigen::ArrayXXf x0 = Eigen::ArrayXXf::Random(33, 3);
    const Eigen::ArrayXX<Eigen::half> stored = x0.cast<Eigen::half>();
    Eigen::ArrayXX<Eigen::half> xt(33, 3), target(33, 3);
    Eigen::ArrayXXf wanted(33, 3), wanted_target(33, 3);
    const knot t = path.at(0.4);
    forward(stored, t, draws, xt, 5);
    forward(x0, t, draws, wanted, 5);
    CHECK((xt.cast<float>() - wanted).abs().maxCoeff() < 0.003f);
    training_pair(stored, t, velocity_prediction{}, draws, xt, target);
    training_pair(x0, t, velocity_prediction{}, draws, wanted, wanted_target);
    CHECK((xt.cast<float>() - wanted).abs().maxCoeff() < 0.003f);
    CHECK((target.cast<float>() - wanted_target).abs().maxCoeff() < 0.003f);
}

TEST_CASE("q(x_t | x_s) after q(x_s | x_0) has the moments of q(x_t | x_0)") {
    const int n = 200000;
    const ArrayXXd x0 = ArrayXXd::Constant(n, 1, 1.5);
    const knot s = path.at(0.2), t = path.at(0.6);
    ArrayXXd x(n, 1);
    forward(x0, s, draws, x);
    forward_between(x, s, t, draws, x);  // its own draw, without being told
    const double mean = x.mean(), variance = (x - mean).square().mean(), v = t.sigma * t.sigma;
    CHECK(std::abs(mean - 1.5 * t.alpha) < 5 * t.sigma / std::sqrt(n));
    CHECK(std::abs(variance - v) < 5 * v * std::sqrt(2.0 / n));
    CHECK_THROWS_WITH(forward_between(x, t, s, draws, x), ContainsSubstring("not noisier"));
}

TEST_CASE("the posterior undoes the transition in distribution") {
    const int n = 200000;
    const ArrayXXd x0 = ArrayXXd::Constant(n, 1, -0.8);
    const knot s = path.at(0.2), t = path.at(0.6);
    ArrayXXd x(n, 1);
    forward(x0, t, draws, x);
    sample_posterior(x, x0, t, s, draws, x);
    const double mean = x.mean(), variance = (x - mean).square().mean(), v = s.sigma * s.sigma;
    CHECK(std::abs(mean + 0.8 * s.alpha) < 5 * s.sigma / std::sqrt(n));
    CHECK(std::abs(variance - v) < 5 * v * std::sqrt(2.0 / n));
    CHECK_THROWS_WITH(sample_posterior(x, x0, s, t, draws, x), ContainsSubstring("not cleaner"));
}

TEST_CASE("training targets are what a perfect network would return") {
    const ArrayXXd x0 = ArrayXXd::Random(40, 2), eps = gaussian(40, 2, 9);
    ArrayXXd xt(40, 2), target(40, 2);
    for (const knot& t : {path.at(0.3), flow_path{}.at(0.6)}) {
        const auto pair = [&](const auto& prediction) {
            training_pair(x0, t, prediction, draws, xt, target, 9);
            CHECK(worst(xt, t.alpha * x0 + t.sigma * eps) < 1e-14);
        };
        pair(noise_prediction{});
        CHECK(worst(target, eps) < 1e-14);
        pair(data_prediction{});
        CHECK(worst(target, x0) < 1e-14);
        pair(velocity_prediction{});
        CHECK(worst(target, t.alpha * eps - t.sigma * x0) < 1e-13);
        pair(flow_prediction{});
        CHECK(worst(target, eps - x0) < 1e-13);
        pair(score_prediction{});
        CHECK(worst(target, -eps / t.sigma) < 1e-13);
        pair(edm_prediction{});
        const reading r = edm_prediction{}.at(t);
        CHECK(worst(r.data.state * xt + r.data.output * target, x0) < 1e-13);
    }
}

TEST_CASE("an engine serves as well") {
    std::mt19937 engine(2);
    const ArrayXXd x0 = ArrayXXd::Zero(10, 1);
    ArrayXXd a(10, 1), b(10, 1);
    forward(x0, path.at(0.5), engine, a);
    forward(x0, path.at(0.5), engine, b);
    CHECK(worst(a, b) > 0.0);  // it advances
}

TEST_CASE("shapes that differ are refused") {
    const ArrayXXd x0 = ArrayXXd::Zero(10, 2);
    ArrayXXd xt(10, 3), target(10, 2);
    CHECK_THROWS_WITH(forward(x0, path.at(0.5), draws, xt),
                      ContainsSubstring("2 samples") && ContainsSubstring("3 of 10"));
    CHECK_THROWS_AS(training_pair(x0, path.at(0.5), noise_prediction{}, draws, xt, target), error);
    CHECK_THROWS_WITH(
        training_pair(target, path.at(0.5), noise_prediction{}, draws, xt.leftCols(2), target),
        ContainsSubstring("must not be x0"));
    CHECK_THROWS_WITH(
        training_pair(x0, knot{0, 1, 0}, score_prediction{}, draws, xt.leftCols(2), target),
        ContainsSubstring("no finite training target"));
    CHECK_THROWS_WITH(forward(x0, knot{0, -1, 0.5}, draws, target),
                      ContainsSubstring("alpha = -1"));
}

TEST_CASE("targets are exact at both ends of the path") {
    const auto same = [](training_target a, double data, double noise) {
        return a.data == data && a.noise == noise;
    };
    CHECK(same(target_at(flow_prediction{}, flow_path{}.at(0)), -1.0, 1.0));
    CHECK(same(target_at(flow_prediction{}, flow_path{}.at(1)), -1.0, 1.0));
    CHECK(same(target_at(noise_prediction{}, flow_path{}.at(1)), 0.0, 1.0));
    CHECK(same(target_at(data_prediction{}, knot{0, 1, 0}), 1.0, 0.0));
    CHECK(same(target_at(velocity_prediction{}, knot{0, 1, 0}), 0.0, 1.0));
}
