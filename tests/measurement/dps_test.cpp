#include <fokker/measurement/dps.hpp>

#include <Eigen/Core>
#include <cmath>
#include <functional>

#include <fokker/fokker.hpp>

#include "catch.hpp"
#include "support/gaussian_measurement.hpp"

using namespace fokker;
using namespace fokker_test;
using Catch::Matchers::ContainsSubstring;
using Eigen::MatrixXd;

namespace {

const gaussian_data data = four_numbers(true);
const gaussian_measurement measured = two_of_four();

auto guided_by_gradient(const MatrixXd& y, const grid& walk, const dps_options& options = {}) {
    return predicts_data(data).with_correction(
        dps(measured.measure(), measured.transpose(), y, walk, options));
}

double largest(const auto& x) { return x.cwiseAbs().maxCoeff(); }

/// Algorithm 1 by hand: a step without the measurement, and then one against the gradient.
template <class Solver>
MatrixXd by_hand(const MatrixXd& y, const grid& walk, const Solver& solver, double zeta) {
    MatrixXd x(4, y.cols());
    run r(x, predicts_data(data), walk, solver, philox{.seed = 9});
    r.start_from_prior();
    while (!r.done()) {
        const knot s = r.knot();
        const MatrixXd away = y - measured.A * data.data(x, s);
        const MatrixXd gradient = -data.jacobian(s).transpose() * measured.A.transpose() * away *
                                  away.colwise().norm().cwiseInverse().asDiagonal();
        r.step();
        x -= zeta * gradient;
    }
    return x;
}

}  // namespace

TEST_CASE("DPS is the paper's algorithm, sample by sample") {
    const grid walk = trailing(linear_schedule(), 30);
    const MatrixXd y = measured.repeated(5) + 0.1 * MatrixXd::Random(2, 5);
    const auto check = [&](const auto& solver, double eta) {
        MatrixXd x(4, 5);
        const report done = sample(x, guided_by_gradient(y, walk, {.zeta = 0.1, .eta = eta}), walk,
                                   solver, philox{.seed = 9});
        CHECK(largest(x - by_hand(y, walk, solver, 0.1)) < 1e-9);
        CHECK(largest(x - by_hand(y, walk, solver, 0.0)) > 1e-2);
        CHECK(done.network_calls == 3 * done.evaluations);
    };
    check(ddpm{}, 1.0);
    check(ddim{}, 0.0);
    check(ddim{.eta = 0.5}, 0.5);
}

TEST_CASE("a sample that fits its measurement stays as it is") {
    const grid walk = trailing(linear_schedule(), 5);
    const auto nothing = [](const MatrixXd&, MatrixXd& out) { out.setZero(); };
    const MatrixXd y = MatrixXd::Zero(2, 3);
    MatrixXd x(4, 3);
    sample(x, predicts_data(data).with_correction(dps(nothing, nothing, y, walk, {.zeta = 0.1})),
           walk, ddpm{}, philox{.seed = 9});
    CHECK(x.allFinite());
    CHECK(largest(x - by_hand(y, walk, ddpm{}, 0.0)) < 1e-12);
}

TEST_CASE("the law of DPS is not the posterior's, where that of PiGDM is") {
    const grid walk = trailing(linear_schedule(), 1000);
    const int samples = 1000;
    const MatrixXd y = measured.repeated(samples);
    const gaussian_data posterior = measured.posterior(data);
    MatrixXd x(4, samples);
    const auto variance_along_A = [&](auto&& model) {
        sample(x, model, walk, ddpm{}, philox{.seed = 5});
        const MatrixXd of = measured.A * x;
        return (of.colwise() - of.rowwise().mean()).rowwise().squaredNorm().mean() / samples;
    };
    const MatrixXd wanted = measured.A * posterior.covariance * measured.A.transpose();
    const double right = wanted.diagonal().mean();
    const double by_pigdm = variance_along_A(predicts_data(data).with_correction(
        pigdm(measured.measure(), measured.transpose(), y, {.sigma_y = 0.2, .sigma_data = 0.7})));
    CHECK(std::abs(by_pigdm / right - 1) < 0.15);  // five standard errors
    CHECK(std::abs(variance_along_A(guided_by_gradient(y, walk)) / right - 1) > 0.2);
}

TEST_CASE("DPS is refused off its walk, and with options that cannot be") {
    const grid walk = trailing(linear_schedule(), 4), other = trailing(linear_schedule(), 5);
    const MatrixXd y = measured.repeated(5);
    const auto walks = [&](const grid& own, const grid& of_run, const auto& solver) {
        MatrixXd x(4, 5);
        sample(x, guided_by_gradient(y, own), of_run, solver, philox{});
    };
    CHECK_NOTHROW(walks(walk, walk, ddpm{}));
    CHECK_THROWS_WITH(walks(walk, other, ddpm{}), ContainsSubstring("made for another grid"));
    CHECK_THROWS_WITH(walks(walk, walk.reversed(), ddim{}), ContainsSubstring("reversed"));
    CHECK_THROWS_WITH(walks(flow(3), flow(3), ddim{}), ContainsSubstring("alpha = 0"));
    CHECK_THROWS_WITH(guided_by_gradient(y, walk, {.zeta = -1}), ContainsSubstring("zeta is -1"));
    CHECK_THROWS_WITH(guided_by_gradient(y, walk, {.eta = 2}), ContainsSubstring("eta is 2"));
}

TEST_CASE("DPS is refused with a solver that gives the data prediction another weight") {
    const grid walk = uniform_lambda(linear_schedule(), 4);
    const MatrixXd y = measured.repeated(5);
    int calls = 0;
    const auto counted = [&](const auto& x, const knot& k, auto& out) {
        ++calls;
        data(x, k, out);
    };
    const auto walks = [&](const auto& solver, double eta) {
        MatrixXd x = MatrixXd::Constant(4, 5, 3);
        auto correction = dps(measured.measure(), measured.transpose(), y, walk, {.eta = eta});
        sample(x, predicts_data(counted).with_correction(std::ref(correction)), walk, solver,
               philox{});
    };
    CHECK_NOTHROW(walks(ddim{.eta = 0.5}, 0.5));
    CHECK_NOTHROW(walks(any_solver(ddpm{}), 1.0));
    CHECK_NOTHROW(walks(ddpm{ddpm_variance::upper_bound}, 1.0));
    CHECK_NOTHROW(walks(euler_ancestral{}, 1.0));  // the same step
    calls = 0;
    const auto refused = [&](const auto& solver, double eta, const char* why) {
        CHECK_THROWS_WITH(walks(solver, eta),
                          ContainsSubstring(why) && ContainsSubstring("ddpm{}"));
    };
    refused(ddim{}, 1.0, "it counts");
    refused(ddim{.eta = 0.5}, 0.6, "it counts");
    refused(any_solver(ddim{.eta = 0.5}), 1.0, "it counts");
    refused(ddpm{}, 0.0, "it counts");
    refused(euler_maruyama{}, 1.0, "it counts");
    refused(dpm_solver_pp_2m{}, 0.0, "several predictions");
    refused(heun{}, 0.0, "several predictions");
    refused(dpm2{}, 0.0, "several predictions");
    refused(dpm_solver_adaptive<2>{}, 0.0, "several predictions");
    CHECK(calls == 0);
}

TEST_CASE("the next knot of a walk is that of its steps, not of its jumps") {
    const grid walk = trailing(linear_schedule(), 6);
    for (std::size_t i = 0; i + 1 < walk.size(); ++i)
        CHECK(detail::knot_after(walk, walk[i], "it").sigma == walk[i + 1].sigma);
    const grid back = resampled(walk, {.jump_length = 2, .jump_samples = 2});
    CHECK(back.jumps() > 0);
    for (std::size_t i = 0; i + 1 < walk.size(); ++i)
        CHECK(detail::knot_after(back, walk[i], "it").sigma == walk[i + 1].sigma);
    const grid two = grid({walk[0], walk[2], walk[6]});
    CHECK_THROWS_WITH(detail::knot_after(two, walk[1], "it"), ContainsSubstring("no knot"));
}
