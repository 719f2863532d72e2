/// Paths of their own for the elements of a sample: what a grid knows of them beside its own knots.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include <fokker/compiled.hpp>
#include <fokker/error.hpp>
#include <fokker/finite.hpp>
#include <fokker/path/knot.hpp>
#include <fokker/path/knot_order.hpp>
#include <fokker/target.hpp>

FOKKER_MAY_SHADOW

namespace fokker::inline FOKKER_TARGET::detail {

namespace types {

/// For each element of a sample the number of its path, and for each path alpha and sigma at the
/// knots of a grid. Path 0 is the grid's own, of which nothing stands here.
class element_paths {
public:
    struct level {
        double alpha, sigma;
    };

    /// `levels` are those of the paths 1 .. paths at the first knot, then at the second, and so on.
    element_paths(std::vector<std::uint32_t> path_of, std::size_t paths, std::vector<level> levels)
        : path_of_(std::move(path_of)), paths_(paths), levels_(std::move(levels)) {}

    /// Elements of a sample, and for each its path.
    std::size_t elements() const { return path_of_.size(); }
    const std::vector<std::uint32_t>& path_of() const { return path_of_; }
    /// Paths beside the grid's own.
    std::size_t paths() const { return paths_; }
    const std::vector<level>& levels() const { return levels_; }

    /// Knot i of a path, which the grid has as `own`.
    knot at(std::size_t path, std::size_t i, const knot& own) const {
        if (path == 0) return own;
        const level& l = levels_[i * paths_ + path - 1];
        return {own.t, l.alpha, l.sigma};
    }

    element_paths part(std::size_t first, std::size_t last) const;
    element_paths reversed() const;

    /// Throws fokker::error where a path has no knot or does not come closer to the data with each
    /// step, and where it is clean or pure noise and the grid is not, or the other way.
    void check(const std::vector<knot>& own) const;

private:
    std::vector<std::uint32_t> path_of_;
    std::size_t paths_;
    std::vector<level> levels_;
};

}  // namespace types
using types::element_paths;

#ifdef FOKKER_BODIES

namespace types {

FOKKER_INLINE element_paths element_paths::part(std::size_t first, std::size_t last) const {
    const auto begin = levels_.begin() + static_cast<std::ptrdiff_t>(first * paths_),
               end = levels_.begin() + static_cast<std::ptrdiff_t>((last + 1) * paths_);
    return {path_of_, paths_, {begin, end}};
}

FOKKER_INLINE element_paths element_paths::reversed() const {
    std::vector<level> back;
    back.reserve(levels_.size());
    for (std::size_t end = levels_.size(); end > 0; end -= paths_)
        back.insert(back.end(), levels_.begin() + static_cast<std::ptrdiff_t>(end - paths_),
                    levels_.begin() + static_cast<std::ptrdiff_t>(end));
    return {path_of_, paths_, std::move(back)};
}

FOKKER_INLINE void element_paths::check(const std::vector<knot>& own) const {
    require(!path_of_.empty(), "the paths of the elements are those of no element");
    for (std::size_t i = 0; i < path_of_.size(); ++i)
        require(path_of_[i] <= paths_, "element ", i, " has the path ", path_of_[i],
                ", and there are ", paths_, " beside the grid's own");
    require(levels_.size() == own.size() * paths_, "the paths of the elements have ",
            levels_.size(), " levels, and ", paths_, " paths at ", own.size(), " knots have ",
            own.size() * paths_);
    for (std::size_t p = 1; p <= paths_; ++p)
        for (std::size_t i = 0; i < own.size(); ++i) {
            const knot k = at(p, i, own[i]);
            require(is_finite(k.alpha) && is_finite(k.sigma) && k.alpha >= 0 && k.sigma >= 0 &&
                        (k.alpha > 0) == (own[i].alpha > 0) && (k.sigma > 0) == (own[i].sigma > 0),
                    "path ", p, " of the elements has {alpha = ", k.alpha, ", sigma = ", k.sigma,
                    "} at knot ", i, ", where the grid has {alpha = ", own[i].alpha,
                    ", sigma = ", own[i].sigma,
                    "}; both must be finite and not negative, and 0 where those of the grid are");
            require(i == 0 || is_closer(k, at(p, i - 1, own[i - 1])), "path ", p,
                    " of the elements is not closer to the data at knot ", i, " {alpha = ", k.alpha,
                    ", sigma = ", k.sigma, "} than at knot ", i - 1,
                    "; alpha / sigma must rise along the grid");
        }
}

}  // namespace types

#endif

}  // namespace fokker::detail

FOKKER_END_MAY_SHADOW
