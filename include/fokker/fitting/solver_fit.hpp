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

namespace detail {

/// A run of it makes x the data prediction at a knot.
struct data_probe {
    static constexpr int history = 0;
    static constexpr int evaluations = 1;
    void step(auto& run) const {
        const auto [s, t] = run.interval();
        auto x = run.x();
        x = 1.0 * run.data(x, s);
    }
};

}  // namespace detail

/// Fits solvers of few steps to a network, so that they end where its flow ends: by least squares
/// over walks from noise, without gradients and without data (docs/fitted-solver.md). First `add`
/// batches of noise, each of which is walked once on the fine grid; then ask for solvers `on` grids
/// of few steps with the same ends. One sample in four is held out of the fit, and tells its
/// error. It refers to x, whose type and shape all batches have and which it writes over, and to a
/// model that is a variable. Throws fokker::error on a network that keeps something from call to
/// call.
template <array_like X, class Model>
class solver_fit {
    using value = detail::scalar_of<X>;
    using number = kernel::arithmetic<value>;
    using column = Eigen::Array<number, Eigen::Dynamic, 1>;
    static_assert(std::is_same_v<core::space_of<X>, core::host_space<value>>,
                  "fokker: a solver is fitted on arrays in the memory of the host");

public:
    /// Hands a batch's conditions to the network before it is called for it.
    std::function<void(std::size_t)> begin_batch = {};

    solver_fit(X& x, Model&& model, grid fine)
        : x_(x), model_(detail::as_model(std::forward<Model>(model))), fine_(std::move(fine)) {
        detail::require(!fine_.is_reversed() && fine_.jumps() == 0,
                        "the fine grid of solver_fit goes from noise to data, without jumps");
        fine_.require_one_path("solver_fit");
        shape_ = detail::shape_of(x);
        detail::require(shape_.size() > 0, "solver_fit got a batch without elements");
    }

    /// Draws a batch of noise, and walks it on the fine grid with this solver; x holds its samples
    /// afterwards. Give every batch noise of its own, such as another seed.
    template <noise_or_engine Noise, solver Solver = dpm_solver_pp_2m>
    void add(Noise&& noise, Solver method = {}) {
        detail::require(!detail::is_stochastic(method),
                        "the fine walk of solver_fit follows the flow ODE, and this solver draws "
                        "noise; take a deterministic one, such as fokker::dpm_solver_pp_2m{}");
        begin(batches());
        run walk(x_, model_, fine_, std::move(method), std::forward<Noise>(noise));
        walk.start_from_prior();
        fine_walk made{state(), {}};
        while (!walk.done()) walk.step();
        require_no_memory();
        made.end = state();
        detail::require(std::all_of(made.end.begin(), made.end.end(),
                                    [](number v) { return detail::is_finite(v); }),
                        "the fine walk of solver_fit ended at numbers that are not finite; look at "
                        "the network, or take more steps");
        walks_.push_back(std::move(made));
    }

    std::size_t batches() const { return walks_.size(); }

    /// The error of any deterministic solver on a grid, against the fine walk.
    template <solver Solver>
    fit_error error_of(const grid& walk, const Solver& method) {
        require_ends(walk);
        detail::fit_error_sums sums;
        for (std::size_t b = 0; b < batches(); ++b) {
            begin(b);
            set(walks_[b].start);
            run each(x_, model_, walk, method);
            while (!each.done()) each.step();
            add_errors(sums, b, state());
        }
        return sums.error();
    }

    /// The solver for this grid.
    fitted_walk on(const grid& walk, const fit_options& options = {}) {
        require_ends(walk);
        detail::require(options.predictions >= 1 &&
                            options.predictions <= static_cast<int>(fitted_step::most_predictions),
                        "predictions is ", options.predictions, "; it must lie in 1 .. ",
                        fitted_step::most_predictions);
        detail::require(options.rounds >= 0, "rounds is ", options.rounds,
                        "; it must not be negative");
        if (options.move_knots) walk.require_path();
        calls_ = 0;
        std::optional<detail::weight_table> best;
        fit_error error;
        for (const int order : {1, 2}) {  // the better of both
            const detail::weight_table from(walk, order, options.predictions, options.move_knots,
                                            fine_);
            const fit_error its = evaluate(from);
            if (is_finite(its) && (!best || its.held_out < error.held_out)) {
                best.emplace(from);
                error = its;
            }
        }
        detail::require(best.has_value(),
                        "the walks of few steps end at numbers that are not finite; look at what "
                        "the network predicts at the knots of the grid");
        const fit_error unfitted = error;
        // The fit goes by the samples that it sees; what it gives is the best of its rounds by
        // those that it does not.
        detail::weight_table at = *best;
        fit_error there = error;
        double ridge = 1e-3;
        int round = 0, since_best = 0;
        const auto tell = [&] {
            if (options.progress) options.progress({round, options.rounds, calls_, error});
        };
        tell();
        for (bool goes_on = true; goes_on && round < options.rounds;) {
            const detail::least_squares linear = linearised(at);
            goes_on = false;
            for (int tries = 0; tries < most_tries && !goes_on; ++tries) {
                auto tried = at.moved(linear.solve(ridge));
                const fit_error its = tried ? evaluate(*tried) : there;
                goes_on = is_finite(its) && its.fitted < least_gain * there.fitted;
                ridge *= goes_on ? 0.03 : 30.0;
                if (goes_on) {
                    at = std::move(*tried);
                    there = its;
                }
            }
            ++round;
            if (there.held_out < error.held_out) {
                best = at;
                error = there;
                since_best = 0;
            } else if (++since_best == 2) {
                goes_on = false;
            }
            tell();
        }
        fitted_solver method = best->solver();
        method.prediction = std::remove_cvref_t<decltype((model_.prediction))>::name;
        method.elements = shape_.elements;
        return {std::move(method), best->walk(), error, unfitted, calls_, round};
    }

private:
    /// One walk on the fine grid.
    struct fine_walk {
        column start, end;
    };
    /// One walk of few steps: states and data predictions.
    struct few_steps {
        std::vector<column> x, D;
    };

    bool is_held_out(std::size_t batch, std::size_t sample) const {
        return detail::is_held_out(std::uint64_t{batch} * shape_.samples + sample);
    }

    void begin(std::size_t batch) {
        if (begin_batch) begin_batch(batch);
        const array_shape now = detail::shape_of(x_);
        detail::require(now == shape_, "x had ", shape_.samples, " samples of ", shape_.elements,
                        " elements when solver_fit was made, and has ", now.samples, " of ",
                        now.elements, " now; give solver_fit an x of its own");
    }
    static bool is_finite(const fit_error& of) {
        return detail::is_finite(of.held_out) && detail::is_finite(of.fitted);
    }
    void require_no_memory() {
        using network = std::remove_reference_t<decltype((model_.network))>;
        if constexpr (core::keeps_memory<network>) {
            std::vector<std::byte> bytes;
            core::memory_writer to(bytes);
            core::visit_memory(model_.network, to);
            detail::require(bytes.empty(),
                            "the network keeps something from call to call, as guidance with "
                            "momentum does, so that its walks follow no flow that a solver could "
                            "be fitted to; leave the momentum out");
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
                        "a solver is fitted on a grid from noise to data, without jumps");
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

    column state() const {
        const value* const from = detail::const_data_of(x_);
        column result(static_cast<Eigen::Index>(shape_.size()));
        std::transform(from, from + shape_.size(), result.data(),
                       [](value v) { return static_cast<number>(v); });
        return result;
    }
    void set(const column& from) {
        std::transform(from.data(), from.data() + shape_.size(), detail::data_of(x_),
                       [](number v) { return static_cast<value>(v); });
    }

    /// Calls the network at knot i of a walk that is probed.
    template <class Probe>
    column predict(Probe& probe, int i, const column& x) {
        set(x);
        probe.seek(i);
        probe.step();
        ++calls_;
        return state();
    }
    auto probe_of(const grid& walk) {
        run<X&, decltype(model_)&, detail::data_probe> probe(x_, model_, walk,
                                                             detail::data_probe{});
        probe.keep_prediction(false);
        return probe;
    }

    /// The state after step i.
    static column next(const fitted_step& of, int i, const column& x,
                       const std::vector<const column*>& D) {
        column result = static_cast<number>(of.state) * x;
        for (int j = 0; j < of.predictions; ++j)
            result += static_cast<number>(of.data[static_cast<std::size_t>(j)]) *
                      *D[static_cast<std::size_t>(i - j)];
        return result;
    }

    /// From the state at knot i to the end; D are the predictions before knot i, and get no longer.
    template <class Probe>
    column finish(Probe& probe, const detail::weight_table& table, int i, column x,
                  std::vector<const column*> D) {
        std::vector<column> own(static_cast<std::size_t>(table.steps() - i));
        for (int k = i; k < table.steps(); ++k) {
            column& now = own[static_cast<std::size_t>(k - i)];
            now = predict(probe, k, x);
            D.push_back(&now);
            x = next(table.step(k), k, x, D);
        }
        return x;
    }

    few_steps walked(const detail::weight_table& table, std::size_t b) {
        begin(b);
        auto probe = probe_of(table.walk());
        few_steps w;
        w.x.push_back(walks_[b].start);
        std::vector<const column*> D;
        w.D.reserve(static_cast<std::size_t>(table.steps()));
        for (int k = 0; k < table.steps(); ++k) {
            w.D.push_back(predict(probe, k, w.x.back()));
            D.push_back(&w.D.back());
            w.x.push_back(next(table.step(k), k, w.x.back(), D));
        }
        return w;
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
        for (std::size_t b = 0; b < batches(); ++b) add_errors(sums, b, walked(table, b).x.back());
        return sums.error();
    }

    /// How the ends depend on the weights and the knots, and how far they are from where they
    /// should be: by differences, as a network gives no derivatives. The walk that `evaluate` made
    /// is made again, n of about 2 n^2 calls, instead of kept for all batches.
    detail::least_squares linearised(const detail::weight_table& table) {
        detail::least_squares result(table.parameters());
        for (std::size_t b = 0; b < batches(); ++b) {
            const few_steps w = walked(table, b);
            auto probe = probe_of(table.walk());
            std::vector<column> columns;
            for (int i = 0; i < table.steps(); ++i)
                for (int j = -1; j < table.step(i).predictions; ++j)
                    columns.push_back(by_weight(probe, table, w, i, j));
            if (table.moves_knots())
                for (int i = 1; i < table.steps(); ++i) columns.push_back(by_knot(table, w, i));
            columns.push_back(walks_[b].end - w.x.back());
            add_rows(result, b, columns);
        }
        return result;
    }

    static std::vector<const column*> first(const std::vector<column>& D, int count) {
        std::vector<const column*> result;
        for (int k = 0; k < count; ++k) result.push_back(&D[static_cast<std::size_t>(k)]);
        return result;
    }

    static double size_of(const column& c) {
        return std::sqrt(c.template cast<double>().square().mean());
    }

    /// The derivative of the end by a weight of step i: of the state (j = -1), or of the j-th
    /// prediction.
    template <class Probe>
    column by_weight(Probe& probe, const detail::weight_table& table, const few_steps& w, int i,
                     int j) {
        const auto at = static_cast<std::size_t>(i);
        const column& by = j < 0 ? w.x[at] : w.D[at - static_cast<std::size_t>(j)];
        if (i + 1 == table.steps()) return by;
        const double size = size_of(by);
        if (size == 0.0) return column::Zero(by.size());
        const double h = change * size_of(w.x[at + 1]) / size;
        column moved = w.x[at + 1] + static_cast<number>(h) * by;
        return (finish(probe, table, i + 1, std::move(moved), first(w.D, i + 1)) - w.x.back()) /
               static_cast<number>(h);
    }

    /// The derivative of the end by the lambda of knot i.
    column by_knot(const detail::weight_table& table, const few_steps& w, int i) {
        const auto [other, h] = table.with_knot_moved(i);
        auto probe = probe_of(other.walk());
        const auto D = first(w.D, i);
        column x = next(other.step(i - 1), i - 1, w.x[static_cast<std::size_t>(i - 1)], D);
        return (finish(probe, other, i, std::move(x), D) - w.x.back()) / static_cast<number>(h);
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
                to.add(rows);
            }
        }
    }

    /// What a difference changes of a state, as a part of it.
    static constexpr double change = 1e-2;
    /// The fit ends where no ridge brings the error down to this part of it.
    static constexpr double least_gain = 0.997;
    /// Ridges that a round tries.
    static constexpr int most_tries = 6;

    X& x_;
    detail::model_for<Model> model_;
    grid fine_;
    array_shape shape_;
    std::vector<fine_walk> walks_;
    std::int64_t calls_ = 0;
};

template <class X, class Model>
solver_fit(X&, Model&&, grid) -> solver_fit<X, Model>;

}  // namespace fokker

FOKKER_END_MAY_SHADOW
