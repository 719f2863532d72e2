/// Gaussians as the forward verbs draw them, and how far two arrays lie apart.
#pragma once

#include <cstdint>

#include <Eigen/Core>

#include <fokker/forward/noising.hpp>
#include <fokker/noise/philox.hpp>

namespace fokker_test {

inline const fokker::philox draws{.seed = 21};

/// The Gaussians of one draw.
inline Eigen::ArrayXXd gaussian(Eigen::Index rows, Eigen::Index cols, std::uint32_t draw) {
    const Eigen::ArrayXXd zero = Eigen::ArrayXXd::Zero(rows, cols);
    Eigen::ArrayXXd z(rows, cols);
    fokker::forward(zero, fokker::knot{0, 1, 1}, draws, z, draw);
    return z;
}

inline double worst(const Eigen::ArrayXXd& a, const Eigen::ArrayXXd& b) {
    return (a - b).abs().maxCoeff();
}

}  // namespace fokker_test
