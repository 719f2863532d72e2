/// The paths on a circle: alpha a cosine, sigma what is left of the variance.
#pragma once

#include <cmath>
#include <numbers>

#include <fokker/error.hpp>
#include <fokker/finite.hpp>
#include <fokker/path/knot.hpp>
#include <fokker/path/prior.hpp>
#include <fokker/target.hpp>

namespace fokker::inline FOKKER_TARGET {

/// alpha(t) = cos(angle(t)) / cos(angle(0)), angle(t) = (t + offset) / (1 + offset) pi / 2,
/// sigma^2 = 1 - alpha^2, t in [0, 1]: Nichol & Dhariwal 2021, eq. 17, in continuous time. The
/// label is t. `time_max` keeps clear of alpha = 0, as in Lu et al. 2022 (DPM-Solver, D.2). With
/// offset = 0 alpha = cos(pi t / 2) and sigma = sin(pi t / 2): Salimans & Ho 2022.
struct cosine_path {
    double offset = 0.008;
    double time_min = 1e-3;
    double time_max = 0.9946;

    static constexpr prior starts_from() { return prior::standard; }
    double first_time() const { return time_min; }
    double last_time() const { return time_max; }

    /// Throws fokker::error on t outside of [0, 1], and on an offset that is negative.
    knot at(double t) const {
        detail::require(offset >= 0 && detail::is_finite(offset), "offset is ", offset,
                        "; it must not be negative");
        detail::require(detail::is_finite(t) && t >= 0 && t <= 1, "time ", t,
                        " is outside of this path; 0 <= t <= 1");
        const double angle = (t + offset) * per_time(), start = std::cos(first_angle());
        // cos(start)^2 - cos(angle)^2 is this product of sines: nothing cancels.
        const double square = std::sin(t * per_time()) * std::sin(angle + first_angle());
        // A right angle in floating point has a cosine of 6e-17; at the end there is no signal.
        const double alpha = t == 1 ? 0.0 : std::cos(angle) / start;
        return {t, alpha, std::sqrt(square > 0 ? square : 0.0) / start};
    }

    double time(double lambda) const {
        const double c = std::cos(first_angle()), s = std::sin(first_angle());
        const double alpha = lambda > 0
                                 ? 1.0 / std::sqrt(1.0 + std::exp(-2.0 * lambda))
                                 : std::exp(lambda) / std::sqrt(1.0 + std::exp(2.0 * lambda));
        const double sigma = lambda > 0
                                 ? std::exp(-lambda) / std::sqrt(1.0 + std::exp(-2.0 * lambda))
                                 : 1.0 / std::sqrt(1.0 + std::exp(2.0 * lambda));
        if (sigma == 0) return 0.0;
        const double sine = std::hypot(s, sigma * c), cosine = alpha * c;
        // The sine of the angle from the start, again as a product; beyond a right angle's middle
        // the difference of the angles is as good.
        const double angle = std::atan2(sine, cosine);
        const double away = sigma * c * sigma * c / std::sin(angle + first_angle());
        return (alpha > 0.9 ? std::asin(away) : angle - first_angle()) / per_time();
    }

private:
    double per_time() const { return 0.5 * std::numbers::pi / (1.0 + offset); }
    double first_angle() const { return offset * per_time(); }
};

/// alpha = cos(t), sigma = sin(t), t in [0, pi / 2]: Albergo et al. 2023, Lu & Song 2024
/// (TrigFlow). The label is t, an angle. Their data have the standard deviation sigma_data; divide
/// by it before, and multiply afterwards.
struct trigflow_path {
    double time_min = 1e-3;
    double time_max = 0.5 * std::numbers::pi;

    static constexpr prior starts_from() { return prior::standard; }
    double first_time() const { return time_min; }
    double last_time() const { return time_max; }

    /// Throws fokker::error on t outside of [0, pi / 2].
    knot at(double t) const {
        detail::require(detail::is_finite(t) && t >= 0 && t <= 0.5 * std::numbers::pi, "time ", t,
                        " is outside of this path; 0 <= t <= pi / 2");
        // At the end there is no signal, though the cosine of the double next to pi / 2 is 6e-17.
        return {t, t == 0.5 * std::numbers::pi ? 0.0 : std::cos(t), std::sin(t)};
    }
    double time(double lambda) const {
        return lambda > 0 ? std::atan(std::exp(-lambda))
                          : 0.5 * std::numbers::pi - std::atan(std::exp(lambda));
    }
};

}  // namespace fokker
