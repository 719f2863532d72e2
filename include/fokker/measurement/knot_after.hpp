/// Where the step of a walk leads to that begins at a knot.
#pragma once

#include <cstddef>

#include <fokker/error.hpp>
#include <fokker/path/grid.hpp>
#include <fokker/path/knot.hpp>
#include <fokker/target.hpp>

FOKKER_MAY_SHADOW

namespace fokker::inline FOKKER_TARGET::detail {

/// The knot after `begin` in the walk, for a correction whose rule needs both ends of a step.
/// Throws fokker::error where the walk has no step from there, and where steps from there lead to
/// different knots.
inline const knot& knot_after(const grid& walk, const knot& begin, const char* method) {
    const knot* found = nullptr;
    for (std::size_t i = 0; i + 1 < walk.size(); ++i) {
        if (walk[i].alpha != begin.alpha || walk[i].sigma != begin.sigma ||
            walk.is_jump(static_cast<int>(i)))
            continue;
        const knot& next = walk[i + 1];
        require(!found || (found->alpha == next.alpha && found->sigma == next.sigma), method,
                " is given a walk with steps to different knots from t = ", begin.t,
                "; its rule needs one");
        found = &next;
    }
    require(found != nullptr, method, " corrects the prediction at t = ", begin.t,
            ", sigma = ", begin.sigma,
            ", which is no knot of its walk; take a solver that calls the network at the knots "
            "alone, such as fokker::ddpm{}");
    return *found;
}

/// Refuses a run on another walk than a correction was made for.
inline void require_walk(const grid& own, const grid& walk, const char* method) {
    require(!walk.is_reversed(), method,
            " goes with the noise falling, and the grid is reversed; pass the grid as it was");
    bool is_same = own.size() == walk.size();
    for (std::size_t i = 0; is_same && i < own.size(); ++i)
        is_same = own[i].alpha == walk[i].alpha && own[i].sigma == walk[i].sigma;
    require(is_same, method,
            " was made for another grid than that of the run; give both the same one");
}

}  // namespace fokker::detail

FOKKER_END_MAY_SHADOW
