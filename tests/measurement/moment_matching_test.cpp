#include <fokker/measurement/moment_matching.hpp>

#include <Eigen/Core>
#include <cmath>

#include <fokker/fokker.hpp>

#include "catch.hpp"
#include "support/gaussian_measurement.hpp"

using namespace fokker;
using namespace fokker_test;
using Catch::Matchers::ContainsSubstring;
using Eigen::MatrixXd;

namespace {

const gaussian_data data = four_numbers(false);
const gaussian_measurement measured = two_of_four();
const MatrixXd y = measured.repeated(5);

/// As many iterations as the measurement has numbers are exact.
auto matched(int iterations = 2, double sigma_y = 0.2) {
    return moment_matching(measured.measure(), measured.transpose(), y,
                           {.sigma_y = sigma_y, .iterations = iterations, .tolerance = 0});
}

double largest(const auto& x) { return x.cwiseAbs().maxCoeff(); }

}  // namespace

TEST_CASE("where the data are any Gaussian, moment matching walks as the posterior's network") {
    const gaussian_data posterior = measured.posterior(data);
    const grid walk = trailing(linear_schedule(), 12);
    const auto check = [&](const auto& solver) {
        MatrixXd a(4, 5), b(4, 5), c(4, 5);
        sample(a, predicts_data(posterior), walk, solver, philox{.seed = 3});
        const report done = sample(b, predicts_data(data).with_correction(matched()), walk, solver,
                                   philox{.seed = 3});
        CHECK(largest(a - b) < 1e-10);
        CHECK(done.network_calls == 5 * done.evaluations);
        const report fewer = sample(c, predicts_data(data).with_correction(matched(1)), walk,
                                    solver, philox{.seed = 3});
        CHECK(largest(a - c) > 1e-3);
        CHECK(fewer.network_calls == 3 * fewer.evaluations);
    };
    check(ddpm{});
    check(dpm_solver_pp_2m{});
}

TEST_CASE("mean and covariance of its samples are the posterior's on any Gaussian") {
    const auto path = vp_path{};
    const grid walk({path.at(0.9), path.at(0.5), path.at(0.01)}, path);
    const dormand_prince solver{{.tolerated = {1e-13, 1e-13}}};
    for (const double sigma_y : {0.2, 0.0}) {
        gaussian_measurement m = measured;
        m.sigma_y = sigma_y;
        const law_error off = law_of(predicts_data(data).with_correction(matched(2, sigma_y)),
                                     m.posterior(data), walk, solver);
        CHECK(off.mean < 1e-10);
        CHECK(off.covariance < 1e-10);
    }
}

TEST_CASE("where the Jacobian is not positive, a sample stays as it is") {
    const auto falls = [](const MatrixXd& x, const knot&, MatrixXd& out) { out = -0.5 * x; };
    const grid walk = trailing(linear_schedule(), 3);
    MatrixXd a = MatrixXd::Random(4, 5), b = a;
    denoise(a, predicts_data(falls), walk, ddim{});
    denoise(b, predicts_data(falls).with_correction(matched(2, 0.0)), walk, ddim{});
    CHECK(largest(a - b) < 1e-12);
}

TEST_CASE("options of moment matching that cannot be are refused, and pure noise is") {
    CHECK_THROWS_WITH(matched(0), ContainsSubstring("iterations is 0"));
    CHECK_THROWS_WITH(matched(1, -1), ContainsSubstring("sigma_y is -1"));
    MatrixXd x(4, 5);
    CHECK_THROWS_WITH(
        sample(x, predicts_data(data).with_correction(matched()), flow(3), ddim{}, philox{}),
        ContainsSubstring("moment_matching cannot be used at the knot"));
}
