#include <fokker/fitting/least_squares.hpp>

#include <Eigen/Dense>
#include <algorithm>
#include <cmath>

#include "catch.hpp"

using fokker::detail::least_squares;

namespace {

Eigen::MatrixXd rows_of(Eigen::Index count, Eigen::Index columns) {
    Eigen::MatrixXd rows(count, columns);
    for (Eigen::Index i = 0; i < count; ++i)
        for (Eigen::Index j = 0; j < columns; ++j)
            rows(i, j) = std::sin(static_cast<double>(1 + i * columns + j * j)) + (i == j ? 2 : 0);
    return rows;
}

least_squares of_parts(const Eigen::MatrixXd& rows, Eigen::Index part) {
    least_squares result(rows.cols() - 1);
    for (Eigen::Index first = 0; first < rows.rows(); first += part)
        result.add(rows.middleRows(first, std::min(part, rows.rows() - first)));
    return result;
}

}  // namespace

TEST_CASE("Least squares of rows in parts are those of all rows") {
    const Eigen::MatrixXd rows = rows_of(40, 6);
    const Eigen::VectorXd exact = rows.leftCols(5).householderQr().solve(rows.col(5));
    for (const Eigen::Index part : {1, 3, 7, 40})
        CHECK((of_parts(rows, part).solve(0.0) - exact).norm() < 1e-12 * exact.norm());
}

TEST_CASE("A ridge counts in units of the columns") {
    Eigen::MatrixXd rows = rows_of(40, 6);
    const double ridge = 0.3;
    const Eigen::MatrixXd A = rows.leftCols(5);
    Eigen::MatrixXd normal = A.transpose() * A;
    normal.diagonal() *= 1 + ridge;
    const Eigen::VectorXd exact = normal.ldlt().solve(A.transpose() * rows.col(5));
    CHECK((of_parts(rows, 9).solve(ridge) - exact).norm() < 1e-12 * exact.norm());
    rows.col(2) *= 1e6;
    Eigen::VectorXd scaled = of_parts(rows, 9).solve(ridge);
    scaled[2] *= 1e6;
    CHECK((scaled - exact).norm() < 1e-9 * exact.norm());
}

TEST_CASE("Columns that are nearly the same keep their digits, which normal equations lose") {
    Eigen::MatrixXd rows = rows_of(60, 3);
    rows.col(1) = rows.col(0) + 1e-9 * rows.col(1);
    rows.col(2) = 3.0 * rows.col(0) + 2.0 * (rows.col(1) - rows.col(0)) / 1e-9;
    const Eigen::VectorXd c = of_parts(rows, 13).solve(0.0);
    CHECK((rows.leftCols(2) * c - rows.col(2)).norm() < 1e-6 * rows.col(2).norm());
}

TEST_CASE("A column of zeros gets no weight") {
    Eigen::MatrixXd rows = rows_of(20, 4);
    rows.col(1).setZero();
    const Eigen::VectorXd c = of_parts(rows, 20).solve(1e-9);
    CHECK(c[1] == 0.0);
    CHECK(c.allFinite());
}
