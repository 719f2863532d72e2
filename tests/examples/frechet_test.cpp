#include "../../examples/fashion/frechet.hpp"

#include <Eigen/Cholesky>
#include <Eigen/Core>
#include <Eigen/LU>
#include <cmath>
#include <random>

#include "../catch.hpp"

using Eigen::MatrixXd;
using Eigen::MatrixXf;
using fashion::feature_sums;
using fashion::frechet_distance;

namespace {

// Many columns of two features with this mean and this covariance, but for rounding.
feature_sums with(const Eigen::Vector2d& mean, const Eigen::Matrix2d& covariance) {
    const Eigen::Matrix2d root = covariance.llt().matrixL();
    MatrixXd z(2, 1000);
    for (int i = 0; i < 1000; ++i)
        z.col(i) << (i % 2 == 0 ? 1 : -1), (i % 4 < 2 ? 1 : -1);  // a covariance of 1000 / 999
    z *= std::sqrt(0.999);
    feature_sums sums(2);
    sums.add(((root * z).colwise() + mean).cast<float>());
    return sums;
}

MatrixXf drawn(std::mt19937& random, int count, double scale) {
    std::normal_distribution<double> normal(0, scale);
    return MatrixXf::NullaryExpr(8, count, [&] { return static_cast<float>(normal(random)); });
}

}  // namespace

TEST_CASE("the Frechet distance of two Gaussians is the published one") {
    const auto a = with({0, 0}, MatrixXd{{4, 0}, {0, 1}});
    CHECK(std::abs(frechet_distance(a, a)) < 1e-6);
    // Commuting covariances: the distance of the roots.
    CHECK(frechet_distance(a, with({3, 4}, MatrixXd{{9, 0}, {0, 0.25}})) ==
          Approx(25 + 1 + 0.25).epsilon(1e-5));
    // In two dimensions tr sqrt(M)^2 = tr M + 2 sqrt(det M).
    const Eigen::Matrix2d first{{2, 0.5}, {0.5, 1}}, second{{1, -0.7}, {-0.7, 3}};
    const Eigen::Matrix2d product = first * second;
    const double root = std::sqrt(product.trace() + 2 * std::sqrt(product.determinant()));
    CHECK(frechet_distance(with({0, 1}, first), with({0, 0}, second)) ==
          Approx(1 + first.trace() + second.trace() - 2 * root).epsilon(1e-5));
}

TEST_CASE("the distance of few pictures is told as that of many") {
    std::mt19937 random(1);
    feature_sums reference(8), many(8);
    reference.add(drawn(random, 20000, 1.0));
    many.add(drawn(random, 20000, 1.2));
    const double expected = frechet_distance(many, reference);

    constexpr int sets = 200, count = 100;
    Eigen::ArrayXd plain(sets), told(sets);
    for (int i = 0; i < sets; ++i) {
        const MatrixXf few = drawn(random, count, 1.2);
        feature_sums sums(8);
        sums.add(few);
        plain(i) = frechet_distance(sums, reference);
        told(i) = frechet_distance(few, reference);
    }
    const double error = std::sqrt((told - told.mean()).square().mean() / sets);
    CHECK(std::abs(told.mean() - expected) < 4 * error);
    CHECK(plain.mean() - expected > 20 * error);
    // As many as the reference has need no correction.
    const MatrixXf enough = drawn(random, 20000, 1.2);
    feature_sums sums(8);
    sums.add(enough);
    CHECK(frechet_distance(enough, reference) == frechet_distance(sums, reference));
}
