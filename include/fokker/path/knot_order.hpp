/// Which knots make a walk.
#pragma once

#include <cstddef>
#include <vector>

#include <fokker/compiled.hpp>
#include <fokker/error.hpp>
#include <fokker/finite.hpp>
#include <fokker/path/knot.hpp>
#include <fokker/target.hpp>

namespace fokker::inline FOKKER_TARGET::detail {

/// The longest walk: draws of noise are numbered in 32 bits, 256 for the prior and for each step.
inline constexpr int most_steps = (1 << 24) - 1;

/// Throws fokker::error on more than most_steps of what `name` counts. It is asked before memory is
/// taken for them.
void require_few_enough(const char* name, std::size_t count);

/// Whether a is closer to the data than b: its lambda is above, without a division by 0.
inline bool is_closer(const knot& a, const knot& b) {
    return a.alpha * b.sigma > b.alpha * a.sigma;
}

/// Throws fokker::error on fewer than two knots, more than most_steps + 1, numbers that are not
/// finite or negative, and knots whose lambda does not rise, but for steps that are jumps.
void check_knots(const std::vector<knot>& knots, const std::vector<bool>& jumps);

#ifdef FOKKER_BODIES

FOKKER_NEVER_INLINE FOKKER_INLINE void require_few_enough(const char* name, std::size_t count) {
    require(count <= most_steps, name, " is ", count, ", and can be ", most_steps, " at most");
}

FOKKER_INLINE void check_knots(const std::vector<knot>& knots, const std::vector<bool>& jumps) {
    require(knots.size() >= 2, "a grid needs at least two knots (one step), and got ",
            knots.size());
    require(knots.size() <= std::size_t{most_steps} + 1, "a grid has at most ", most_steps + 1,
            " knots, as there are no numbers for the noise of more steps, and got ", knots.size());
    for (std::size_t i = 0; i < knots.size(); ++i) {
        const knot& k = knots[i];
        require(is_finite(k.t) && is_finite(k.alpha) && is_finite(k.sigma) && k.alpha >= 0 &&
                    k.sigma >= 0 && k.alpha + k.sigma > 0,
                "knot ", i, " of the grid is {t = ", k.t, ", alpha = ", k.alpha,
                ", sigma = ", k.sigma,
                "}; alpha and sigma must be finite, not negative and not both zero");
        const bool may_fall = i == 0 || (!jumps.empty() && jumps[i - 1]);
        require(may_fall || is_closer(k, knots[i - 1]), "knot ", i, " of the grid {t = ", k.t,
                ", alpha = ", k.alpha, ", sigma = ", k.sigma,
                "} is not closer to the data than knot ", i - 1,
                "; order the knots from noise to data, alpha / sigma rising, none twice");
    }
}

#endif

}  // namespace fokker::detail
