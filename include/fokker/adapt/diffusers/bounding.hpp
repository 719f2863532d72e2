/// The keys that bound the data prediction.
#pragma once

#include <limits>

#include <fokker/adapt/diffusers/detail.hpp>
#include <fokker/adapt/diffusers/plan.hpp>
#include <fokker/adapt/diffusers/settings.hpp>
#include <fokker/model/bounds.hpp>
#include <fokker/target.hpp>

namespace fokker::inline FOKKER_TARGET::diffusers::detail {

/// `thresholding`, which goes before `clip_sample`. Its threshold is held to [1, sample_max_value],
/// so that the default of 1 clips to [-1, 1]; below 1 it is sample_max_value, and what it clips is
/// stretched to [-1, 1]. Throws fokker::error on a value that makes no sense.
inline bounds threshold_of(const settings& s) {
    if (!s.flag("thresholding")) return {};
    const double quantile = s.number("dynamic_thresholding_ratio"),
                 max = s.number("sample_max_value");
    s.require_of("dynamic_thresholding_ratio", quantile >= 0 && quantile <= 1,
                 "it must lie in [0, 1]");
    s.require_of("sample_max_value", max > 0, "it must be positive");
    return detail::dynamic_threshold{quantile, max};
}

inline bounds clip_of(const settings& s, clipped_noise noise = clipped_noise::follows_data) {
    if (!s.flag("clip_sample")) return {};
    const double range = s.number("clip_sample_range");
    s.require_of("clip_sample_range", range > 0, "it must be positive");
    return detail::fixed_bounds{-range, range, noise};
}

inline bounds bounds_of(const settings& s, clipped_noise noise = clipped_noise::follows_data) {
    return s.flag("thresholding") ? threshold_of(s) : clip_of(s, noise);
}

}  // namespace fokker::diffusers::detail
