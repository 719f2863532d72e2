/// Fits a solver of few steps to a network.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <type_traits>
#include <utility>
#include <vector>

#include <Eigen/Core>

#include <fokker/core/memory.hpp>
#include <fokker/core/space.hpp>
#include <fokker/error.hpp>
#include <fokker/finite.hpp>
#include <fokker/fitting/few_step_walks.hpp>
#include <fokker/fitting/fit_error.hpp>
#include <fokker/fitting/fit_options.hpp>
#include <fokker/fitting/least_squares.hpp>
#include <fokker/fitting/weight_table.hpp>
#include <fokker/kernel/array.hpp>
#include <fokker/kernel/reduced.hpp>
#include <fokker/model/model.hpp>
#include <fokker/model/network.hpp>
#include <fokker/noise/source.hpp>
#include <fokker/path/grid.hpp>
#include <fokker/path/knot.hpp>
#include <fokker/run.hpp>
#include <fokker/solver/dpm_solver_pp.hpp>
#include <fokker/solver/fitted_solver.hpp>
#include <fokker/target.hpp>

FOKKER_MAY_SHADOW

namespace fokker::inline FOKKER_TARGET {

/// Fits solvers of few steps to a network, so that they end where its flow ends: by least squares
/// (Levenberg-Marquardt) over walks from noise, without gradients and without data; see
/// docs/fitted-solver.md. First `add` batches of noise, each of which is walked once on the fine
/// grid; then ask for solvers `on` grids of few steps with the same ends. One sample in four is
/// held out of the fit, and tells its error. It refers to x, whose type and shape all batches have
/// and which it writes over, and to a model that is a variable. What a network throws passes
/// through, and leaves the fit as it was.
template <array_like X, class Model>
class solver_fit {
    using value = detail::scalar_of<X>;
    using number = kernel::arithmetic<value>;
    using column = Eigen::Array<number, Eigen::Dynamic, 1>;
    static_assert(std::is_same_v<core::space_of<X>, core::host_space<value>>,
                  "fokker: a solver is fitted on arrays in the memory of the host");

public:
    /// Called with the number of a batch, from 0 on, before the network is called for it: to hand
    /// the network the conditions of that batch. Set it before the first add(), or never: add, on
    /// and error_of throw fokker::error otherwise.
    std::function<void(std::size_t)> begin_batch = {};

    /// Throws fokker::error on an x without elements, and on a fine grid that is reversed, has
    /// jumps or has element paths.
    solver_fit(X& x, Model&& model, grid fine)
        : few_(x, std::forward<Model>(model)), fine_(std::move(fine)) {
        detail::require(!fine_.is_reversed() && fine_.jumps() == 0,
                        "the fine grid of solver_fit must go from noise to data without jumps; "
                        "take one that is neither reversed nor restarted");
        fine_.require_one_path("solver_fit");
        shape_ = detail::shape_of(x);
        detail::require(shape_.size() > 0,
                        "x of solver_fit is empty; give it the size of a batch first");
    }

    /// Draws a batch of noise into x, and walks it to data on the fine grid with this solver. Give
    /// every batch noise of its own, such as another seed. Throws fokker::error on a solver that
    /// draws noise, on a network that keeps something from call to call, on an x of another shape
    /// than at first, on ends that are not finite, and, without begin_batch, on the noise of an
    /// earlier batch.
    template <noise_or_engine Noise, solver Solver = dpm_solver_pp_2m>
    void add(Noise&& noise, Solver method = {}) {
        detail::require(!detail::is_stochastic(method),
                        "the fine walk of solver_fit follows the flow ODE, and this solver draws "
                        "noise; take a deterministic one, such as fokker::dpm_solver_pp_2m{}");
        if (batches() == 0) has_conditions_ = static_cast<bool>(begin_batch);
        begin(batches());
        run walk(few_.x(), few_.model(), fine_, std::move(method), std::forward<Noise>(noise));
        walk.start_from_prior();
        fine_walk made{few_.state(), {}};
        for (std::size_t b = 0; b < batches() && !begin_batch; ++b)
            detail::require((walks_[b].start != made.start).any(),
                            "solver_fit has the noise of this batch already, in batch ", b,
                            ", so that samples that are held out would be fitted, too; add noise "
                            "of another seed, or with another first_sample");
        while (!walk.done()) walk.step();
        require_no_memory();
        made.end = few_.state();
        detail::require(std::all_of(made.end.begin(), made.end.end(),
                                    [](number v) { return detail::is_finite(v); }),
                        "the fine walk of solver_fit ended at numbers that are not finite; look at "
                        "the network, or take more steps");
        walks_.push_back(std::move(made));
    }

    /// Batches that were added.
    std::size_t batches() const { return walks_.size(); }

    /// The error of any deterministic solver on a grid with the ends of the fine one. Throws
    /// fokker::error on another grid, on fewer than 8 samples, and on a solver that draws noise.
    template <solver Solver>
    fit_error error_of(const grid& walk, const Solver& method) {
        require_ends(walk);
        detail::fit_error_sums sums;
        for (std::size_t b = 0; b < batches(); ++b) {
            begin(b);
            few_.set(walks_[b].start);
            run each(few_.x(), few_.model(), walk, method);
            while (!each.done()) each.step();
            add_errors(sums, b, few_.state());
        }
        return sums.error();
    }

    /// The solver that is fitted for this grid, which has the ends of the fine one: one network
    /// call a step. A fit on n steps takes some 2 n^2 calls for each batch and round, up to three
    /// times as many if knots move, and gives the same solver for the same noise. Throws
    /// fokker::error as error_of does, on options out of their range, on walks that are not finite,
    /// and where knots are to move on a grid without a path.
    fitted_walk on(const grid& walk, const fit_options& options = {}) {
        require_ends(walk);
        detail::require(options.predictions >= 1 &&
                            options.predictions <= static_cast<int>(fitted_step::most_predictions),
                        "predictions is ", options.predictions, "; it must lie in 1 .. ",
                        fitted_step::most_predictions);
        detail::require(options.rounds >= 0, "rounds is ", options.rounds,
                        "; it must not be negative");
        if (options.move_knots) walk.require_path();
        few_.count_anew();
        std::optional<state_of_fit> start;
        for (const int order : {1, 2}) {  // the better of both
            const detail::weight_table from(walk, order, options.predictions, options.move_knots,
                                            fine_);
            const fit_error its = evaluate(from);
            if (is_finite(its) && (!start || its.held_out < start->error.held_out))
                start.emplace(from, its);
        }
        detail::require(start.has_value(),
                        "the walks of few steps end at numbers that are not finite; look at what "
                        "the network predicts at the knots of the grid");
        state_of_fit found = *start;
        int rounds = 0;
        // Moving knots have many local minima, so that two ways are gone to one.
        const int ways = options.move_knots && walk.steps() > 1 ? 2 : 1;
        for (int way = 0; way < ways; ++way) {
            const auto tell = [&](int round, const fit_error& least) {
                if (options.progress)
                    options.progress({way * options.rounds + round, ways * options.rounds,
                                      few_.calls(),
                                      least.held_out < found.error.held_out ? least : found.error});
            };
            const auto crossing =
                way == 0 ? detail::crossing_knots::refused : detail::crossing_knots::limited;
            auto [best_of_way, done] = descend(*start, crossing, options.rounds, tell);
            if (way == 0 || best_of_way.error.held_out < found.error.held_out) {
                found = std::move(best_of_way);
                rounds = done;
            }
        }
        fitted_solver method = found.table.solver();
        method.prediction = std::remove_cvref_t<decltype((few_.model().prediction))>::name;
        method.elements = shape_.elements;
        return {std::move(method), found.table.walk(), found.error,
                start->error,      few_.calls(),       rounds};
    }

private:
    /// One walk on the fine grid.
    struct fine_walk {
        column start, end;
    };
    struct state_of_fit {
        detail::weight_table table;
        fit_error error;
    };

    /// Rounds of Levenberg and Marquardt's method from a start on: the best one, and how many there
    /// were. They go by the samples that are fitted, and the best is that of the samples that are
    /// held out. tell(round, error of the best) at the beginning and after each.
    std::pair<state_of_fit, int> descend(const state_of_fit& start, detail::crossing_knots crossing,
                                         int rounds, const auto& tell) {
        state_of_fit at = start, best = start;
        double ridge = 1e-3;
        int round = 0, since_best = 0;
        tell(round, best.error);
        // After a change of the first `columns` parameters; nothing if that is not finite.
        const auto changed = [&](const detail::least_squares& linear, Eigen::Index columns) {
            std::optional<state_of_fit> result;
            if (auto table = at.table.moved(linear.solve(ridge, columns), crossing))
                if (const fit_error its = evaluate(*table); is_finite(its))
                    result.emplace(std::move(*table), its);
            return result;
        };
        for (bool goes_on = true; goes_on && round < rounds;) {
            const detail::least_squares linear = linearised(at.table);
            goes_on = false;
            for (int tries = 0; tries < most_tries && !goes_on; ++tries) {
                auto tried = changed(linear, at.table.parameters());
                if (crossing == detail::crossing_knots::limited && at.table.moves_knots()) {
                    // Where a knot moves no further than it may, the weights are those of another.
                    auto kept = changed(linear, at.table.weights());
                    if (kept && !(tried && tried->error.fitted <= kept->error.fitted))
                        tried = std::move(kept);
                }
                goes_on = tried && tried->error.fitted < least_gain * at.error.fitted;
                ridge *= goes_on ? 0.03 : 30.0;
                if (goes_on) at = std::move(*tried);
            }
            ++round;
            if (at.error.held_out < best.error.held_out) {
                best = at;
                since_best = 0;
            } else if (++since_best == 2) {
                goes_on = false;
            }
            tell(round, best.error);
        }
        return {std::move(best), round};
    }

    bool is_held_out(std::size_t batch, std::size_t sample) const {
        return detail::is_held_out(std::uint64_t{batch} * shape_.samples + sample);
    }

    void begin(std::size_t batch) {
        const bool is_set = static_cast<bool>(begin_batch);
        detail::require(is_set == has_conditions_, "begin_batch is ", is_set ? "set" : "empty",
                        " now, and was ", is_set ? "empty" : "set",
                        " at the first add, so that batches were walked with other conditions; set "
                        "it before the first add, and leave it");
        if (is_set) begin_batch(batch);
        const array_shape now = detail::shape_of(few_.x());
        detail::require(now == shape_, "x had ", shape_.samples, " samples of ", shape_.elements,
                        " elements when solver_fit was made, and has ", now.samples, " of ",
                        now.elements, " now; give solver_fit an x of its own");
    }
    static bool is_finite(const fit_error& of) {
        return detail::is_finite(of.held_out) && detail::is_finite(of.fitted);
    }
    void require_no_memory() {
        using kind = std::remove_cvref_t<decltype(few_.model())>;
        constexpr const char* remedy =
            " keeps something from call to call, so that its walks follow no flow that a solver "
            "could be fitted to; leave that out";
        require_empty(few_.model().network,
                      "the network keeps something from call to call, as guidance with momentum "
                      "does, so that its walks follow no flow that a solver could be fitted to; "
                      "leave the momentum out",
                      "");
        if constexpr (kind::has_classifier)
            require_empty(few_.model().classifier.gradient, "the classifier", remedy);
        if constexpr (kind::has_correction)
            require_empty(few_.model().correction.function, "the correction", remedy);
    }
    template <class Part>
    static void require_empty(Part& part, const char* name, const char* remedy) {
        if constexpr (core::keeps_memory<Part>) {
            std::vector<std::byte> bytes;
            core::memory_writer to(bytes);
            core::visit_memory(part, to);
            detail::require(bytes.empty(), name, remedy);
        }
    }
    void require_ends(const grid& walk) const {
        detail::require(batches() > 0,
                        "solver_fit has no walks to fit to; add(noise) one or more first");
        // Two are held out, so that their error has an error.
        detail::require(batches() * shape_.samples >= 8, "solver_fit has ",
                        batches() * shape_.samples,
                        " of the 8 samples that it needs at least, as one in four is held out; "
                        "add(noise) more, better a hundred or more in all");
        detail::require(!walk.is_reversed() && walk.jumps() == 0,
                        "a solver is fitted on a grid from noise to data without jumps; take one "
                        "that is neither reversed nor restarted");
        walk.require_one_path("solver_fit");
        const auto is_near = [](const knot& a, const knot& b) {
            return std::abs(a.alpha - b.alpha) <= 1e-9 * (a.alpha + a.sigma) &&
                   std::abs(a.sigma - b.sigma) <= 1e-9 * (a.alpha + a.sigma);
        };
        detail::require(is_near(walk.front(), fine_.front()) && is_near(walk.back(), fine_.back()),
                        "the grid goes from {alpha = ", walk.front().alpha,
                        ", sigma = ", walk.front().sigma, "} to {alpha = ", walk.back().alpha,
                        ", sigma = ", walk.back().sigma,
                        "}, and the fine grid of solver_fit from "
                        "{alpha = ",
                        fine_.front().alpha, ", sigma = ", fine_.front().sigma,
                        "} to {alpha = ", fine_.back().alpha, ", sigma = ", fine_.back().sigma,
                        "}; give both the same ends");
    }

    void add_errors(detail::fit_error_sums& sums, std::size_t b, const column& end) const {
        const auto elements = static_cast<Eigen::Index>(shape_.elements);
        for (std::size_t s = 0; s < shape_.samples; ++s) {
            const auto at = static_cast<Eigen::Index>(s) * elements;
            const double mean = (end.segment(at, elements) - walks_[b].end.segment(at, elements))
                                    .template cast<double>()
                                    .square()
                                    .mean();
            sums.add(is_held_out(b, s), mean);
        }
    }

    fit_error evaluate(const detail::weight_table& table) {
        detail::fit_error_sums sums;
        for (std::size_t b = 0; b < batches(); ++b) {
            begin(b);
            add_errors(sums, b, few_.walked(table, walks_[b].start).x.back());
        }
        return sums.error();
    }

    /// How the ends depend on the weights and the knots, and how far they are from where they
    /// should be. The walk that `evaluate` made is made again, n of about 2 n^2 calls, instead of
    /// kept for all batches.
    detail::least_squares linearised(const detail::weight_table& table) {
        detail::least_squares result(table.parameters());
        for (std::size_t b = 0; b < batches(); ++b) {
            begin(b);
            const auto w = few_.walked(table, walks_[b].start);
            std::vector<column> columns = few_.derivatives(table, w);
            columns.push_back(walks_[b].end - w.x.back());
            add_rows(result, b, columns);
        }
        return result;
    }

    void add_rows(detail::least_squares& to, std::size_t b,
                  const std::vector<column>& columns) const {
        const auto elements = static_cast<Eigen::Index>(shape_.elements);
        constexpr Eigen::Index most = 4096;
        for (std::size_t s = 0; s < shape_.samples; ++s) {
            if (is_held_out(b, s)) continue;
            for (Eigen::Index from = 0; from < elements; from += most) {
                const Eigen::Index count = (std::min)(most, elements - from);
                Eigen::MatrixXd rows(count, static_cast<Eigen::Index>(columns.size()));
                for (std::size_t c = 0; c < columns.size(); ++c)
                    rows.col(static_cast<Eigen::Index>(c)) =
                        columns[c]
                            .segment(static_cast<Eigen::Index>(s) * elements + from, count)
                            .template cast<double>()
                            .matrix();
                detail::require(
                    std::all_of(rows.data(), rows.data() + rows.size(),
                                [](double v) { return detail::is_finite(v); }),
                    "the walks of few steps end at numbers that are not finite where their weights "
                    "or knots are changed a little; look at what the network predicts near the "
                    "knots of the grid");
                to.add(rows);
            }
        }
    }

    /// The fit ends where no ridge brings the error down to this part of it.
    static constexpr double least_gain = 0.997;
    /// Ridges that a round tries.
    static constexpr int most_tries = 6;

    detail::few_step_walks<X, Model> few_;
    grid fine_;
    array_shape shape_;
    std::vector<fine_walk> walks_;
    bool has_conditions_ = false;  // whether begin_batch was set at the first add
};

template <class X, class Model>
solver_fit(X&, Model&&, grid) -> solver_fit<X, Model>;

}  // namespace fokker

FOKKER_END_MAY_SHADOW
