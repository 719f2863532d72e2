/// The path of I2SB: Liu et al. 2023 (Image-to-Image Schroedinger Bridge).
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <memory>
#include <utility>
#include <vector>

#include <fokker/error.hpp>
#include <fokker/finite.hpp>
#include <fokker/path/knot.hpp>
#include <fokker/path/knot_order.hpp>
#include <fokker/path/prior.hpp>
#include <fokker/target.hpp>

namespace fokker::inline FOKKER_TARGET {

/// The base of I2SB's bridges, for bridge_path{i2sb_path()}: alpha = 1, and sigma^2 is a sum of
/// betas, whose roots rise evenly from that of 1e-4 towards that of beta_max / steps, and fall
/// again from half-way on. Times are those of the training, 0 .. steps - 1, and sigma^2 is linear
/// between them. The label is that of their networks, from 1e-4 steps to steps. Throws
/// fokker::error on an odd number of steps, fewer than 2, and a beta_max that is not positive.
class i2sb_path {
public:
    explicit i2sb_path(double beta_max = 0.3, int steps = 1000) {
        using detail::require;
        require(steps >= 2 && steps % 2 == 0, "steps is ", steps,
                "; I2SB has an even number of them, at least 2");
        detail::require_few_enough("steps", static_cast<std::size_t>(steps));
        require(detail::is_finite(beta_max) && beta_max > 0, "beta_max is ", beta_max,
                "; it must be positive");
        const double first = std::sqrt(1e-4), last = std::sqrt(beta_max / steps);
        auto variances = std::make_shared<std::vector<double>>();
        double sum = 0.0;
        for (int i = 0; i < steps; ++i) {
            const double root =
                first + (last - first) * (std::min)(i, steps - 1 - i) / (steps - 1.0);
            variances->push_back(sum += root * root);
        }
        variances_ = std::move(variances);
    }

    static constexpr prior starts_from() { return prior::sigma; }
    double first_time() const { return 0.0; }
    double last_time() const { return static_cast<double>(variances_->size() - 1); }

    /// Throws fokker::error on a t outside of 0 .. steps - 1.
    knot at(double t) const {
        detail::require(t >= 0 && t <= last_time(), "time ", t,
                        " is outside of this path; 0 <= t <= ", last_time());
        const std::vector<double>& v = *variances_;
        const auto i = (std::min)(static_cast<std::size_t>(t), v.size() - 2);
        const double part = t - static_cast<double>(i);
        const double level = 1e-4 + (1.0 - 1e-4) * t / last_time();
        return {level * static_cast<double>(v.size()), 1.0,
                std::sqrt((1.0 - part) * v[i] + part * v[i + 1])};
    }

    /// Beyond the ends it is an end.
    double time(double lambda) const {
        const std::vector<double>& v = *variances_;
        const double wanted = std::exp(-2.0 * lambda);
        if (!(wanted > v.front())) return first_time();
        if (!(wanted < v.back())) return last_time();
        const auto above = std::upper_bound(v.begin(), v.end(), wanted);
        const auto i = static_cast<std::size_t>(above - v.begin()) - 1;
        return static_cast<double>(i) + (wanted - v[i]) / (v[i + 1] - v[i]);
    }

private:
    std::shared_ptr<const std::vector<double>> variances_;
};

}  // namespace fokker
