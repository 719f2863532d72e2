/// The error of a fit, and its sums over samples.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>

#include <fokker/target.hpp>

FOKKER_MAY_SHADOW

namespace fokker::inline FOKKER_TARGET {

/// How far the ends of a few steps are from those of the fine walk: root mean square over all
/// elements, in units of the data.
struct fit_error {
    /// Over the samples that were held out of the fit, and its standard error.
    double held_out = 0.0;
    double standard_error = 0.0;
    /// Over the samples that were fitted.
    double fitted = 0.0;
};

namespace detail {

/// Whether a fit does not see this sample: one in each four, at places that follow the golden
/// ratio. Every fourth one would miss some of the conditions that take turns, such as classes.
inline bool is_held_out(std::uint64_t sample) {
    return sample % 4 == (sample / 4 * 0x9e3779b97f4a7c15U) >> 62;
}

/// Adds up the mean squares of single samples.
class fit_error_sums {
public:
    void add(bool is_held_out, double mean_square) {
        (is_held_out ? held_ : fitted_).add(mean_square);
    }
    fit_error error() const {
        const double held = held_.mean(), root = std::sqrt(held);
        // d sqrt(m) = dm / (2 sqrt(m)).
        return {root, root > 0 ? 0.5 * held_.standard_error() / root : 0.0,
                std::sqrt(fitted_.mean())};
    }

private:
    struct sums {
        double count = 0.0, sum = 0.0, squares = 0.0;

        void add(double value) {
            count += 1.0;
            sum += value;
            squares += value * value;
        }
        double mean() const { return sum / count; }
        /// Of the mean; it needs two samples.
        double standard_error() const {
            return std::sqrt((std::max)(0.0, squares / count - mean() * mean()) / (count - 1.0));
        }
    };
    sums held_, fitted_;
};

}  // namespace detail

}  // namespace fokker

FOKKER_END_MAY_SHADOW
