/// Whether a knot is one of a path's own.
#pragma once

#include <algorithm>
#include <cmath>

#include <fokker/path/knot.hpp>
#include <fokker/path/path.hpp>
#include <fokker/target.hpp>

FOKKER_MAY_SHADOW

namespace fokker::inline FOKKER_TARGET::detail {

/// Whether the path has this knot, and hands the network this label there. The time comes from
/// lambda and may be off by rounding; where a rounded label jumps, those a billionth of the path to
/// either side are accepted, too.
template <diffusion_path Path>
bool is_on_path(const knot& k, const Path& path) {
    const double first = path.first_time(), last = path.last_time();
    const double time = path.time(k.lambda()), slack = 1e-9 * (last - first);
    const auto at = [&](double t) { return path.at(std::clamp(t, first, last)); };
    const auto is_near = [](double a, double b, double size) {
        return std::abs(a - b) <= 1e-9 * size;
    };
    const knot own = at(time);
    const auto [low, high] = std::minmax({at(time - slack).t, at(time + slack).t});
    const double size = (std::max)(k.alpha, k.sigma);
    return is_near(own.alpha, k.alpha, size) && is_near(own.sigma, k.sigma, size) &&
           (is_near(k.t, own.t, std::abs(own.t)) || (low <= k.t && k.t <= high));
}

}  // namespace fokker::detail

FOKKER_END_MAY_SHADOW
