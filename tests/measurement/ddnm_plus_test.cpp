#include <fokker/measurement/ddnm_plus.hpp>

#include <Eigen/Core>
#include <cmath>
#include <vector>

#include <fokker/fokker.hpp>

#include "catch.hpp"
#include "support/gaussian_measurement.hpp"

using namespace fokker;
using namespace fokker_test;
using Catch::Matchers::ContainsSubstring;
using Eigen::MatrixXd;

namespace {

const gaussian_data data = four_numbers(false);
const double sigma_y = 0.2;
const gaussian_measurement measured = two_of_four(sigma_y);
const grid walk = trailing(linear_schedule(), 20);

/// A = U S V^T, and y in its coordinates.
struct coordinates {
    MatrixXd rows, y;
    std::vector<double> deviations;

    explicit coordinates(const MatrixXd& of) {
        const auto [u, v, values] = decompose(measured.A);
        const Eigen::VectorXd inverse = values.cwiseInverse();
        rows = v.transpose();
        y = inverse.asDiagonal() * u.transpose() * of;
        for (const double s : inverse) deviations.push_back(sigma_y * s);
    }
};

auto corrected(const coordinates& c, double eta, std::vector<double> deviations) {
    return predicts_data(data).with_correction(
        ddnm_plus([&](const MatrixXd& x, MatrixXd& out) { out = c.rows * x; },
                  [&](const MatrixXd& w, MatrixXd& out) { out = c.rows.transpose() * w; }, c.y,
                  std::move(deviations), walk, eta),
        corrected_noise::as_predicted);
}

double largest(const auto& x) { return x.cwiseAbs().maxCoeff(); }

const MatrixXd y = measured.repeated(5) + 0.2 * MatrixXd::Random(2, 5);
const coordinates turned(y);

}  // namespace

TEST_CASE("the step of DDNM+ has the noise of y in the place of its own") {
    for (const double eta : {0.0, 0.6}) {
        MatrixXd x(4, 5);
        run r(x, corrected(turned, eta, turned.deviations), walk, ddim{.eta = eta},
              philox{.seed = 4});
        MatrixXd z(4, 5);
        run plain(z, predicts_data(data), walk, ddim{.eta = eta}, philox{.seed = 4});
        r.start_from_prior();
        plain.start_from_prior();
        bool some_whole = false, some_part = false;
        while (!r.done()) {
            const knot s = r.knot();
            const MatrixXd before = z = x;
            r.step();
            plain.step();
            const knot t = r.knot();
            const MatrixXd D = data.data(before, s), E = (before - s.alpha * D) / s.sigma;
            const double std = posterior_between(t, s, eta).std;
            const double e = std::sqrt(std::max(0.0, t.sigma * t.sigma - std * std));
            const MatrixXd noise = z - t.alpha * D - e * E;  // std times a Gaussian
            MatrixXd wanted = z;
            for (Eigen::Index i = 0; i < 2; ++i) {
                const double d = turned.deviations[static_cast<std::size_t>(i)];
                const double share = std::min(1.0, e / (t.alpha * d));
                (share == 1 ? some_whole : some_part) = true;
                const double left =
                    std::sqrt(std::max(0.0, e * e - std::pow(t.alpha * share * d, 2)));
                const auto row = turned.rows.row(i);
                const Eigen::RowVectorXd own =
                    t.alpha * (share * turned.y.row(i) + (1 - share) * row * D) + left * row * E +
                    row * noise;
                wanted += row.transpose() * (own - row * z);
            }
            CHECK(largest(x - wanted) < 1e-11);
        }
        CHECK(some_whole);
        CHECK(some_part);
    }
}

TEST_CASE("without noise DDNM+ is DDNM") {
    const MatrixXd start = MatrixXd::Random(4, 5);
    MatrixXd a = start, b = start;
    denoise(a, corrected(turned, 0.0, {0.0, 0.0}), walk, ddim{});
    denoise(b,
            predicts_data(data).with_correction(
                ddnm([&](const MatrixXd& x, MatrixXd& out) { out = turned.rows * x; },
                     [&](const MatrixXd& w, MatrixXd& out) { out = turned.rows.transpose() * w; },
                     turned.y),
                corrected_noise::as_predicted),
            walk, ddim{});
    CHECK(largest(a - b) < 1e-12);
    CHECK(largest(turned.rows * a - turned.y) < 1e-12);
}

TEST_CASE("DDNM+ that cannot be is refused") {
    CHECK_THROWS_WITH(corrected(turned, 2.0, {0, 0}), ContainsSubstring("eta is 2"));
    CHECK_THROWS_WITH(corrected(turned, 0.0, {0}), ContainsSubstring("1 deviations"));
    CHECK_THROWS_WITH(corrected(turned, 0.0, {0, -1}), ContainsSubstring("deviations[1] is -1"));
    MatrixXd x(4, 5);
    CHECK_THROWS_WITH(
        sample(x, corrected(turned, 0.0, {0, 0}), trailing(linear_schedule(), 5), ddim{}, philox{}),
        ContainsSubstring("another grid"));
}

TEST_CASE("DDNM+ is refused with another step than its own") {
    MatrixXd x = MatrixXd::Constant(4, 5, 3);
    const auto refused = [&](auto&& model, const auto& solver) {
        CHECK_THROWS_WITH(sample(x, model, walk, solver, philox{}),
                          ContainsSubstring("as_predicted") && ContainsSubstring("is another one"));
        CHECK((x.array() == 3).all());
    };
    refused(corrected(turned, 0.3, turned.deviations), ddim{});
    refused(corrected(turned, 0.0, turned.deviations), ddim{.eta = 0.3});
    refused(corrected(turned, 0.3, turned.deviations), any_solver(ddim{.eta = 0.4}));
    refused(corrected(turned, 1.0, turned.deviations), ddpm{});  // goes by D alone
    refused(corrected(turned, 0.0, turned.deviations), dpm_solver_pp_2m{});
    // Where the noise prediction follows D.
    auto own = corrected(turned, 0.3, turned.deviations).correction.function;
    refused(predicts_data(data).with_correction(own), ddim{.eta = 0.3});
    CHECK_NOTHROW(sample(x, predicts_data(data).with_correction(own, corrected_noise::as_predicted),
                         walk, any_solver(ddim{.eta = 0.3}), philox{}));
}
