/// The exact network of data that are a few points, under noise of any spherical density.
#pragma once

#include <algorithm>
#include <cmath>
#include <vector>

#include <Eigen/Core>

#include <fokker/path/knot.hpp>

namespace fokker_test {

/// Points as columns, and the mass of each.
struct atoms {
    Eigen::ArrayXXd points;
    std::vector<double> masses;

    /// E[x_0 | x_t = x] where ln of the noise's density at the norm r is log_density(r), but for a
    /// constant.
    template <class X, class Out>
    void mean(const X& x, const fokker::knot& k, const auto& log_density, Out&& out) const {
        std::vector<double> weight(masses.size());
        for (Eigen::Index n = 0; n < x.cols(); ++n) {
            for (std::size_t i = 0; i < weight.size(); ++i) {
                const auto away = x.col(n) - k.alpha * points.col(static_cast<Eigen::Index>(i));
                weight[i] =
                    std::log(masses[i]) + log_density(std::sqrt(away.square().sum()) / k.sigma);
            }
            const double most = *std::max_element(weight.begin(), weight.end());
            double sum = 0.0;
            for (double& w : weight) sum += w = std::exp(w - most);
            out.col(n).setZero();
            for (std::size_t i = 0; i < weight.size(); ++i)
                out.col(n) += weight[i] / sum * points.col(static_cast<Eigen::Index>(i));
        }
    }

    /// A network that predicts data.
    template <class LogDensity>
    auto network(LogDensity log_density) const {
        return [this, log_density](const Eigen::ArrayXXd& x, const fokker::knot& k,
                                   Eigen::ArrayXXd& out) { mean(x, k, log_density, out); };
    }

    /// The share of columns that are nearest to the first point.
    double share_of_first(const Eigen::ArrayXXd& x) const {
        Eigen::Index count = 0;
        for (Eigen::Index n = 0; n < x.cols(); ++n) {
            Eigen::Index nearest = 0;
            (points.colwise() - x.col(n)).square().colwise().sum().minCoeff(&nearest);
            count += nearest == 0;
        }
        return static_cast<double>(count) / static_cast<double>(x.cols());
    }
};

/// ln of the density of Student's t in so many dimensions, but for a constant.
inline auto student_density(double degrees, Eigen::Index dimensions) {
    return [=](double r) {
        return -0.5 * (degrees + static_cast<double>(dimensions)) * std::log1p(r * r / degrees);
    };
}
inline double normal_density(double r) { return -0.5 * r * r; }

}  // namespace fokker_test
