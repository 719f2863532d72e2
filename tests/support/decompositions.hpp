/// Linear algebra of small matrices. Eigen's decompositions take seconds to compile, so the tests'
/// build compiles them once, in decompositions.cpp; a test that is compiled by itself has them from
/// here.
#pragma once

#include <Eigen/Core>

namespace fokker_test {

Eigen::MatrixXd inverse_of(const Eigen::MatrixXd& a);
Eigen::MatrixXd pseudo_inverse_of(const Eigen::MatrixXd& a);
/// Of a symmetric positive matrix, symmetric, too.
Eigen::MatrixXd square_root_of(const Eigen::MatrixXd& a);

/// a = u diag(values) v^T, the values falling.
struct singular_value_decomposition {
    Eigen::MatrixXd u, v;
    Eigen::VectorXd values;
};
singular_value_decomposition decompose(const Eigen::MatrixXd& a);

}  // namespace fokker_test

#ifndef FOKKER_TESTS_SUPPORT_COMPILED
#include "decompositions.cpp"
#endif
