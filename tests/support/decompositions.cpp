// For one program: a test that is compiled by itself includes this file.
#include "decompositions.hpp"

#include <Eigen/Eigenvalues>
#include <Eigen/LU>
#include <Eigen/QR>
#include <Eigen/SVD>

namespace fokker_test {

Eigen::MatrixXd inverse_of(const Eigen::MatrixXd& a) { return a.inverse(); }

Eigen::MatrixXd pseudo_inverse_of(const Eigen::MatrixXd& a) {
    return a.completeOrthogonalDecomposition().pseudoInverse();
}

Eigen::MatrixXd square_root_of(const Eigen::MatrixXd& a) {
    return Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd>(a).operatorSqrt();
}

singular_value_decomposition decompose(const Eigen::MatrixXd& a) {
    const Eigen::JacobiSVD<Eigen::MatrixXd> svd(a, Eigen::ComputeThinU | Eigen::ComputeThinV);
    return {svd.matrixU(), svd.matrixV(), svd.singularValues()};
}

}  // namespace fokker_test
