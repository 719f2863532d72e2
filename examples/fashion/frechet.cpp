#include "frechet.hpp"

#include <Eigen/Eigenvalues>
#include <stdexcept>

namespace fashion {

feature_sums::feature_sums(Eigen::Index features)
    : sum_(Eigen::VectorXd::Zero(features)), products_(Eigen::MatrixXd::Zero(features, features)) {}

void feature_sums::add(const Eigen::Ref<const Eigen::MatrixXf>& features) {
    const Eigen::MatrixXd values = features.cast<double>();
    count_ += values.cols();
    sum_ += values.rowwise().sum();
    products_.noalias() += values * values.transpose();
}

Eigen::VectorXd feature_sums::mean() const { return sum_ / static_cast<double>(count_); }

Eigen::MatrixXd feature_sums::covariance() const {
    if (count_ < 2) throw std::logic_error("a covariance needs two pictures");
    const auto n = static_cast<double>(count_);
    return (products_ - sum_ * sum_.transpose() / n) / (n - 1);
}

// The trace of the root is that of (C1^(1/2) C2 C1^(1/2))^(1/2), which is symmetric.
double frechet_distance(const feature_sums& a, const feature_sums& b) {
    using solver = Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd>;
    const Eigen::MatrixXd first = a.covariance(), second = b.covariance();
    const Eigen::MatrixXd root = [&] {
        const solver of(first);
        const Eigen::VectorXd roots = of.eigenvalues().cwiseMax(0.0).cwiseSqrt();
        return Eigen::MatrixXd(of.eigenvectors() * roots.asDiagonal() *
                               of.eigenvectors().transpose());
    }();
    const solver product(root * second * root, Eigen::EigenvaluesOnly);
    return (a.mean() - b.mean()).squaredNorm() + first.trace() + second.trace() -
           2.0 * product.eigenvalues().cwiseMax(0.0).cwiseSqrt().sum();
}

double frechet_distance(const Eigen::Ref<const Eigen::MatrixXf>& features,
                        const feature_sums& reference) {
    const auto of = [&](Eigen::Index first, Eigen::Index count) {
        feature_sums part(features.rows());
        part.add(features.middleCols(first, count));
        return frechet_distance(part, reference);
    };
    const Eigen::Index count = features.cols(), half = count / 2;
    const double whole = of(0, count);
    const double halves = (of(0, half) + of(half, half)) / 2;
    const double missing = 1 - static_cast<double>(count) / static_cast<double>(reference.count());
    return whole - (halves - whole) * missing;
}

}  // namespace fashion
