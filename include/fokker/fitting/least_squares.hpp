/// Least squares of many rows and few columns, with a ridge.
#pragma once

#include <cmath>

#include <Eigen/Core>
#include <Eigen/QR>

#include <fokker/target.hpp>

FOKKER_MAY_SHADOW

namespace fokker::inline FOKKER_TARGET::detail {

/// Finds the c that makes |A c - y|^2 least, for rows of [A | y] that come part by part. It keeps
/// the triangle of a QR decomposition, so that the condition of A is not squared, as it is in
/// normal equations.
class least_squares {
public:
    explicit least_squares(Eigen::Index columns)
        : triangle_(Eigen::MatrixXd::Zero(columns + 1, columns + 1)) {}

    /// Takes rows: the columns of A, and last y.
    void add(const Eigen::Ref<const Eigen::MatrixXd>& rows) {
        Eigen::MatrixXd stacked(triangle_.rows() + rows.rows(), triangle_.cols());
        stacked << triangle_, rows;
        reduce(stacked);
    }

    Eigen::Index columns() const { return triangle_.cols() - 1; }

    /// The c that makes |A c - y|^2 + ridge sum_k (|column k of A| c_k)^2 least: Marquardt 1963, by
    /// which the units of c do not matter.
    Eigen::VectorXd solve(double ridge) const { return solve(ridge, columns()); }
    /// The same by the first n columns alone: the rest of c is 0.
    Eigen::VectorXd solve(double ridge, Eigen::Index n) const {
        const auto A = triangle_.topLeftCorner(n, n);
        // A column of zeros is left alone.
        const Eigen::VectorXd scale = A.colwise().norm().transpose().unaryExpr(
            [](double norm) { return norm > 0 ? 1.0 / norm : 0.0; });
        Eigen::MatrixXd damped(2 * n, n);
        damped << A * scale.asDiagonal(), Eigen::MatrixXd::Identity(n, n) * std::sqrt(ridge);
        Eigen::VectorXd wanted = Eigen::VectorXd::Zero(2 * n);
        wanted.head(n) = triangle_.col(columns()).head(n);
        Eigen::VectorXd result = Eigen::VectorXd::Zero(columns());
        result.head(n) = scale.asDiagonal() * damped.colPivHouseholderQr().solve(wanted);
        return result;
    }

private:
    void reduce(Eigen::MatrixXd& stacked) {
        const Eigen::HouseholderQR<Eigen::Ref<Eigen::MatrixXd>> done(stacked);
        triangle_ =
            done.matrixQR().topRows(triangle_.rows()).template triangularView<Eigen::Upper>();
    }

    Eigen::MatrixXd triangle_;
};

}  // namespace fokker::detail

FOKKER_END_MAY_SHADOW
