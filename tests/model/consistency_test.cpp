#include <fokker/model/consistency.hpp>

#include <Eigen/Core>
#include <cmath>

#include <fokker/error.hpp>
#include <fokker/forward.hpp>
#include <fokker/model/model.hpp>
#include <fokker/noise/philox.hpp>
#include <fokker/path/continuous.hpp>
#include <fokker/path/discrete_schedule.hpp>
#include <fokker/path/grids.hpp>
#include <fokker/sample.hpp>
#include <fokker/solver/ddim.hpp>

#include "catch.hpp"

using namespace fokker;
using Catch::Approx;
using Catch::Matchers::ContainsSubstring;

namespace {

/// D and E from an output, and the target that gives D = x_0.
template <class P>
void check_reading(const P& prediction, const knot& k) {
    const double x0 = 0.7, eps = -1.1, x = k.alpha * x0 + k.sigma * eps;
    const detail::training_target target = prediction.target(k);
    const double output = target.data * x0 + target.noise * eps;
    const detail::reading r = prediction.at(k);
    CHECK(r.data.state * x + r.data.output * output == Approx(x0).epsilon(1e-13));
    CHECK(r.noise.state * x + r.noise.output * output == Approx(eps).epsilon(1e-13));
    // x = alpha D + sigma E, whatever the output.
    CHECK(k.alpha * r.data.state + k.sigma * r.noise.state == Approx(1).epsilon(1e-13));
    CHECK(k.alpha * r.data.output + k.sigma * r.noise.output == Approx(0).margin(1e-14));
}

}  // namespace

TEST_CASE("a consistency model's readings, on every path") {
    for (const knot& k : {vp_path{}.at(0.4), flow_path{}.at(0.7), edm_path{}.at(3.0)}) {
        check_reading(detail::consistency_prediction{}, k);
        check_reading(detail::consistency_prediction{.sigma_min = 0.1, .sigma_data = 1.5}, k);
    }
}

TEST_CASE("a consistency model is the identity at the least noise") {
    const detail::reading r =
        detail::consistency_prediction{.sigma_min = 0.1}.at(edm_path{}.at(0.1));
    CHECK(r.data.state == 1.0);
    CHECK(r.data.output == 0.0);
    CHECK(r.noise.state == 0.0);
    CHECK_THROWS_WITH(
        target_at(detail::consistency_prediction{.sigma_min = 0.1}, edm_path{}.at(0.1)),
        ContainsSubstring("consistency scaling"));
}

TEST_CASE(
    "from no noise on, a consistency model has EDM's preconditioning, and a label of its own") {
    const auto model = consistency_preconditioned([](const auto& x, double) { return x; }, 0, 1.5);
    for (const knot& k : {vp_path{}.at(0.4), flow_path{}.at(0.7), edm_path{}.at(3.0)}) {
        const detail::reading r = model.at(k), edm = edm_prediction{1.5}.at(k);
        CHECK(r.data.state == Approx(edm.data.state).epsilon(1e-13));
        CHECK(r.data.output == Approx(edm.data.output).epsilon(1e-13));
        CHECK(r.input_scale == Approx(edm.input_scale).epsilon(1e-13));
        CHECK(r.label == Approx(1000 * edm.label).epsilon(1e-13));
    }
}

TEST_CASE("a consistency model's scalings hold for any least noise") {
    // Appendix C, with sigma_data = 1.5 and sigma_min = 0.5 at sigma = 2, where the root is 2.5.
    const detail::reading r =
        detail::consistency_prediction{.sigma_min = 0.5, .sigma_data = 1.5}.at({0, 1, 2});
    CHECK(r.data.state == Approx(0.5).epsilon(1e-14));   // 1.5^2 / (1.5^2 + 1.5^2)
    CHECK(r.data.output == Approx(0.9).epsilon(1e-14));  // 1.5 * 1.5 / 2.5
    CHECK(r.input_scale == Approx(0.4).epsilon(1e-14));
}

TEST_CASE("a latent consistency model takes its constants, and keeps what the second output is") {
    // D_inner is the output itself. With s = 0.25 * 8 = 2 and sigma_data = 1.5 the root is 2.5.
    const auto f = [](const auto& x, double) { return x; };
    const auto model = latent_consistency(predicts_data(f, second_output::variance), 0.25, 1.5);
    const detail::reading r = model.at({8, 0.6, 0.8});
    CHECK(r.data.state == Approx(0.36).epsilon(1e-14));  // 1.5^2 / 2.5^2
    CHECK(r.data.output == Approx(0.8).epsilon(1e-14));  // 2 / 2.5
    CHECK(model.second == second_output::variance);
}

TEST_CASE("relative to alpha, a consistency model is the same on every path") {
    const knot k{0.0, 0.5, 1.5};
    const detail::reading scaled = detail::consistency_prediction{}.at(k),
                          plain = detail::consistency_prediction{}.at({0, 1, 3});
    CHECK(scaled.data.state * k.alpha == Approx(plain.data.state));
    CHECK(scaled.data.output == Approx(plain.data.output));
    CHECK(scaled.input_scale * k.alpha == Approx(plain.input_scale));
    CHECK(scaled.label == Approx(plain.label));
}

TEST_CASE("a latent consistency model's readings, around every prediction") {
    const auto schedule = linear_schedule();
    for (double t : {1.0, 259.0, 999.0}) {
        check_reading(detail::latent_consistency_prediction<noise_prediction>{}, schedule.at(t));
        check_reading(detail::latent_consistency_prediction<velocity_prediction>{}, schedule.at(t));
        check_reading(detail::latent_consistency_prediction<data_prediction>{}, schedule.at(t));
    }
    // At t = 0 it is the identity.
    const detail::reading r =
        detail::latent_consistency_prediction<noise_prediction>{}.at(schedule.at(0));
    CHECK(r.data.state == 1.0);
    CHECK(r.data.output == 0.0);
}

TEST_CASE("the network of a consistency model sees its scaled input and its own label") {
    Eigen::ArrayXd x = Eigen::ArrayXd::Constant(3, 4.0);
    double label = 0, input = 0;
    const auto network = [&](const Eigen::ArrayXd& in, double t, Eigen::ArrayXd& out) {
        label = t;
        input = in[0];
        out = in;
    };
    // One step to the data: x = D.
    denoise(x, consistency_preconditioned(network), grid{{0, 1, 80}, {0, 1, 0}}, ddim{});
    CHECK(label == Approx(250 * std::log(80.0)));
    CHECK(input == Approx(4 / std::hypot(80.0, 0.5)));
    const detail::reading r = detail::consistency_prediction{}.at({0, 1, 80});
    CHECK(x[0] == Approx(r.data.state * 4 + r.data.output * input));

    Eigen::ArrayXd y = Eigen::ArrayXd::Constant(3, 4.0);
    const auto walk = trailing(linear_schedule(), 1);
    denoise(y, latent_consistency(predicts_noise(network)), walk, ddim{});
    CHECK(label == 999);
    const auto prediction = detail::latent_consistency_prediction<noise_prediction>{};
    const detail::reading l = prediction.at(walk.front());
    CHECK(y[0] == Approx(l.data.state * 4 + l.data.output * 4));
}

TEST_CASE("scalings that cannot be are refused") {
    const auto f = [](const auto& x, double) { return x; };
    CHECK_THROWS_WITH(consistency_preconditioned(f, -0.1), ContainsSubstring("sigma_min is -0.1"));
    CHECK_THROWS_AS(consistency_preconditioned(f, std::nan("")), error);
    CHECK_THROWS_WITH(consistency_preconditioned(f, 0.002, 0.0),
                      ContainsSubstring("sigma_data is 0"));
    CHECK_THROWS_WITH(latent_consistency(predicts_noise(f), 0.0),
                      ContainsSubstring("timestep_scaling is 0"));
    CHECK_THROWS_WITH(latent_consistency(predicts_noise(f), 10.0, -1.0),
                      ContainsSubstring("sigma_data is -1"));
    // At alpha = 0 a consistency model says nothing.
    CHECK_THROWS_WITH(detail::require_readable(detail::consistency_prediction{}, knot{1, 0, 1}),
                      ContainsSubstring("consistency scaling") && ContainsSubstring("alpha = 0"));
}

TEST_CASE("epsilon scaling divides the noise prediction, and the data prediction follows") {
    const auto check = [](const auto& plain, const knot& k) {
        const detail::reading r = plain.prediction.at(k),
                              scaled = epsilon_scaled(plain, 1.25).prediction.at(k);
        for (const double output : {-0.4, 0.9}) {
            const double x = 0.6;
            const double eps = r.noise.state * x + r.noise.output * output;
            const double less = scaled.noise.state * x + scaled.noise.output * output;
            CHECK(less == Approx(eps / 1.25).epsilon(1e-13));
            CHECK(scaled.data.state * x + scaled.data.output * output ==
                  Approx((x - k.sigma * less) / k.alpha).epsilon(1e-13));
        }
        CHECK(scaled.label == r.label);
        CHECK(scaled.input_scale == r.input_scale);
    };
    const auto network = [](const Eigen::ArrayXd& x, double, Eigen::ArrayXd& out) {
        out = 0.5 * x;
    };
    const knot k{300.0, 0.8, 0.6};
    check(predicts_noise(network), k);
    check(predicts_data(network), k);
    check(predicts_velocity(network), k);
    check(predicts_flow(network), k);
    check(edm_preconditioned(network), k);
    // A scale of 1 changes nothing but rounding, and bounds come after it.
    const grid walk = trailing(linear_schedule(), 5);
    Eigen::ArrayXd x = Eigen::ArrayXd::LinSpaced(9, -1, 1), y = x, z = x;
    denoise(x, predicts_noise(network), walk, ddim{});
    denoise(y, epsilon_scaled(predicts_noise(network), 1.0), walk, ddim{});
    denoise(z, epsilon_scaled(predicts_noise(network), 1.01).clipped(-0.5, 0.5), walk, ddim{});
    CHECK(x.isApprox(y, 1e-12));
    CHECK(z.abs().maxCoeff() <= 0.5);
    CHECK_THROWS_WITH(epsilon_scaled(predicts_noise(network), 0.0),
                      ContainsSubstring("the scale of epsilon_scaled is 0"));
}
