#include <fokker/measurement/hard_data_consistency.hpp>

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

double largest(const auto& x) { return x.cwiseAbs().maxCoeff(); }

/// What the correction makes of D, at sigma / alpha = 0.75.
MatrixXd corrected(const gaussian_measurement& m, const MatrixXd& y, MatrixXd D,
                   const hard_data_consistency_options& options = {.tolerance = 1e-13}) {
    hard_data_consistency(m.measure(), m.transpose(), y, options)(D, knot{1, 0.8, 0.6}, D);
    return D;
}

const MatrixXd D = MatrixXd::Random(4, 3);

}  // namespace

TEST_CASE("without noise it goes to the nearest data that fit, as DDNM does") {
    const gaussian_measurement m = two_of_four();
    const MatrixXd y = m.repeated(3) + MatrixXd::Random(2, 3);
    const MatrixXd B = pseudo_inverse_of(m.A);
    CHECK(largest(corrected(m, y, D) - (D + B * (y - m.A * D))) < 1e-12);
    // Where A has fewer ranks than rows, and no data fit: the least squares.
    gaussian_measurement three{MatrixXd(3, 4), Eigen::Vector3d(1, 2, 3), 0.0};
    three.A << m.A, m.A.row(0) - 2 * m.A.row(1);
    const MatrixXd C = pseudo_inverse_of(three.A);
    const MatrixXd of = three.repeated(3);
    CHECK(largest(corrected(three, of, D) - (D + C * (of - three.A * D))) < 1e-11);
}

TEST_CASE("with noise it stops where the measurement fits well enough, in each sample") {
    const gaussian_measurement m = two_of_four();
    MatrixXd y = m.A * D;
    y.col(1) += Eigen::Vector2d(1, 1);  // the others fit as they are
    const MatrixXd got = corrected(m, y, D, {.sigma_y = 0.1, .tolerance = 0});
    CHECK(got.col(0) == D.col(0));
    CHECK(got.col(2) == D.col(2));
    CHECK((y - m.A * got).col(1).norm() <= 0.1 * std::sqrt(2.0));
    // One iteration is the step of steepest descent.
    const MatrixXd one = corrected(m, y, D, {.iterations = 1});
    const Eigen::Vector4d g = m.A.transpose() * Eigen::Vector2d(1, 1);
    const Eigen::Vector4d step = g * g.squaredNorm() / (m.A * g).squaredNorm();
    CHECK(largest(one.col(1) - D.col(1) - step) < 1e-13);
}

TEST_CASE("it needs an iteration for each rank, and stops at its tolerance") {
    const gaussian_measurement m = two_of_four();
    const MatrixXd y = m.repeated(1), from = D.leftCols(1);
    const auto gradient = [&](const MatrixXd& data) {
        return (m.A.transpose() * (y - m.A * data)).norm();
    };
    const MatrixXd one = corrected(m, y, from, {.iterations = 1, .tolerance = 0});
    const MatrixXd two = corrected(m, y, from, {.iterations = 2, .tolerance = 0});
    const double left = gradient(one) / gradient(from);
    REQUIRE(left > 0.01);
    REQUIRE(left < 0.9);
    CHECK(gradient(two) < 1e-12 * gradient(from));
    CHECK(corrected(m, y, from, {.tolerance = 1.01 * left}) == one);
    CHECK(largest(corrected(m, y, from, {.tolerance = 0.99 * left}) - two) < 1e-12);
}

TEST_CASE("where the operator gives no number, the sample is none") {
    const gaussian_measurement m = two_of_four();
    const auto broken = [&](const MatrixXd& x, MatrixXd& out) {
        m.measure()(x, out);
        out(1, 1) = std::nan("");
    };
    const MatrixXd y = m.repeated(3);
    MatrixXd got = D;
    hard_data_consistency(broken, m.transpose(), y)(D, knot{1, 0.8, 0.6}, got);
    CHECK_FALSE(got.col(1).allFinite());
    const MatrixXd whole = corrected(m, y, D, {});
    CHECK(got.col(0) == whole.col(0));
    CHECK(got.col(2) == whole.col(2));
}

TEST_CASE("so it is where the operator or its transpose gives no number later") {
    const gaussian_measurement m = two_of_four();
    const MatrixXd y = m.repeated(3), whole = corrected(m, y, D, {});
    // The first calls are on y - A D, and the second ones on a direction.
    const auto from_second_call = [](auto inner) {
        return [inner, calls = 0](const MatrixXd& in, MatrixXd& out) mutable {
            inner(in, out);
            if (++calls > 1) out(1, 1) = std::nan("");
        };
    };
    const auto check = [&](const auto& A, const auto& At) {
        MatrixXd got = D;
        hard_data_consistency(A, At, y)(D, knot{1, 0.8, 0.6}, got);
        CHECK_FALSE(got.col(1).allFinite());
        CHECK(got.col(0) == whole.col(0));
        CHECK(got.col(2) == whole.col(2));
    };
    auto A = from_second_call(m.measure());
    auto At = from_second_call(m.transpose());
    check(std::ref(A), m.transpose());
    check(m.measure(), std::ref(At));
}

TEST_CASE("it acts between its levels of noise") {
    const gaussian_measurement m = two_of_four();
    const MatrixXd y = m.repeated(3);
    CHECK(corrected(m, y, D, {.from = 0.75}) == D);
    CHECK(corrected(m, y, D, {.to = 0.7}) == D);
    CHECK(corrected(m, y, D, {.from = 0.7, .to = 0.76}) != D);
}

TEST_CASE("ReSample without E is DDNM with consistency_sampler") {
    const gaussian_measurement m = two_of_four();
    const gaussian_data data = four_numbers(false);
    const MatrixXd y = m.repeated(3);
    const MatrixXd B = pseudo_inverse_of(m.A);
    const auto inverse = [&](const MatrixXd& w, MatrixXd& out) { out = B * w; };
    MatrixXd a(4, 3), b(4, 3);
    const grid walk = trailing(linear_schedule(), 9);
    sample(a,
           predicts_data(data).with_correction(
               hard_data_consistency(m.measure(), m.transpose(), y, {.tolerance = 1e-13})),
           walk, consistency_sampler{}, philox{.seed = 2});
    sample(b, predicts_data(data).with_correction(ddnm(m.measure(), inverse, y)), walk,
           consistency_sampler{}, philox{.seed = 2});
    CHECK(largest(a - b) < 1e-10);
    CHECK(largest(m.A * a - y) < 1e-11);
}

TEST_CASE("options of hard data consistency that cannot be are refused") {
    const gaussian_measurement m = two_of_four();
    const MatrixXd y = m.repeated(3);
    const auto asked = [&](const hard_data_consistency_options& o) { corrected(m, y, D, o); };
    CHECK_THROWS_WITH(asked({.sigma_y = -1}), ContainsSubstring("sigma_y is -1"));
    CHECK_THROWS_WITH(asked({.iterations = 0}), ContainsSubstring("iterations is 0"));
    CHECK_THROWS_WITH(asked({.tolerance = -1}), ContainsSubstring("tolerance is -1"));
    CHECK_THROWS_WITH(asked({.from = -1}), ContainsSubstring("from is -1"));
    CHECK_THROWS_WITH(asked({.from = 1, .to = 1}), ContainsSubstring("to is 1, and from is 1"));
}
