/// Walks that jump back to more noise: how the functions that make them put one together.
#pragma once

#include <algorithm>
#include <utility>
#include <vector>

#include <fokker/error.hpp>
#include <fokker/path/grid.hpp>
#include <fokker/path/knot.hpp>
#include <fokker/path/knot_order.hpp>
#include <fokker/target.hpp>

FOKKER_MAY_SHADOW

namespace fokker::inline FOKKER_TARGET::detail {

/// Throws fokker::error on a grid over which no jumps can be laid.
inline void require_plain_grid(const grid& walk) {
    require(!walk.is_reversed(),
            "a walk with jumps goes to the data, and the grid is reversed; lay the jumps over the "
            "grid that it was the reverse of");
    require(walk.jumps() == 0,
            "the grid has jumps already; name all intervals of a restart in one list, and take "
            "either restarted(..) or resampled(..)");
}

/// Throws fokker::error on more steps than a grid has, before memory is taken for them.
inline void require_walk_of(double steps) {
    require(steps <= most_steps, "with its jumps the walk has ", steps,
            " steps, and a grid has at most ", most_steps, "; jump less often");
}

/// A walk in the making, over the knots of a plain one and others of its path. It begins at the
/// plain one's first knot.
class jumping_walk {
public:
    explicit jumping_walk(const grid& plain) : plain_(plain), knots_{plain.front()} {
        plain.require_one_path("a walk with jumps");
    }

    void step_to(const knot& k) { go_to(k, false); }
    void jump_to(const knot& k) { go_to(k, true); }

    /// The grid; without jumps it is a plain one.
    grid made() && {
        if (std::count(jumps_.begin(), jumps_.end(), true) == 0) jumps_.clear();
        return {std::move(knots_), std::move(jumps_), plain_.content_->path, plain_.prior()};
    }

private:
    void go_to(const knot& k, bool jump) {
        knots_.push_back(k);
        jumps_.push_back(jump);
    }

    grid plain_;
    std::vector<knot> knots_;
    std::vector<bool> jumps_;
};

}  // namespace fokker::detail

FOKKER_END_MAY_SHADOW
