#include "masked_bound.hpp"

#include <algorithm>
#include <cmath>

#include "letters.hpp"

namespace words {

Eigen::ArrayXd loss_weights(std::optional<int> steps) {
    Eigen::ArrayXd weights(places);
    for (int k = 1; k <= places; ++k) weights(k - 1) = 1.0 / k;
    if (!steps) return weights;
    weights.setZero();
    for (int i = 1; i <= *steps; ++i) {
        // A step from sigma to sigma - 1 / steps opens each mask with probability 1 / (steps
        // sigma).
        const double sigma = static_cast<double>(i) / *steps;
        for (int k = 1; k <= places; ++k) {
            double chance = std::pow(sigma, k) * std::pow(1.0 - sigma, places - k);
            for (int j = 0; j < k; ++j) chance *= static_cast<double>(places - j) / (j + 1);
            weights(k - 1) += chance / (*steps * sigma);
        }
    }
    return weights;
}

bound bound_of(const Eigen::ArrayXXd& losses, const std::vector<std::string>& words,
               std::optional<int> steps) {
    const auto count = static_cast<double>(words.size());
    const Eigen::ArrayXd nats =
        (losses.matrix().transpose() * loss_weights(steps).matrix()).array();
    Eigen::ArrayXd letters(losses.cols());
    for (Eigen::Index i = 0; i < letters.size(); ++i)
        letters(i) = static_cast<double>(words[static_cast<std::size_t>(i)].size());
    const double mean = nats.sum() / letters.sum();
    // Of a ratio of two means.
    const double variance = (nats - mean * letters).square().sum() / std::max(1.0, count - 1.0);
    return {mean, std::sqrt(variance / count) / letters.mean()};
}

}  // namespace words
