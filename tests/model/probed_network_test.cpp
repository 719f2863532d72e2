#include <fokker/model/probed_network.hpp>

#include <Eigen/Core>
#include <cmath>
#include <functional>

#include <fokker/model/guidance.hpp>
#include <fokker/path/continuous.hpp>
#include <fokker/path/grids.hpp>
#include <fokker/sample.hpp>
#include <fokker/solver/extended_analytic.hpp>

#include "catch.hpp"
#include "support/mixture.hpp"

using namespace fokker;
using Catch::Matchers::ContainsSubstring;
using Eigen::ArrayXXd;

namespace {

const knot somewhere{3, 0.8, 0.6};

/// The residual that the probes find at x, in the form that the network is called in.
template <class T = double>
Eigen::ArrayXX<T> residual(auto model, const Eigen::ArrayXX<T>& x, const knot& k = somewhere) {
    const detail::reading r = model.at(k);
    Eigen::ArrayXX<T> out(x.rows(), x.cols()), second(x.rows(), x.cols());
    const Eigen::ArrayXX<T> input = x * static_cast<T>(r.input_scale);
    model.network(input, knot{r.label, k.alpha, k.sigma}, out, second);
    return second;
}

const ArrayXXd states = ArrayXXd::Random(6, 3) * 1.5;

}  // namespace

TEST_CASE("of every parametrisation the probes find the variance of a mixture") {
    using namespace fokker_test;
    const mixture m;
    const ArrayXXd wanted = states.unaryExpr([&](double x) {
        return m.data_variance(x, somewhere);
    }) * somewhere.signal_to_noise_squared();
    const auto error = [&](auto model, double step = 0.01) {
        return (residual(with_probes(std::move(model), {.step = step}), states) - wanted)
            .abs()
            .maxCoeff();
    };
    CHECK(error(predicts_noise(exact_network<>{})) < 1e-4);
    CHECK(error(predicts_data(exact_network<data_prediction>{})) < 1e-4);
    CHECK(error(predicts_velocity(exact_network<velocity_prediction>{})) < 1e-4);
    CHECK(error(predicts_score(exact_network<score_prediction>{})) < 1e-4);
    CHECK(error(predicts_flow(exact_network<flow_prediction>{})) < 1e-4);
    CHECK(error(edm_preconditioned(exact_network<edm_prediction>{})) < 1e-4);
    // The difference is of order 2 in its step.
    const double ratio = error(predicts_noise(exact_network<>{}), 0.04) /
                         error(predicts_noise(exact_network<>{}), 0.02);
    CHECK(ratio > 3.8);
    CHECK(ratio < 4.2);
}

TEST_CASE("the step of the difference is a part of sigma, whatever input the network sees") {
    // The difference of a cube, (y + h)^3 - (y - h)^3, is 2 h (3 y^2 + h^2): it tells h.
    const auto cube = [](const ArrayXXd& x, double, ArrayXXd& out) { out = x.cube(); };
    const double step = 0.25, h = step * somewhere.sigma;
    const auto check = [&](auto model) {
        const detail::reading r = model.at(somewhere);
        const double scale = r.input_scale;
        const ArrayXXd slope = scale * (3 * (scale * states).square() + std::pow(scale * h, 2));
        const ArrayXXd wanted = 1 - somewhere.sigma * (r.noise.state + r.noise.output * slope);
        const ArrayXXd found = residual(with_probes(std::move(model), {.step = step}), states);
        CHECK(found.isApprox(wanted, 1e-12));
    };
    check(predicts_noise(cube));
    check(edm_preconditioned(cube, 1.5));
}

TEST_CASE("probes average out what elements say of each other, and more of them more of it") {
    // E = M x with M symmetric: the diagonal of I - sigma M is wanted.
    const Eigen::MatrixXd m = [] {
        const Eigen::MatrixXd a = Eigen::MatrixXd::Random(6, 6);
        return Eigen::MatrixXd(0.2 * (a + a.transpose()));
    }();
    int calls = 0;
    const auto network = [&](const ArrayXXd& x, double, ArrayXXd& out) {
        ++calls;
        out = (m * x.matrix()).array();
    };
    const ArrayXXd wanted = (1 - somewhere.sigma * m.diagonal().array()).replicate(1, 2000);
    const ArrayXXd x = ArrayXXd::Ones(6, 2000);
    const auto error = [&](int probes) {
        calls = 0;
        const ArrayXXd off =
            residual(with_probes(predicts_noise(network), {.probes = probes}), x) - wanted;
        CHECK(calls == 1 + 2 * probes);
        CHECK(off.rowwise().mean().abs().maxCoeff() <
              5 * std::sqrt(off.square().mean() / 2000));  // no bias
        return std::sqrt(off.square().mean());
    };
    const double one = error(1), nine = error(9);
    CHECK(one > 0.1);
    CHECK(std::abs(one / nine - 3) < 0.2);
}

TEST_CASE("neither the batch nor an interruption matters, and float follows") {
    const auto network = [](const auto& x, const knot& k, auto& out) {
        for (Eigen::Index i = 0; i < x.rows(); ++i)
            out.row(i) = static_cast<float>(k.sigma) * x.row((i + 1) % x.rows()).square();
    };
    const auto of = [&](philox noise) {
        return with_probes(predicts_noise(network), {.noise = noise});
    };
    const ArrayXXd all = residual(of({.seed = 5}), states);
    const ArrayXXd last =
        residual(of({.seed = 5, .first_sample = 1}), ArrayXXd(states.rightCols(2)));
    CHECK((all.rightCols(2) == last).all());
    CHECK((residual(of({.seed = 5}), states) == all).all());
    CHECK((residual(of({.seed = 6}), states) != all).any());
    CHECK((residual(of({.seed = 5}), states, knot{3, 0.6, 0.8}) != all).any());
    const Eigen::ArrayXXf single = states.cast<float>();
    const auto plain = [](const auto& x, double, auto& out) { out = x / (1 + x.square()); };
    const auto probed = with_probes(predicts_noise(plain));
    CHECK((residual<float>(probed, single).cast<double>() - residual(probed, states))
              .abs()
              .maxCoeff() < 1e-4);
}

TEST_CASE("a sampler that reads residuals takes a network without a head") {
    const auto model = with_probes(predicts_noise(fokker_test::exact_network<>{}), {.step = 1e-3});
    ArrayXXd x(5, 4);
    const grid walk = linspace(vp_path{}, 4);
    sample(x, model.clipped(-1, 1), walk, extended_analytic_ddpm{}, philox{.seed = 1});
    CHECK(x.abs().maxCoeff() <= 1);
}

TEST_CASE("a network with a memory hears when a walk begins") {
    struct counts {
        int* begun;
        void begin_walk() { ++*begun; }
        void operator()(const ArrayXXd& x, const knot&, ArrayXXd& out) const { out = 0.5 * x; }
    };
    int begun = 0;
    auto model = with_probes(predicts_noise(counts{&begun}));
    ArrayXXd x(5, 4);
    for (int walks = 1; walks <= 2; ++walks) {
        sample(x, model, linspace(vp_path{}, 4), extended_analytic_ddpm{}, philox{.seed = 1});
        CHECK(begun == walks);
    }
}

TEST_CASE("bad options are refused") {
    const auto f = [](const ArrayXXd& x, double, ArrayXXd& out) { out = x; };
    CHECK_THROWS_WITH(with_probes(predicts_noise(f), {.probes = 0}),
                      ContainsSubstring("probes is 0"));
    CHECK_THROWS_WITH(with_probes(predicts_noise(f), {.step = 0}), ContainsSubstring("step is 0"));
    CHECK_THROWS_WITH(with_probes(predicts_noise(f, second_output::variance)),
                      ContainsSubstring("second output is variance"));
}

TEST_CASE("the probes of a network with momentum do not move it, and see the one that x saw") {
    const auto strong = [](const ArrayXXd& x, const knot&, ArrayXXd& out) { out = 0.6 * x.tanh(); };
    const auto weak = [](const ArrayXXd& x, const knot&, ArrayXXd& out) { out = 0.2 * x; };
    const guidance options{.scale = 3.0, .projection = {.momentum = -0.5}};
    auto alone = guided(strong, weak, options);
    auto probed =
        with_probes(predicts_data(guided(strong, weak, options)), {.probes = 2, .step = 0.01})
            .network;
    alone.begin_walk();
    probed.begin_walk();
    ArrayXXd wanted(6, 3), out(6, 3), second(6, 3), ahead(6, 3), behind(6, 3);
    for (int call = 0; call < 3; ++call) {
        const double h = 0.01 * somewhere.sigma;
        const ArrayXXd x = states * (1 + 0.1 * call);
        auto once = alone, once_more = alone;
        once(ArrayXXd(x + h), somewhere, ahead);
        once_more(ArrayXXd(x - h), somewhere, behind);
        alone(x, somewhere, wanted);
        probed(x, somewhere, out, second);
        CHECK((out == wanted).all());
        CHECK(second.isApprox(somewhere.alpha * (ahead - behind) / (2 * h), 1e-9));
    }
}
