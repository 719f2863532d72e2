/// Resampling: a walk that goes back and forth, so that what it made of one part can harmonise with
/// another. Lugmayr et al. 2022 (RePaint).
#pragma once

#include <cstddef>
#include <utility>
#include <vector>

#include <fokker/error.hpp>
#include <fokker/path/grid.hpp>
#include <fokker/path/grids/jumps.hpp>
#include <fokker/target.hpp>

namespace fokker::inline FOKKER_TARGET {

/// Options of `resampled`, in RePaint's names.
struct resample_options {
    int jump_length = 10;   ///< knots that a jump goes back: j
    int jump_samples = 10;  ///< how often each part is walked: r; 1 is the plain grid
};

/// The grid with jumps: at every jump_length-th knot, counted from the last noisy one, the walk
/// jumps jump_length knots back and walks them once more, jump_samples - 1 times, before it goes
/// on. Lugmayr et al. 2022, Algorithm 1 and figure 9, in the order of their code; the jumps of
/// single knots that they make there are one jump here, and one draw. n steps become
/// n + (jump_samples - 1) c (jump_length + 1), of which (jump_samples - 1) c are jumps, with
/// c = ceil((n - jump_length) / jump_length). Throws fokker::error on options below 1, where no
/// jump fits into the grid, on more than 2^24 - 1 steps in all, and on a grid that is reversed or
/// has jumps.
inline grid resampled(const grid& walk, resample_options options = {}) {
    const int n = walk.steps(), length = options.jump_length;
    detail::require_plain_grid(walk);
    detail::require(length >= 1, "jump_length is ", length, "; a jump goes back at least one knot");
    detail::require(options.jump_samples >= 1, "jump_samples is ", options.jump_samples,
                    "; each part is walked at least once");
    detail::require(length < n || options.jump_samples == 1, "jump_length is ", length,
                    ", and the grid has ", n, " steps, so that no jump fits; take a shorter one");
    const int parts = (n - 1) / length;  // that are walked again
    detail::require_walk_of(n + (options.jump_samples - 1.0) * parts * (length + 1.0));
    detail::jumping_walk made(walk);
    // Times count the noisy knots from the data end, n - 1 .. 0, as the authors' schedule does; the
    // end of the walk is at -1.
    const auto at = [&](int time) { return walk[static_cast<std::size_t>(n - 1 - time)]; };
    std::vector<int> jumps_left(static_cast<std::size_t>(n), 0);
    for (int time = 0; time < n - length; time += length)
        jumps_left[static_cast<std::size_t>(time)] = options.jump_samples - 1;
    for (int time = n - 1; time >= 0;) {
        made.step_to(at(--time));
        if (time < 0 || jumps_left[static_cast<std::size_t>(time)] == 0) continue;
        --jumps_left[static_cast<std::size_t>(time)];
        time += length;
        made.jump_to(at(time));
    }
    return std::move(made).made();
}

}  // namespace fokker
