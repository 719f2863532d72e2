/// Data N(m, C) in a few dimensions, a linear measurement of them, and their exact posterior.
#pragma once

#include <cmath>

#include <Eigen/Core>

#include <fokker/fokker.hpp>

#include "support/decompositions.hpp"

namespace fokker_test {

/// The exact network of data N(mean, covariance): D = E[x_0 | x_t].
struct gaussian_data {
    Eigen::VectorXd mean;
    Eigen::MatrixXd covariance;

    Eigen::MatrixXd marginal(const fokker::knot& k) const {
        const Eigen::Index d = mean.size();
        return k.alpha * k.alpha * covariance + k.sigma * k.sigma * Eigen::MatrixXd::Identity(d, d);
    }
    /// dD/dx.
    Eigen::MatrixXd jacobian(const fokker::knot& k) const {
        return k.alpha * covariance * inverse_of(marginal(k));
    }
    Eigen::MatrixXd data(const Eigen::MatrixXd& x, const fokker::knot& k) const {
        return (jacobian(k) * (x.colwise() - k.alpha * mean)).colwise() + mean;
    }
    void operator()(const Eigen::MatrixXd& x, const fokker::knot& k, Eigen::MatrixXd& out) const {
        out = data(x, k);
    }
    /// Where the flow ODE carries states.
    Eigen::MatrixXd flow(const Eigen::MatrixXd& x, const fokker::knot& s,
                         const fokker::knot& t) const {
        return (square_root_of(marginal(t)) * inverse_of(square_root_of(marginal(s))) *
                (x.colwise() - s.alpha * mean))
                   .colwise() +
               t.alpha * mean;
    }
};

/// y = A x_0 + sigma_y n.
struct gaussian_measurement {
    Eigen::MatrixXd A;
    Eigen::VectorXd y;
    double sigma_y;

    auto measure() const {
        return [A = A](const Eigen::MatrixXd& x, Eigen::MatrixXd& out) { out.noalias() = A * x; };
    }
    auto transpose() const {
        return [B = Eigen::MatrixXd(A.transpose())](
                   const Eigen::MatrixXd& w, Eigen::MatrixXd& out) { out.noalias() = B * w; };
    }
    /// The data given y.
    gaussian_data posterior(const gaussian_data& prior) const {
        const Eigen::MatrixXd S = A * prior.covariance * A.transpose() +
                                  sigma_y * sigma_y * Eigen::MatrixXd::Identity(A.rows(), A.rows());
        const Eigen::MatrixXd gain = prior.covariance * A.transpose() * inverse_of(S);
        return {prior.mean + gain * (y - A * prior.mean),
                prior.covariance - gain * A * prior.covariance};
    }
    Eigen::MatrixXd repeated(Eigen::Index samples) const { return y.replicate(1, samples); }
};

/// Four numbers of which two are measured.
inline gaussian_data four_numbers(bool is_isotropic) {
    gaussian_data data{Eigen::Vector4d(0.3, -0.5, 0.2, 0.8), 0.49 * Eigen::Matrix4d::Identity()};
    if (is_isotropic) return data;
    Eigen::Matrix4d root;
    root << 0.7, 0.1, 0.0, 0.2, -0.3, 0.5, 0.1, 0.0, 0.2, 0.4, 0.6, 0.1, 0.0, 0.3, -0.2, 0.8;
    data.covariance = root * root.transpose();
    return data;
}
inline gaussian_measurement two_of_four(double sigma_y = 0.2) {
    gaussian_measurement m{Eigen::MatrixXd(2, 4), Eigen::Vector2d(0.9, -0.4), sigma_y};
    m.A << 1.0, 0.5, 0.0, -0.3, 0.2, -0.6, 0.8, 0.4;
    return m;
}

/// The largest differences of a law from that of `data` at the end of a walk, in mean and
/// covariance. The sampler's map of states is affine, and begins with the law of `data`.
struct law_error {
    double mean, covariance;
};
template <class Model, class Solver>
law_error law_of(Model&& model, const gaussian_data& data, const fokker::grid& walk,
                 const Solver& solver) {
    const Eigen::Index d = data.mean.size();
    // One sample at 0 and one at each unit vector.
    Eigen::MatrixXd x(d, d + 1);
    x << Eigen::VectorXd::Zero(d), Eigen::MatrixXd::Identity(d, d);
    fokker::denoise(x, model, walk, solver);
    const Eigen::VectorXd offset = x.col(0);
    const Eigen::MatrixXd map = x.rightCols(d).colwise() - offset;
    const fokker::knot &s = walk.front(), &t = walk.back();
    return {(map * (s.alpha * data.mean) + offset - t.alpha * data.mean).cwiseAbs().maxCoeff(),
            (map * data.marginal(s) * map.transpose() - data.marginal(t)).cwiseAbs().maxCoeff()};
}

}  // namespace fokker_test
