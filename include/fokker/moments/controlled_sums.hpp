/// A mean with a control variate, as running sums.
#pragma once

#include <algorithm>
#include <cmath>
#include <limits>

#include <fokker/target.hpp>

namespace fokker::inline FOKKER_TARGET::detail {

/// Sums of numbers y, and of a control u beside each whose mean is known to be 1. Here y is
/// eps_hat^2 or a residual's, and u the square of the noise itself: where the network finds nearly
/// all of the noise, at large t, the chance of the draw cancels, and it is there that sigma^2 /
/// alpha^2 multiplies every error of Gamma.
struct controlled_sums {
    double count = 0, y = 0, u = 0, yy = 0, uu = 0, yu = 0;

    void add(double number, double control) {
        ++count;
        y += number;
        u += control;
        yy += number * number;
        uu += control * control;
        yu += number * control;
    }

    /// How much of the control goes into the mean: what leaves the least variance.
    double slope() const {
        const double variance = of(uu, u, u);
        return variance > 0 ? of(yu, y, u) / variance : 0.0;
    }

    double mean(double slope) const {
        return (std::max)(0.0, y / count - slope * (u / count - 1.0));
    }

    /// Of the mean, if what was added is independent of each other. Infinite below two numbers.
    double standard_error(double slope) const {
        if (count < 2) return std::numeric_limits<double>::infinity();
        const double left = of(yy, y, y) - 2 * slope * of(yu, y, u) + slope * slope * of(uu, u, u);
        return std::sqrt((std::max)(0.0, left) / (count - 1));
    }

private:
    double of(double ab, double a, double b) const { return ab / count - a / count * b / count; }
};

}  // namespace fokker::detail
