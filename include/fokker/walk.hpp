/// The walk: what a solver sees of a run, and may say. Everything that a solver's `step` writes
/// becomes sweeps here.
#pragma once

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <type_traits>
#include <utility>

#include <fokker/error.hpp>
#include <fokker/kernel/array.hpp>
#include <fokker/kernel/error_norm.hpp>
#include <fokker/kernel/linear.hpp>
#include <fokker/kernel/reduce.hpp>
#include <fokker/kernel/squared.hpp>
#include <fokker/model/prediction.hpp>
#include <fokker/model/second_output.hpp>
#include <fokker/noise/source.hpp>
#include <fokker/path/grid.hpp>
#include <fokker/path/knot.hpp>
#include <fokker/path/transition.hpp>
#include <fokker/solver/solver.hpp>
#include <fokker/workspace.hpp>

namespace fokker {

/// One run as its solver sees it. X, Model and Noise may be references.
template <array X, class Model, solver Solver, noise_source Noise>
class walk {
public:
    using workspace = detail::workspace<X, Model, Solver, Noise>;
    using scalar = typename workspace::scalar;
    /// A prediction: a state and the network's output, each some times.
    using expression = typename workspace::expression;
    using handle = typename workspace::handle;

    walk(X state, Model model, fokker::grid knots, Solver method, Noise source)
        : work_(std::forward<X>(state), std::forward<Model>(model), std::forward<Noise>(source)),
          grid_(std::move(knots)),
          solver_(std::move(method)) {
        const auto& model_of_it = work_.predictor().model();
        detail::check_run<Noise>(solver_, model_of_it, grid_);
        detail::check_second_output(solver_, model_of_it.second, second_kind());
        if constexpr (requires { solver_.map_elements(); })
            if (const std::size_t elements = solver_.map_elements()) {
                detail::require(elements == work_.shape().elements,
                                "the solver has a map of variances for "
                                "samples of ",
                                elements, " elements, and the state has samples of ",
                                work_.shape().elements,
                                "; measure the moments on samples of that size");
                work_.map().resize(elements);
            }
    }

    // What a solver may say.

    /// The knots of this step, from noise to data (on a reversed grid the other way).
    std::pair<const grid_knot&, const grid_knot&> interval() const {
        return {from(0), grid_.walked(at_index(1))};
    }
    /// The knot where the step k before this one began; before(0) is this one's beginning.
    const grid_knot& before(int k) const { return from(k); }
    /// Whether there is no earlier prediction: the first step, or the first after a resumption or a
    /// jump of the grid.
    bool first() const { return index_ == start_; }
    /// Earlier steps whose predictions past(k) can give: at most the solver's history.
    int past_steps() const { return std::min(Solver::history, index_ - start_); }
    /// Whether this step is the grid's last one.
    bool last() const { return index_ + 1 == grid_.steps(); }
    /// Steps of the whole grid, this step's number from 0 on, and the knot where the walk ends.
    /// solver_steps() leaves out the grid's jumps, which the walk makes without the solver.
    int steps() const { return grid_.steps(); }
    int solver_steps() const { return grid_.steps() - grid_.jumps(); }
    int index() const { return index_; }
    const knot& end() const { return grid_.back(); }
    /// The path's own knot with this lambda. Throws fokker::error on a grid without a path.
    knot knot_at(double lambda) const { return grid_.knot_at(lambda); }
    /// The same by time.
    knot knot_at_time(double time) const { return grid_.knot_at_time(time); }
    /// The path's time with this lambda. Throws as knot_at does.
    double time_at(double lambda) const { return grid_.time_at(lambda); }

    /// The state, and scratch states 0 .. Solver::stages - 1.
    handle x() { return work_.x(); }
    handle stage(int k) {
        constexpr int stages = static_cast<int>(detail::stages_of<Solver>());
        static_assert(stages > 0,
                      "fokker: stage(k) needs `static constexpr int stages` in the solver");
        detail::require(k >= 0 && k < stages, "stage(", k, ") was asked for; this solver has ",
                        stages, "; raise its `stages`");
        return work_.scratch(k);
    }

    /// States that survive the step, 0 .. Solver::memories - 1; nothing is in them when first().
    handle memory(int k) {
        constexpr int memories = static_cast<int>(detail::memories_of<Solver>());
        static_assert(memories > 0,
                      "fokker: memory(k) needs `static constexpr int memories` in the solver");
        detail::require(k >= 0 && k < memories, "memory(", k, ") was asked for; this solver has ",
                        memories, "; raise its `memories`");
        return work_.scratch(static_cast<int>(detail::stages_of<Solver>()) + k);
    }

    /// Calls the network at a state and gives the data prediction, E[x_0 | x], lazily linear.
    expression data(const handle& v, const knot& k) {
        const auto [data, noise] = work_.predict(v, k);
        work_.keep(data);
        return data;
    }

    /// The same, as the noise prediction.
    expression epsilon(const handle& v, const knot& k) {
        const auto [data, noise] = work_.predict(v, k);
        work_.keep(Solver::history > 0 ? noise : data);
        return noise;
    }

    /// The first prediction of the step k before this one, in the form that the solver asked for.
    auto past(int k) {
        static_assert(Solver::history > 0,
                      "fokker: past(k) needs `static constexpr int history` of at least k in the "
                      "solver");
        detail::require(k >= 1 && k <= Solver::history && k <= index_ - start_, "past(", k,
                        ") was asked for; this solver keeps ", Solver::history, ", and ",
                        index_ - start_,
                        " steps were done since the beginning, a seek or a jump; ask first() "
                        "before");
        return kernel::term<scalar>(1.0, work_.predictor().first_output(index_ - k));
    }

    /// The error that a step control asks about: for each sample the root mean square of
    /// error / (absolute + relative max(|a|, |b|)), and of those the largest, or the root of their
    /// mean square.
    double error_norm(const handle& error, const handle& a, const handle& b,
                      const tolerance& wanted) const {
        return kernel::error_norm(work_.pointer(error), work_.pointer(a), work_.pointer(b),
                                  work_.shape(), wanted);
    }

    /// The Euclidean norm of a state's samples, in the mean over the batch. What a solver makes of
    /// it ties the samples of a batch to each other.
    double norm(const handle& v) const {
        return kernel::mean_norm(work_.pointer(v), work_.shape().samples, work_.shape().elements);
    }

    /// Begins a part of a step, in a step that has several: predictions made so far are no longer
    /// valid, and the network can be called anew.
    void begin_part() { work_.begin_part(); }

    /// What the network's second output is: none, or the kind that the model says.
    second_output second_kind() const { return work_.predictor().second_kind(); }

    /// The second output of this step's last network call, as it came. Valid until the step ends.
    auto second() const { return kernel::term<scalar>(1.0, work_.predictor().second("second()")); }

    /// The data prediction without the condition, at the state and knot of this step's last network
    /// call, lazily linear and never bounded; of a network whose second output it is.
    expression unconditional() const {
        const scalar* const second = work_.predictor().second("unconditional()");
        detail::require(second_kind() == second_output::unconditional,
                        "unconditional() was asked for, and the network's second output is ",
                        detail::name_of(second_kind()));
        const auto& last = work_.predictor().last();
        // With a known region that array holds the data prediction itself.
        const mix data = workspace::predictor_type::knows ? mix{0.0, 1.0} : last.data;
        return {{data.state, data.output}, {last.state, second}, {}};
    }

    /// A fresh standard Gaussian: this step's own.
    auto gaussian() {
        const auto [s, t] = interval();
        return gaussian(s, t);
    }

    /// The same for a part of the step, from a knot to another: where the noise is one Brownian
    /// path, its increment over that part, divided by its standard deviation. To other sources it
    /// is a Gaussian like any.
    auto gaussian([[maybe_unused]] const knot& s, [[maybe_unused]] const knot& t) {
        static_assert(
            requires(const Solver& solver) { solver.stochastic(); },
            "fokker: a solver that draws noise says so: give it bool stochastic() const");
        detail::require(gaussians_in_step_ < 256, "a step draws more than 256 Gaussians");
        const auto draw = static_cast<std::uint32_t>(index_ + 1) * 256u + gaussians_in_step_++;
        if constexpr (draw_source<Noise>)
            return kernel::gaussian<scalar>(1.0, draw, brownian_clock(s), brownian_clock(t));
        else
            return kernel::gaussian<scalar>(1.0, draw);
    }

    /// The noise prediction of this step's last network call as the network made it: before fixed
    /// bounds, where no sweep has applied them yet.
    expression unbounded_epsilon() const {
        const auto& last = work_.predictor().last();
        detail::require(last.output != nullptr,
                        "unbounded_epsilon() was asked for before the network was called");
        const mix& noise =
            workspace::clips && !work_.predictor().waiting.output ? last.bounded_noise : last.noise;
        return {{noise.state, noise.output}, {last.state, last.output}, {}};
    }

    /// A fresh Gaussian whose variance in each element is constant + varying, held to the limits
    /// (at least 0); `varying` is one array some times, such as 0.5 * second(), or such an array
    /// minus the square of a prediction, as 0.5 * (second() - squared(E)). It is read where this is
    /// assigned.
    auto gaussian_with_variance(double constant, const auto& varying,
                                const kernel::variance_limits& limits = {}) {
        return gaussian_from(kernel::variance_form::plain, constant, 1.0 * varying, limits);
    }

    /// A fresh Gaussian whose variance in each element is exp(constant + varying).
    auto gaussian_with_log_variance(double constant, const auto& varying) {
        return gaussian_from(kernel::variance_form::logarithm, constant, 1.0 * varying);
    }

    /// A fresh Gaussian whose variance in element i of a sample is variance(i), the same in every
    /// sample, and once in a step; for a solver with `map_elements()`.
    auto gaussian_with_variance_map(const auto& variance) {
        static_assert(
            requires(const Solver& solver) { solver.map_elements(); },
            "fokker: a solver with a map of variances says so: give it std::size_t map_elements() "
            "const, the elements of a sample");
        auto& map = work_.map();
        for (std::size_t i = 0; i < map.size(); ++i)
            map[i] = static_cast<typename workspace::number>(variance(i));
        kernel::elementwise_std<scalar> std{kernel::variance_form::map, 0.0, 1.0};
        std.map = map.data();
        return kernel::with_std<scalar>(gaussian(), std);
    }

    // What the run asks.

    /// Not inlined: one compiled version, so that a step's bits do not depend on who asks for it.
    [[gnu::noinline]] void step() {
        work_.check_shape();
        if (grid_.is_jump(index_)) return jump();
        work_.begin_step(index_, first());
        gaussians_in_step_ = 0;
        solver_.step(*this);
        work_.end_step();
        predicted_ = index_++;
    }

    /// x = N(0, sigma^2 I) with the sigma of the first knot: draw 0.
    void fill_prior() {
        check_start();
        work_.write_state(kernel::gaussian<scalar>(grid_.front().sigma, 0));
    }

    /// x = alpha x + sigma z with those of the first knot: the same draw.
    void add_noise() {
        check_start();
        const knot& k = grid_.front();
        work_.write_state(work_.state_term(k.alpha) + kernel::gaussian<scalar>(k.sigma, 0));
    }

    void seek(int index) {
        index_ = start_ = index;
        work_.forget_prediction();
    }
    void keep_prediction(bool wanted) { work_.keep_prediction(wanted); }
    const fokker::grid& knots() const { return grid_; }
    const auto& state() const { return work_.state(); }
    const auto& prediction() const {
        detail::require(work_.has_prediction(),
                        "there is no prediction: none was kept in the last step, or no step was "
                        "done; see keep_prediction");
        return work_.predictor().first_output(predicted_);
    }
    std::int64_t evaluations() const { return work_.predictor().calls(); }

private:
    /// Back to more noise, by the forward process: draw 0 of the step. The history begins anew.
    void jump() {
        if constexpr (!std::same_as<std::remove_cvref_t<Noise>, no_noise>) {
            const auto [clean, noisy] = interval();
            const transition q = transition_between(clean, noisy);
            const auto draw = static_cast<std::uint32_t>(index_ + 1) * 256u;
            work_.write_state(work_.state_term(q.scale) + kernel::gaussian<scalar>(q.std, draw));
            start_ = ++index_;
        }
    }

    /// Before the first knot's noise is drawn.
    void check_start() const {
        work_.check_shape();
        detail::require(!grid_.is_reversed(),
                        "the grid is reversed and begins at the data, where no noise is drawn; use "
                        "denoise, which starts from the x it is given");
    }

    std::size_t at_index(int ahead) const { return static_cast<std::size_t>(index_ + ahead); }
    const grid_knot& from(int k) const { return grid_.walked(at_index(-k)); }

    template <std::size_t N, class Z>
    auto gaussian_from(kernel::variance_form form, double constant,
                       const kernel::linear<scalar, N, Z>& varying,
                       const kernel::variance_limits& limits = {}) {
        static_assert(N == 1 && !kernel::is_gaussian<Z>,
                      "fokker: the variance of a Gaussian comes from one array, as in a, b * "
                      "run.second(); assign a longer sum to a stage, and pass that");
        return kernel::with_std<scalar>(
            gaussian(), {form, constant, varying.coefficients[0], varying.operands[0], limits});
    }

    auto gaussian_from(kernel::variance_form, double constant,
                       const kernel::excess<scalar>& varying,
                       const kernel::variance_limits& limits = {}) {
        return kernel::with_std<scalar>(
            gaussian(),
            {kernel::variance_form::excess, constant, varying.factor * varying.d.coefficients[0],
             varying.d.operands[0], limits, varying.e.coefficients, varying.e.operands});
    }

    workspace work_;
    fokker::grid grid_;
    Solver solver_;

    int index_ = 0;
    int start_ = 0;      // where the walk began, or jumped to: there is no history before it
    int predicted_ = 0;  // the last step of the solver
    std::uint32_t gaussians_in_step_ = 0;
};

}  // namespace fokker
