/// A grid: the walk of a sampler as a list of knots, from noise to data or, reversed, back.
#pragma once

#include <algorithm>
#include <cstddef>
#include <initializer_list>
#include <limits>
#include <memory>
#include <span>
#include <utility>
#include <vector>

#include <fokker/compiled.hpp>
#include <fokker/error.hpp>
#include <fokker/path/knot.hpp>
#include <fokker/path/knot_order.hpp>
#include <fokker/path/path.hpp>
#include <fokker/target.hpp>

namespace fokker::inline FOKKER_TARGET {

namespace detail {

class jumping_walk;

/// A grid without a path, where one is needed.
struct no_path : error {
    using error::error;
};
[[noreturn, gnu::cold, gnu::noinline]] inline void refuse_hand_made() {
    throw no_path(
        "fokker: knots between those of the grid are needed, and the grid was made by hand; make "
        "it as fokker::grid(knots, path), or with one of the grid functions such as "
        "fokker::karras(path, steps)");
}

/// What a grid keeps of the path that it was laid over.
struct any_path {
    virtual ~any_path() = default;
    virtual knot at(double time) const = 0;
    virtual double time(double lambda) const = 0;
};

template <diffusion_path Path>
struct held_path final : any_path {
    explicit held_path(Path p) : path(std::move(p)) {}
    knot at(double time) const override { return path.at(time); }
    double time(double lambda) const override { return path.time(lambda); }

    Path path;
};

}  // namespace detail

/// The knots of a run, noisiest first, and the path behind them when a schedule made them. A grid
/// of n + 1 knots is a walk of n steps, some of which may be jumps back to more noise (see
/// `restarted` and `resampled`). Throws fokker::error on fewer than two knots, numbers that
/// are not finite or negative, and knots whose lambda does not rise.
class grid {
public:
    grid(std::initializer_list<knot> knots) : grid(std::vector<knot>(knots)) {}

    explicit grid(std::vector<knot> knots) : knots_(std::move(knots)) { take(); }

    /// A hand-made walk on a known path, for solvers that need knots between those of the grid, or
    /// times. Copies of a grid share the path, whose functions several threads may then call at
    /// once.
    template <diffusion_path Path>
    grid(std::vector<knot> knots, Path path)
        : knots_(std::move(knots)),
          path_(std::make_shared<const detail::held_path<Path>>(std::move(path))) {
        take();
    }

    int steps() const { return static_cast<int>(knots_.size()) - 1; }
    std::size_t size() const { return knots_.size(); }
    const knot& operator[](std::size_t i) const { return knots_[i]; }
    const knot& front() const { return knots_.front(); }
    const knot& back() const { return knots_.back(); }
    /// Knot i as a solver sees it.
    const detail::grid_knot& walked(std::size_t i) const { return walked_[i]; }
    auto begin() const { return knots_.begin(); }
    auto end() const { return knots_.end(); }

    /// Whether the walk goes from data to noise: what `reversed` made.
    bool is_reversed() const { return reversed_; }

    /// Whether step i, from knot i to knot i + 1, is a jump back to more noise: the run draws the
    /// forward process there, and calls no network.
    bool is_jump(int i) const { return !jumps_.empty() && jumps_[static_cast<std::size_t>(i)]; }
    /// How many of the steps are jumps.
    int jumps() const { return static_cast<int>(std::count(jumps_.begin(), jumps_.end(), true)); }

    /// The knots at which a run on this grid may call the network: not at the end of a walk to the
    /// data, and not at clean data where a reversed one begins.
    std::span<const knot> network_knots() const {
        const std::span<const knot> all(knots_);
        if (!reversed_) return all.first(all.size() - 1);
        return front().sigma > 0 ? all : all.subspan(1);
    }

    /// Whether the grid knows its path, which knot_at, knot_at_time and time_at need.
    bool has_path() const { return path_ != nullptr; }

    /// The path's own knot with this lambda. Beyond the path's ends a discrete schedule returns its
    /// end, and a continuous path extrapolates.
    /// Throws fokker::error if the grid was made by hand, without a path.
    knot knot_at(double lambda) const {
        require_path();
        return path_->at(path_->time(lambda));
    }
    /// The path's own knot at this time. Throws as knot_at does.
    knot knot_at_time(double time) const {
        require_path();
        return path_->at(time);
    }
    /// The path's time with this lambda. Throws as knot_at does.
    double time_at(double lambda) const {
        require_path();
        return path_->time(lambda);
    }

    /// Throws fokker::error on a grid without a path, naming how to give it one.
    void require_path() const {
        if (!has_path()) detail::refuse_hand_made();
    }

    /// The same knots walked the other way: from data to noise, to find the noise of given data
    /// (see ddim_inversion). The reverse of a reversed grid is the grid. Throws fokker::error on a
    /// grid with jumps.
    grid reversed() const;

    /// The part of the walk from knot `first` on, for image-to-image. (To go on with a stopped run,
    /// and with its noise, see run::seek.) Throws fokker::error where the rest would jump back to
    /// before its beginning.
    grid from(int first) const;

    /// The part of the walk that diffusers' pipelines take for image-to-image of this strength in
    /// (0, 1]: the last strength * steps() steps. What is left of a whole step is dropped (Stable
    /// Diffusion), or taken for one (`count_part_of_a_step`: Flux, Stable Diffusion 3). Throws
    /// fokker::error if no step is left, and on a grid that is reversed or has jumps.
    grid from_strength(double strength, bool count_part_of_a_step = false) const;

    /// The part of the walk up to knot `last`: to stop early, or to hand over to another solver,
    /// which takes it `from(last)`.
    grid until(int last) const;

private:
    friend class detail::jumping_walk;

    void take();

    double time_of(const knot& k) const {
        return path_ && k.alpha > 0 && k.sigma > 0 ? path_->time(k.lambda())
                                                   : std::numeric_limits<double>::quiet_NaN();
    }

    std::vector<knot> knots_;
    std::vector<detail::grid_knot> walked_;         // the same
    std::shared_ptr<const detail::any_path> path_;  // null: made by hand
    std::vector<bool> jumps_;                       // of each step; empty where there is none
    bool reversed_ = false;
};

#ifdef FOKKER_BODIES

FOKKER_INLINE grid grid::reversed() const {
    detail::require(jumps_.empty(),
                    "a grid with jumps cannot be reversed; reverse the grid that restarted(..) "
                    "or resampled(..) was laid over");
    grid back = *this;
    std::reverse(back.knots_.begin(), back.knots_.end());
    std::reverse(back.walked_.begin(), back.walked_.end());
    back.reversed_ = !reversed_;
    return back;
}

FOKKER_INLINE grid grid::from(int first) const {
    detail::require(first >= 0 && first < steps(), "grid::from(", first, "): the grid has ",
                    steps(), " steps; start at 0 .. ", steps() - 1);
    grid rest = *this;
    rest.knots_.erase(rest.knots_.begin(), rest.knots_.begin() + first);
    rest.walked_.erase(rest.walked_.begin(), rest.walked_.begin() + first);
    if (jumps_.empty()) return rest;
    for (const knot& k : rest.knots_)
        detail::require(!detail::is_closer(rest.front(), k), "grid::from(", first,
                        "): later on the walk jumps back to before that knot; take the part "
                        "first and lay the jumps over it, as in resampled(grid.from(..))");
    rest.jumps_.erase(rest.jumps_.begin(), rest.jumps_.begin() + first);
    if (rest.jumps() == 0) rest.jumps_.clear();
    return rest;
}

FOKKER_INLINE grid grid::from_strength(double strength, bool count_part_of_a_step) const {
    detail::require(!reversed_,
                    "the grid is reversed, and strength counts from the data; write "
                    "grid.from_strength(..).reversed()");
    detail::require(jumps_.empty(),
                    "the grid has jumps, and strength counts the steps of one descent; lay the "
                    "jumps over the part, as in resampled(grid.from_strength(..))");
    detail::require(strength > 0 && strength <= 1, "strength is ", strength,
                    "; it must lie in (0, 1]");
    const double wanted = strength * steps();
    const int skipped = count_part_of_a_step ? static_cast<int>(steps() - wanted)
                                             : steps() - static_cast<int>(wanted);
    detail::require(skipped < steps(), "strength is ", strength, "; of ", steps(),
                    " steps not one is left; raise one of them");
    return from(skipped);
}

FOKKER_INLINE grid grid::until(int last) const {
    detail::require(last >= 1 && last <= steps(), "grid::until(", last, "): the grid has ", steps(),
                    " steps; stop at 1 .. ", steps());
    grid part = *this;
    const auto count = static_cast<std::ptrdiff_t>(last) + 1;
    part.knots_.erase(part.knots_.begin() + count, part.knots_.end());
    part.walked_.erase(part.walked_.begin() + count, part.walked_.end());
    if (!jumps_.empty()) part.jumps_.resize(static_cast<std::size_t>(last));
    if (part.jumps() == 0) part.jumps_.clear();
    return part;
}

FOKKER_INLINE void grid::take() {
    detail::check_knots(knots_, jumps_);
    walked_.clear();
    walked_.reserve(knots_.size());
    for (const knot& k : knots_) walked_.emplace_back(k, time_of(k));
}

#endif

}  // namespace fokker
