#include <fokker/model/classifier.hpp>

#include <Eigen/Core>
#include <cmath>
#include <utility>

#include <fokker/error.hpp>
#include <fokker/model/model.hpp>
#include <fokker/noise/philox.hpp>
#include <fokker/path/continuous.hpp>
#include <fokker/path/discrete_schedule.hpp>
#include <fokker/path/grids.hpp>
#include <fokker/run.hpp>
#include <fokker/sample.hpp>
#include <fokker/solver/ddim.hpp>
#include <fokker/solver/heun.hpp>

#include "catch.hpp"
#include "support/allocations.hpp"
#include "support/grids.hpp"
#include "support/mixture.hpp"
#include "support/solvers.hpp"

using namespace fokker;
using Catch::Matchers::ContainsSubstring;
using Eigen::ArrayXd;

namespace {

const auto gradient = [](const ArrayXd& x, const knot& k, ArrayXd& out) {
    out = (0.5 * k.alpha - x) / (1 + k.sigma);
};

/// The exact prediction P of a mixture, shifted by hand: E - scale sigma gradient.
template <class P>
struct shifted_network {
    P prediction{};
    double scale = 0;
    void operator()(const ArrayXd& input, const knot& k, ArrayXd& out) const {
        fokker_test::exact_network<P>{{}, prediction}(input, k, out);
        const detail::reading r = prediction.at(k);
        const ArrayXd x = input / r.input_scale;
        ArrayXd g(x.size());
        gradient(x, k, g);
        out -= scale * k.sigma / r.noise.output * g;
    }
};

template <class Model>
ArrayXd denoised(const Model& model, const grid& walk) {
    ArrayXd x = ArrayXd::LinSpaced(17, -1, 1);
    denoise(x, model, walk, heun{});
    return x;
}

}  // namespace

TEST_CASE("classifier guidance shifts the noise prediction, whatever the network predicts") {
    const auto check = [](const auto& make, auto prediction) {
        using P = decltype(prediction);
        const auto walk = fokker_test::uneven_grid(vp_path{}, 6);
        const ArrayXd guided =
            denoised(make(fokker_test::exact_network<P>{}).guided_by(gradient, 0.7), walk);
        CHECK(guided.isApprox(denoised(make(shifted_network<P>{{}, 0.7}), walk), 1e-12));
        // One and the same shift: the parametrisations agree.
        const auto noise = predicts_noise(fokker_test::exact_network<>{}).guided_by(gradient, 0.7);
        CHECK(guided.isApprox(denoised(noise, walk), 1e-10));
        CHECK_FALSE(guided.isApprox(denoised(make(fokker_test::exact_network<P>{}), walk), 1e-3));
    };
    check([](auto f) { return predicts_noise(std::move(f)); }, noise_prediction{});
    check([](auto f) { return predicts_data(std::move(f)); }, data_prediction{});
    check([](auto f) { return predicts_velocity(std::move(f)); }, velocity_prediction{});
    check([](auto f) { return predicts_score(std::move(f)); }, score_prediction{});
    check([](auto f) { return predicts_flow(std::move(f)); }, flow_prediction{});
    check([](auto f) { return edm_preconditioned(std::move(f)); }, edm_prediction{});
}

TEST_CASE("Bayes' rule: the prior's network and the exact gradient sample the posterior") {
    // Data N(0, 1), y = x_0 + N(0, 1) observed as 1: x_0 | y is N(1/2, 1/2).
    const auto prior = [](const ArrayXd& x, const knot& k, ArrayXd& out) {
        out = k.sigma / (k.alpha * k.alpha + k.sigma * k.sigma) * x;
    };
    const auto likelihood = [](const ArrayXd& x, const knot& k, ArrayXd& out) {
        // y | x_t is N(alpha x_t, 1 + sigma^2) where variance is preserved.
        out = k.alpha * (1 - k.alpha * x) / (1 + k.sigma * k.sigma);
    };
    const auto walk = fokker_test::uneven_grid(vp_path{}, 200);
    const knot &a = walk.front(), &b = walk.back();
    const auto spread = [](const knot& k) { return std::hypot(k.alpha * std::sqrt(0.5), k.sigma); };
    ArrayXd x = ArrayXd::LinSpaced(5, -1, 1);
    const ArrayXd exact = 0.5 * b.alpha + spread(b) / spread(a) * (x - 0.5 * a.alpha);
    denoise(x, predicts_noise(prior).guided_by(likelihood), walk, heun{});
    CHECK((x - exact).abs().maxCoeff() < 1e-3);
}

TEST_CASE("the gradient sees the state unscaled, with the knot's own label") {
    ArrayXd x = ArrayXd::Constant(3, 4.0);
    double label = 0, seen = 0;
    const auto watches = [&](const ArrayXd& in, double t) -> ArrayXd {
        label = t;
        seen = in[0];
        return ArrayXd::Zero(3);
    };
    const auto network = [](const ArrayXd& in, double, ArrayXd& out) { out = in; };
    denoise(x, edm_preconditioned(network).guided_by(watches), grid{{7, 1, 80}, {0, 1, 0}}, ddim{});
    CHECK(label == 7);
    CHECK(seen == 4);
}

TEST_CASE("bounds come after the gradient, in either order of the words") {
    const auto walk = fokker_test::uneven_grid(vp_path{}, 5);
    const auto push = [](const ArrayXd& x, double, ArrayXd& out) { out = 50 + 0 * x; };
    const auto model = predicts_data(fokker_test::exact_network<data_prediction>{});
    const ArrayXd one = denoised(model.clipped(-0.5, 0.25).guided_by(push), walk);
    CHECK((one == denoised(model.guided_by(push).clipped(-0.5, 0.25), walk)).all());
    ArrayXd x = ArrayXd::Ones(3);
    run r(x, model.clipped(-0.5, 0.25).guided_by(push), walk, ddim{});
    r.step();
    CHECK(r.prediction().isApproxToConstant(0.25));
    const ArrayXd two = denoised(model.thresholded().guided_by(push, 3.0), walk);
    CHECK((two == denoised(model.guided_by(push, 3.0).thresholded(), walk)).all());
}

TEST_CASE(
    "classifier guidance makes one array more, beside the output and two tables, and a step "
    "allocates nothing") {
    auto walk = trailing(linear_schedule(), 4);
    ArrayXd x = ArrayXd::Ones(9);
    const auto network = [](const ArrayXd& in, double, ArrayXd& out) { out = in; };
    const std::size_t before = fokker_test::allocations();
    run r(x, predicts_noise(network).guided_by(gradient), std::move(walk), ddim{});
    CHECK(fokker_test::allocations() == before + 4);
    while (!r.done()) r.step();
    CHECK(fokker_test::allocations() == before + 4);
}

TEST_CASE("a gradient hears when a walk begins") {
    struct counts {
        int* begun;
        void begin_walk() { ++*begun; }
        void operator()(const ArrayXd& in, double, ArrayXd& out) const { out = 0 * in; }
    };
    int begun = 0;
    ArrayXd x = ArrayXd::Ones(3);
    run r(x, predicts_data(fokker_test::exact_network<data_prediction>{}).guided_by(counts{&begun}),
          trailing(linear_schedule(), 4), ddim{});
    while (!r.done()) r.step();
    CHECK(begun == 1);
    r.seek(2);
    r.step();
    CHECK(begun == 2);
}

TEST_CASE("what cannot guide is refused") {
    ArrayXd x = ArrayXd::Ones(3);
    int calls = 0;
    const auto f = [&](const ArrayXd& in, double, ArrayXd& out) {
        ++calls;
        out = in;
    };
    CHECK_THROWS_WITH(predicts_noise(f).guided_by(gradient, std::nan("")),
                      ContainsSubstring("guided_by(gradient, nan)"));
    CHECK_THROWS_WITH(
        sample(x, predicts_data(f).guided_by(gradient), linspace(flow_path{}, 4), ddim{}, philox{}),
        ContainsSubstring("classifier guidance") && ContainsSubstring("alpha = 0"));
    CHECK_THROWS_WITH(
        denoise(x, consistency_preconditioned(f, 0.25).guided_by(gradient),
                grid{{2, 1, 8}, {1, 1, 0.25}, {0, 1, 0}}, ddim{}),
        ContainsSubstring("consistency scaling") && ContainsSubstring("sigma = 0.25"));
    CHECK(calls == 0);
    const auto wrong = [](const ArrayXd&, double) -> ArrayXd { return ArrayXd::Zero(2); };
    CHECK_THROWS_WITH(
        denoise(x, predicts_data(f).guided_by(wrong), trailing(linear_schedule(), 2), ddim{}),
        ContainsSubstring("the classifier's gradient does not have the shape"));
}

TEST_CASE("a stage where the network's output has no weight cannot be guided") {
    // A latent consistency model is the identity at label 0, where this grid ends and Heun's second
    // stage is: the gradient would be divided by 0.
    ArrayXd x = ArrayXd::Ones(3);
    const auto f = [](const ArrayXd& in, double, ArrayXd& out) { out = in; };
    const auto guided = latent_consistency(predicts_noise(f)).guided_by(gradient);
    const grid walk = linspace(linear_schedule(), 4, grid_end::least_noise);
    CHECK_THROWS_WITH(denoise(x, guided, walk, heun{}),
                      ContainsSubstring("classifier guidance") && ContainsSubstring("t = 0,"));
    denoise(x, guided, walk, ddim{});
    CHECK(x.isFinite().all());
}
