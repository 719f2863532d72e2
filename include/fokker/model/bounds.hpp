/// Bounds on the data prediction: none, fixed ones, or dynamic thresholding.
#pragma once

#include <limits>

#include <fokker/error.hpp>
#include <fokker/finite.hpp>
#include <fokker/target.hpp>

namespace fokker::inline FOKKER_TARGET {

/// The noise prediction of a model whose data prediction D is clipped. `follows_data`: that of D,
/// (x - alpha D) / sigma, so that x = alpha D + sigma eps_hat. `as_predicted`: what the network
/// says, as diffusers' DDIM has it unless use_clipped_model_output is set.
enum class clipped_noise { follows_data, as_predicted };

namespace detail {

namespace types {

/// The data prediction as the network has it.
struct no_bounds {};

/// Every element within [low, high]; folded into the sweep that reads the prediction.
struct fixed_bounds {
    double low, high;
    clipped_noise noise = clipped_noise::follows_data;
};

/// Dynamic thresholding, Saharia et al. 2022 (Imagen), section 2.3: s is the quantile of |D| in
/// each sample, held to [1, max], and D becomes clamp(D, -s, s) / s.
struct dynamic_threshold {
    double quantile = 0.995;
    double max = (std::numeric_limits<double>::max)();
};

}  // namespace types
using types::no_bounds, types::fixed_bounds, types::dynamic_threshold;

inline void require_bounds(double lower, double upper) {
    require(!is_nan(lower) && !is_nan(upper) && lower < upper, "clipped(", lower, ", ", upper,
            "): the lower bound must be below the upper one");
}

inline void require_threshold(double quantile, double max) {
    require(is_finite(quantile) && quantile >= 0 && quantile <= 1, "thresholded(", quantile,
            ", ..): the quantile must lie between 0 and 1; 0.995 is usual");
    require(!is_nan(max) && max >= 1, "thresholded(.., ", max,
            "): the largest threshold must be at least 1; 1 is clipping to [-1, 1]");
}

}  // namespace detail

}  // namespace fokker
