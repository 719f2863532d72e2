/// A grid: the walk of a sampler as a list of knots, from noise to data or, reversed, back.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <initializer_list>
#include <limits>
#include <memory>
#include <span>
#include <type_traits>
#include <utility>
#include <vector>

#include <fokker/compiled.hpp>
#include <fokker/error.hpp>
#include <fokker/finite.hpp>
#include <fokker/path/element_paths.hpp>
#include <fokker/path/knot.hpp>
#include <fokker/path/knot_order.hpp>
#include <fokker/path/path.hpp>
#include <fokker/path/prior.hpp>
#include <fokker/target.hpp>

FOKKER_MAY_SHADOW

namespace fokker::inline FOKKER_TARGET {

namespace detail {

class jumping_walk;

/// A grid without a path, where one is needed.
struct no_path : error {
    using error::error;
};
[[noreturn]] FOKKER_COLD FOKKER_NEVER_INLINE inline void refuse_hand_made() {
    throw no_path(
        "fokker: knots between those of the grid are needed, and the grid was made by hand; make "
        "it as fokker::grid(knots, path), or with one of the grid functions such as "
        "fokker::karras(path, steps)");
}
[[noreturn]] FOKKER_COLD FOKKER_NEVER_INLINE inline void refuse_between_elements() {
    throw no_path(
        "fokker: knots between those of the grid are needed, and its elements have paths of their "
        "own, which are elsewhere at different times; take a solver that goes by the grid's knots "
        "alone, such as fokker::ddpm{}, fokker::ddim{} or fokker::dpm_solver_pp{}");
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
/// `restarted` and `resampled`). It never changes: copies share the knots, so that a copy allocates
/// nothing, and several threads may read one. Throws fokker::error on fewer than two knots, numbers
/// that are not finite or negative, and knots whose lambda does not rise.
class grid {
public:
    grid(std::initializer_list<knot> knots) : grid(std::vector<knot>(knots)) {}

    /// A hand-made walk. It has no path, and so starts from prior::sigma.
    explicit grid(std::vector<knot> knots) : grid(std::move(knots), {}, nullptr, prior::sigma) {}

    /// A hand-made walk on a known path, for solvers that need knots between those of the grid, or
    /// times. Copies of a grid share the path, whose functions several threads may then call at
    /// once.
    template <diffusion_path Path>
    grid(std::vector<knot> knots, Path path)
        : grid(std::move(knots), std::make_shared<const detail::held_path<Path>>(std::move(path))) {
    }

    // To move is to copy, which costs as little: what was moved from is still a grid.
    grid(const grid&) = default;
    grid& operator=(const grid&) = default;
    ~grid() = default;

    int steps() const { return static_cast<int>(knots().size()) - 1; }
    std::size_t size() const { return knots().size(); }
    const knot& operator[](std::size_t i) const { return knots()[i]; }
    const knot& front() const { return knots().front(); }
    const knot& back() const { return knots().back(); }
    /// Knot i as a solver sees it.
    const detail::grid_knot& walked(std::size_t i) const { return content_->walked[i]; }

    auto begin() const { return knots().begin(); }
    auto end() const { return knots().end(); }

    /// Whether the walk goes from data to noise: what `reversed` made.
    bool is_reversed() const { return content_->reversed; }

    /// Whether step i, from knot i to knot i + 1, is a jump back to more noise: the run draws the
    /// forward process there, and calls no network.
    bool is_jump(int i) const {
        return !content_->jumps.empty() && content_->jumps[static_cast<std::size_t>(i)];
    }
    /// How many of the steps are jumps.
    int jumps() const { return content_->jump_count; }

    /// The knots at which a run on this grid may call the network: not at the end of a walk to the
    /// data, and not at clean data where a reversed one begins.
    std::span<const knot> network_knots() const {
        const std::span<const knot> all(knots());
        if (!is_reversed()) return all.first(all.size() - 1);
        return front().sigma > 0 ? all : all.subspan(1);
    }

    /// What `sample` and run::start_from_prior start from, and the variational bound ends at: what
    /// the path says, or with_prior. A part of a walk keeps it.
    fokker::prior prior() const { return prior_; }
    /// Its standard deviation, at this grid's first knot.
    double prior_std() const { return detail::prior_std(prior_, front()); }
    /// The same walk from another prior, such as prior::sigma, from which k-diffusion starts.
    grid with_prior(fokker::prior from) const {
        grid other = *this;
        other.prior_ = from;
        return other;
    }

    /// Whether the grid knows its path, which knot_at, knot_at_time and time_at need.
    bool has_path() const { return content_->path != nullptr; }

    /// The path's own knot with this lambda. Beyond the path's ends a discrete schedule returns its
    /// end, and a continuous path extrapolates.
    /// Throws fokker::error if the grid was made by hand, without a path.
    knot knot_at(double lambda) const {
        require_path();
        return content_->path->at(content_->path->time(lambda));
    }
    /// The path's own knot at this time. Throws as knot_at does.
    knot knot_at_time(double time) const {
        require_path();
        return content_->path->at(time);
    }
    /// The path's time with this lambda. Throws as knot_at does.
    double time_at(double lambda) const {
        require_path();
        return content_->path->time(lambda);
    }

    /// Throws fokker::error on a grid without a path, naming how to give it one.
    void require_path() const {
        if (has_path()) return;
        if (content_->elements) detail::refuse_between_elements();
        detail::refuse_hand_made();
    }

    /// The same walk where the elements of a sample have paths of their own. It has no path
    /// between its knots. Throws fokker::error on a grid that is reversed or has jumps, and as
    /// element_paths::check does.
    grid with_element_paths(detail::element_paths paths) const;
    /// They, or null where all elements go along the grid's own.
    const detail::element_paths* element_paths() const { return content_->elements.get(); }
    /// Throws fokker::error if they have such, of which what is named here knows nothing.
    void require_one_path(const char* name) const {
        detail::require(!content_->elements, name,
                        " goes by one path for all elements, and on this grid the elements of a "
                        "sample have paths of their own; pass the grid that they were given to");
    }

    /// The same knots walked the other way: from data to noise, to find the noise of given data
    /// (see ddim_inversion). The reverse of a reversed grid is the grid. Throws fokker::error on a
    /// grid with jumps.
    grid reversed() const;

    /// A walk over other knots of the same path, from the same prior. Throws fokker::error on a
    /// grid that is reversed, has jumps or element paths, and on knots that a grid refuses.
    grid with_knots(std::vector<knot> knots) const;

    /// The part of the walk from knot `first` on, for image-to-image. (To go on with a stopped run,
    /// and with its noise, see run::seek.) Throws fokker::error where the rest would jump back to
    /// before its beginning.
    grid from(int first) const;

    /// The part of the walk that diffusers' pipelines take for image-to-image of this strength in
    /// (0, 1]: the last strength * steps() steps. What is left of a whole step is dropped (Stable
    /// Diffusion), or taken for one (`count_part_of_a_step`: Flux, Stable Diffusion 3); a product
    /// that misses a whole number by no more than a float's rounding is that number. Throws
    /// fokker::error if no step is left, and on a grid that is reversed or has jumps.
    grid from_strength(double strength, bool count_part_of_a_step = false) const;

    /// The part of the walk on which the flow ODE can be followed both ways: without the knot with
    /// sigma = 0 at the clean end, to which all noise leads, and without the one with alpha = 0 at
    /// the noisy end, from which all data come. The grid itself where it has neither. In either
    /// direction. Throws fokker::error where no step is left, and on a grid with jumps.
    grid invertible_part() const;
    /// The walk without its knot at alpha = 0, if it has one: from where `encode` ends to the
    /// grid's own clean end. Throws fokker::error where no step is left.
    grid without_pure_noise() const;

    /// The part of the walk up to knot `last`: to stop early, or to hand over to another solver,
    /// which takes it `from(last)`.
    grid until(int last) const;

    /// The part from the first knot on that has no more noise than this sigma. It begins at a knot
    /// of this grid, so up to a step below the level; karras(path, n, {.sigma_max = ..}) and its
    /// sisters begin at a level itself. Throws fokker::error on a level above the first knot's,
    /// where no step is left, and on a reversed grid.
    grid from_noise_level(double sigma) const;
    /// The same for sigma / alpha, which EDM and k-diffusion call sigma.
    grid from_noise_to_signal(double ratio) const;
    /// The same for lambda = ln(alpha / sigma), which rises as the noise falls.
    grid from_lambda(double lambda) const;

    /// The part up to the knot at which the sister from_.. begins, so that the two make the whole
    /// walk. Throws fokker::error on a level that the walk does not reach or that leaves no step,
    /// and on a reversed grid.
    grid until_noise_level(double sigma) const;
    grid until_noise_to_signal(double ratio) const;
    grid until_lambda(double lambda) const;

private:
    friend class detail::jumping_walk;

    using path_pointer = std::shared_ptr<const detail::any_path>;  // null: made by hand

    struct content {
        // The knots twice: side by side, as begin() and network_knots() hand them out, and with the
        // logarithms and times that a step need not compute again.
        std::vector<knot> knots;
        std::vector<detail::grid_knot> walked;
        std::vector<bool> jumps;  // of each step; empty where there is none
        path_pointer path;
        bool reversed = false;
        int jump_count = 0;
        std::shared_ptr<const detail::element_paths> elements = nullptr;  // null: they have none
    };
    static int count_of(const std::vector<bool>& jumps) {
        return static_cast<int>(std::count(jumps.begin(), jumps.end(), true));
    }

    template <class Path>
    grid(std::vector<knot>&& knots, std::shared_ptr<const detail::held_path<Path>> path)
        : grid(std::move(knots), {}, path, detail::prior_of(path->path)) {}
    grid(std::vector<knot>&& knots, std::vector<bool>&& jumps, path_pointer path,
         fokker::prior from);
    grid(content&& made, fokker::prior from)
        : content_(std::make_shared<const content>(std::move(made))), prior_(from) {}

    const std::vector<knot>& knots() const { return content_->knots; }

    /// The knots first .. last.
    grid part(int first, int last) const;

    /// What from_noise_level and its sisters ask for: an amount of noise in some measure, which
    /// falls along the walk (sign = 1) or rises (-1), and how far rounding may take it.
    struct level {
        const char* name;
        double wanted, slack, sign;
        double (*measure)(const knot&);
    };
    static level of_sigma(double sigma, const char* name);
    static level of_ratio(double ratio, const char* name);
    static level of_lambda(double lambda, const char* name);
    int first_knot_at(const level& l) const;
    grid from(const level& l) const;
    grid until(const level& l) const;

    std::shared_ptr<const content> content_;
    fokker::prior prior_;
};

namespace detail {

/// How many whole steps this part of so many is, rounded down, or up. A product of which a float's
/// rounding makes a whole number is that number: 0.58 * 50 is 28.999999999999996 in double.
int steps_of_part(double part, int steps, bool up = false);

}  // namespace detail

#ifdef FOKKER_BODIES

FOKKER_INLINE int detail::steps_of_part(double part, int steps, bool up) {
    const double product = part * steps, whole = std::nearbyint(product);
    if (std::abs(product - whole) <= std::numeric_limits<float>::epsilon() * whole)
        return static_cast<int>(whole);
    return static_cast<int>(up ? std::ceil(product) : std::floor(product));
}

FOKKER_INLINE grid::grid(std::vector<knot>&& knots, std::vector<bool>&& jumps, path_pointer path,
                         fokker::prior from)
    : prior_(from) {
    detail::check_knots(knots, jumps);
    content made{std::move(knots), {}, std::move(jumps), std::move(path)};
    made.jump_count = count_of(made.jumps);
    made.walked.reserve(made.knots.size());
    for (const knot& k : made.knots) {
        const bool timed = made.path && k.alpha > 0 && k.sigma > 0;
        made.walked.emplace_back(
            k, timed ? made.path->time(k.lambda()) : std::numeric_limits<double>::quiet_NaN());
    }
    content_ = std::make_shared<const content>(std::move(made));
}

FOKKER_INLINE grid grid::reversed() const {
    detail::require(content_->jumps.empty(),
                    "a grid with jumps cannot be reversed; reverse the grid that restarted(..) "
                    "or resampled(..) was laid over");
    content back = *content_;
    std::reverse(back.knots.begin(), back.knots.end());
    std::reverse(back.walked.begin(), back.walked.end());
    back.reversed = !back.reversed;
    if (back.elements)
        back.elements = std::make_shared<const detail::element_paths>(back.elements->reversed());
    return {std::move(back), prior_};
}

FOKKER_INLINE grid grid::part(int first, int last) const {
    const auto cut = [&](const auto& all, int end) {
        return std::decay_t<decltype(all)>(all.begin() + first, all.begin() + end);
    };
    content kept{cut(knots(), last + 1),
                 cut(content_->walked, last + 1),
                 {},
                 content_->path,
                 content_->reversed,
                 0,
                 nullptr};
    if (!content_->jumps.empty()) kept.jumps = cut(content_->jumps, last);
    kept.jump_count = count_of(kept.jumps);
    if (kept.jump_count == 0) kept.jumps.clear();
    if (content_->elements)
        kept.elements = std::make_shared<const detail::element_paths>(content_->elements->part(
            static_cast<std::size_t>(first), static_cast<std::size_t>(last)));
    return {std::move(kept), prior_};
}

FOKKER_INLINE grid grid::with_element_paths(detail::element_paths paths) const {
    detail::require(!is_reversed() && content_->jumps.empty(),
                    "elements get paths of their own on a walk from noise to data without jumps; "
                    "reverse the grid afterwards");
    paths.check(knots());
    content made = *content_;
    made.path = nullptr;
    made.elements = std::make_shared<const detail::element_paths>(std::move(paths));
    return {std::move(made), prior_};
}

FOKKER_INLINE grid grid::with_knots(std::vector<knot> knots) const {
    require_one_path("with_knots");
    detail::require(!is_reversed() && content_->jumps.empty(),
                    "other knots are for a grid from noise to data without jumps; reverse the "
                    "grid, or lay the jumps over it, afterwards");
    return {std::move(knots), {}, content_->path, prior_};
}

FOKKER_INLINE grid grid::from(int first) const {
    detail::require(first >= 0 && first < steps(), "grid::from(", first, "): the grid has ",
                    steps(), " steps; start at 0 .. ", steps() - 1);
    if (!content_->jumps.empty())
        for (auto k = begin() + first; k != end(); ++k)
            detail::require(!detail::is_closer(*(begin() + first), *k), "grid::from(", first,
                            "): later on the walk jumps back to before that knot; take the part "
                            "first and lay the jumps over it, as in resampled(grid.from(..))");
    return part(first, steps());
}

FOKKER_INLINE grid grid::from_strength(double strength, bool count_part_of_a_step) const {
    detail::require(!is_reversed(),
                    "the grid is reversed, and strength counts from the data; write "
                    "grid.from_strength(..).reversed()");
    detail::require(content_->jumps.empty(),
                    "the grid has jumps, and strength counts the steps of one descent; lay the "
                    "jumps over the part, as in resampled(grid.from_strength(..))");
    detail::require(strength > 0 && strength <= 1, "strength is ", strength,
                    "; it must lie in (0, 1]");
    const int left = detail::steps_of_part(strength, steps(), count_part_of_a_step);
    detail::require(left > 0, "strength is ", strength, "; of ", steps(),
                    " steps not one is left; raise one of them");
    return from(steps() - left);
}

FOKKER_INLINE grid grid::invertible_part() const {
    detail::require(content_->jumps.empty(),
                    "the grid has jumps, which draw noise, and cannot be walked back; take the "
                    "grid that restarted(..) or resampled(..) was laid over");
    const auto is_end = [](const knot& k) { return !(k.alpha > 0 && k.sigma > 0); };
    const int first = is_end(front()) ? 1 : 0, last = steps() - (is_end(back()) ? 1 : 0);
    detail::require(first < last,
                    "the flow ODE cannot be followed both ways on this grid: without its ends at "
                    "sigma = 0 and alpha = 0 it has no step left; take a grid of more steps");
    return first == 0 && last == steps() ? *this : part(first, last);
}

FOKKER_INLINE grid grid::without_pure_noise() const {
    if (front().alpha > 0 && back().alpha > 0) return *this;
    detail::require(steps() > 1,
                    "without its knot at alpha = 0 this grid has no step left; take a grid of more "
                    "steps");
    return is_reversed() ? until(steps() - 1) : from(1);
}

FOKKER_INLINE grid grid::until(int last) const {
    detail::require(last >= 1 && last <= steps(), "grid::until(", last, "): the grid has ", steps(),
                    " steps; stop at 1 .. ", steps());
    return part(0, last);
}

FOKKER_INLINE grid::level grid::of_sigma(double sigma, const char* name) {
    return {name, sigma, 1e-9 * sigma, 1.0, [](const knot& k) { return k.sigma; }};
}
FOKKER_INLINE grid::level grid::of_ratio(double ratio, const char* name) {
    return {name, ratio, 1e-9 * ratio, 1.0, [](const knot& k) { return k.noise_to_signal(); }};
}
FOKKER_INLINE grid::level grid::of_lambda(double lambda, const char* name) {
    return {name, lambda, 1e-9, -1.0, [](const knot& k) { return k.lambda(); }};
}

FOKKER_INLINE int grid::first_knot_at(const level& l) const {
    using detail::require;
    require(!is_reversed(), l.name,
            ": the grid is reversed, and a level is where a walk from noise ",
            "comes to it; take the part first, and reverse that");
    require(l.sign > 0 ? l.wanted > 0 && detail::is_finite(l.wanted) : !detail::is_nan(l.wanted),
            l.name, "(", l.wanted, "): ",
            l.sign > 0 ? "the level must be positive and finite" : "the level is not a number");
    const double noise = l.sign * l.wanted;
    require(l.sign * l.measure(front()) >= noise - l.slack, l.name, "(", l.wanted,
            "): the walk begins with less noise, at ", l.measure(front()));
    const auto at = std::find_if(
        begin(), end(), [&](const knot& k) { return l.sign * l.measure(k) <= noise + l.slack; });
    require(at != end(), l.name, "(", l.wanted, "): the walk ends with more noise, at ",
            l.measure(back()));
    return static_cast<int>(at - begin());
}

FOKKER_INLINE grid grid::from(const level& l) const {
    const int first = first_knot_at(l);
    detail::require(first < steps(), l.name, "(", l.wanted,
                    ") leaves no step: the last one begins at ", l.measure(knots()[size() - 2]));
    return from(first);
}

FOKKER_INLINE grid grid::until(const level& l) const {
    const int last = first_knot_at(l);
    detail::require(last > 0, l.name, "(", l.wanted, ") leaves no step: the walk begins there, at ",
                    l.measure(front()));
    return until(last);
}

FOKKER_INLINE grid grid::from_noise_level(double sigma) const {
    return from(of_sigma(sigma, "from_noise_level"));
}
FOKKER_INLINE grid grid::from_noise_to_signal(double ratio) const {
    return from(of_ratio(ratio, "from_noise_to_signal"));
}
FOKKER_INLINE grid grid::from_lambda(double lambda) const {
    return from(of_lambda(lambda, "from_lambda"));
}
FOKKER_INLINE grid grid::until_noise_level(double sigma) const {
    return until(of_sigma(sigma, "until_noise_level"));
}
FOKKER_INLINE grid grid::until_noise_to_signal(double ratio) const {
    return until(of_ratio(ratio, "until_noise_to_signal"));
}
FOKKER_INLINE grid grid::until_lambda(double lambda) const {
    return until(of_lambda(lambda, "until_lambda"));
}

#endif

}  // namespace fokker

FOKKER_END_MAY_SHADOW
