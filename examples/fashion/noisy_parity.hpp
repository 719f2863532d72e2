// Compares the classifier of noisy pictures with stored outputs of the one in Python, and its
// gradient with differences of its own log-probabilities.
#pragma once

#include <Eigen/Core>
#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <random>
#include <vector>

#include "noisy_classifier.hpp"
#include "reader.hpp"

namespace fashion {

// The largest errors: of the log-probabilities, and relative to the longest stored gradient of the
// case of the gradients and of their parts along a direction.
struct noisy_parity_errors {
    float log_probabilities = 0, gradients = 0, along = 0;
};

namespace noisy_parity {

// d/dh log p(y | x + h direction) at h = 0. The difference's own error is of order h^4.
inline double slope(noisy_classifier& network, const VectorXf& x, double t, int y,
                    const VectorXf& direction) {
    MatrixXf moved(x.size(), 4), log_p(noisy_classifier::classes, 4);
    constexpr std::array places{-2.0F, -1.0F, 1.0F, 2.0F};
    constexpr float h = 0.25F;
    for (Index i = 0; i < 4; ++i)
        moved.col(i) = x + h * places[static_cast<std::size_t>(i)] * direction;
    network.log_probabilities(moved, t, log_p);
    const Eigen::VectorXd at = log_p.row(y).cast<double>();
    return (8.0 * (at[2] - at[1]) - (at[3] - at[0])) / (12.0 * static_cast<double>(h));
}

}  // namespace noisy_parity

inline noisy_parity_errors measure_noisy_parity(noisy_classifier& network,
                                                const std::filesystem::path& path) {
    reader file{path};
    file.expect_text("NOISPAIR", "magic: this is not a file of parity data of noisy pictures");
    file.expect_word(1, "the version of the format");
    const auto stored = [&](Index rows, Index columns) {
        MatrixXf values(rows, columns);
        for (float& value : values.reshaped()) value = file.single();
        return values;
    };
    std::mt19937 engine(1);
    std::normal_distribution<float> normal(0, 1);
    noisy_parity_errors errors;
    const auto grow = [](float& error, float found) { error = std::max(error, found); };
    for (std::uint32_t cases = file.word(); cases > 0; --cases) {
        const double t = file.real();
        std::vector<int> wanted(std::min<std::size_t>(file.word(), 1024));
        for (int& y : wanted) y = static_cast<int>(file.word());
        const auto count = static_cast<Index>(wanted.size());
        const MatrixXf x = stored(noisy_classifier::pixels, count);
        const MatrixXf log_p = stored(noisy_classifier::classes, count);
        const MatrixXf gradients = stored(noisy_classifier::pixels, count);
        MatrixXf found = log_p;
        network.log_probabilities(x, t, found);
        grow(errors.log_probabilities, (found - log_p).cwiseAbs().maxCoeff());
        found.resizeLike(gradients);
        network.gradient(x, t, wanted, found);
        const float longest = gradients.colwise().norm().maxCoeff();
        grow(errors.gradients, (found - gradients).cwiseAbs().maxCoeff() / longest);
        for (Index i = 0; i < count; ++i) {
            const VectorXf own = found.col(i);
            VectorXf other(own.size());
            for (float& each : other) each = normal(engine);
            for (const VectorXf& direction :
                 {VectorXf(own.normalized()), VectorXf(other.normalized())}) {
                const double slope = noisy_parity::slope(
                    network, x.col(i), t, wanted[static_cast<std::size_t>(i)], direction);
                const auto expected = static_cast<double>(own.dot(direction));
                grow(errors.along, static_cast<float>(std::abs(slope - expected)) / longest);
            }
        }
    }
    file.expect_end();
    return errors;
}

}  // namespace fashion
