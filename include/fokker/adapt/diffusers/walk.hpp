/// The knots of a scheduler's walk.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <utility>
#include <vector>

#include <fokker/adapt/diffusers/detail.hpp>
#include <fokker/adapt/diffusers/settings.hpp>
#include <fokker/adapt/diffusers/timesteps.hpp>
#include <fokker/path/grid.hpp>
#include <fokker/path/knot.hpp>
#include <fokker/path/prior.hpp>
#include <fokker/target.hpp>

namespace fokker::inline FOKKER_TARGET::diffusers::detail {

/// A knot where alpha^2 + sigma^2 = 1.
inline knot knot_of_alpha_bar(double label, double bar) {
    return {label, std::sqrt(bar), std::sqrt(1.0 - bar)};
}

/// A knot with alpha = 1.
inline knot knot_of_sigma(double label, double sigma) { return {label, 1.0, sigma}; }

/// Some schedulers have steps of no length, for which they call the network nevertheless. A grid
/// has no such steps, so they get the length of a rounding, several of them in a row, too.
inline std::vector<knot> without_standstill(std::vector<knot> knots) {
    for (std::size_t i = 1; i < knots.size(); ++i) {
        knot& k = knots[i];
        const knot& before = knots[i - 1];
        if (k.alpha == before.alpha && std::abs(k.sigma - before.sigma) <= 1e-12 * k.sigma)
            k.sigma = before.sigma * (1.0 - 1e-14);
    }
    return knots;
}

/// The first step of image to image with this strength, as pipelines count: the last
/// trunc(steps * strength) steps are left. The pipelines of flows count a part of a step as one.
inline int first_step(const settings& s, const timesteps& asked, int steps,
                      bool counts_part = false) {
    s.require(asked.strength > 0 && asked.strength <= 1, "strength is ", asked.strength,
              "; it must lie in (0, 1]");
    const double wanted = steps * asked.strength;
    const int left = counts_part ? steps - static_cast<int>((std::max)(steps - wanted, 0.0))
                                 : (std::min)(static_cast<int>(wanted), steps);
    s.require(left > 0, "strength is ", asked.strength, "; of ", steps,
              " steps not one is left; raise one of them");
    return steps - left;
}

}  // namespace fokker::diffusers::detail
