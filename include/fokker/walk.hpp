/// The walk: what a solver sees of a run, and may say. Everything that a solver's `step` writes
/// becomes sweeps here.
#pragma once

#include <algorithm>
#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <type_traits>
#include <utility>
#include <vector>

#include <fokker/error.hpp>
#include <fokker/handle.hpp>
#include <fokker/kernel/array.hpp>
#include <fokker/kernel/error_norm.hpp>
#include <fokker/kernel/linear.hpp>
#include <fokker/kernel/reduce.hpp>
#include <fokker/kernel/squared.hpp>
#include <fokker/kernel/sweep.hpp>
#include <fokker/model/bounds.hpp>
#include <fokker/model/second_output.hpp>
#include <fokker/noise/source.hpp>
#include <fokker/path/grid.hpp>
#include <fokker/path/knot.hpp>
#include <fokker/path/transition.hpp>
#include <fokker/predictor.hpp>
#include <fokker/solver/solver.hpp>

namespace fokker {

/// One run as its solver sees it. X, Model and Noise may be references.
template <array X, class Model, solver Solver, noise_source Noise>
class walk {
public:
    using scalar = scalar_of<X>;
    using state_type = std::remove_cvref_t<X>;
    using buffer = owner_of<X>;
    /// A prediction: a state and the network's output, each some times.
    using expression = kernel::linear<scalar, 2>;

    using handle = state_handle<scalar, walk>;

    walk(X state, Model model, fokker::grid knots, Solver method, Noise source)
        : x_(std::forward<X>(state)),
          shape_(shape_of(x_)),
          predictor_((check_state(shape_), std::forward<Model>(model)), x_),
          grid_(std::move(knots)),
          solver_(std::move(method)),
          noise_(std::forward<Noise>(source)) {
        detail::check_run<Noise>(solver_, predictor_.model(), grid_);
        detail::check_second_output(solver_, predictor_.model().second, second_kind());
        for (buffer& stage : stages_) stage = array_traits<state_type>::like(x_);
        if constexpr (requires { solver_.map_elements(); })
            if (const std::size_t elements = solver_.map_elements()) {
                detail::require(elements == shape_.elements,
                                "the solver has a map of variances for "
                                "samples of ",
                                elements, " elements, and the state has samples of ",
                                shape_.elements, "; measure the moments on samples of that size");
                map_.resize(elements);
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
    knot knot_at_time(double t) const { return grid_.knot_at_time(t); }

    /// The state, and scratch states 0 .. Solver::stages - 1.
    handle x() { return {*this, handle::state}; }
    handle stage(int k) {
        constexpr int stages = static_cast<int>(detail::stages_of<Solver>());
        static_assert(stages > 0,
                      "fokker: stage(k) needs `static constexpr int stages` in the solver");
        detail::require(k >= 0 && k < stages, "stage(", k, ") was asked for; this solver has ",
                        stages, "; raise its `stages`");
        return {*this, k};
    }

    /// States that survive the step, 0 .. Solver::memories - 1; nothing is in them when first().
    handle memory(int k) {
        constexpr int memories = static_cast<int>(detail::memories_of<Solver>());
        static_assert(memories > 0,
                      "fokker: memory(k) needs `static constexpr int memories` in the solver");
        detail::require(k >= 0 && k < memories, "memory(", k, ") was asked for; this solver has ",
                        memories, "; raise its `memories`");
        return {*this, static_cast<int>(detail::stages_of<Solver>()) + k};
    }

    /// Calls the network at a state and gives the data prediction, E[x_0 | x], lazily linear.
    expression data(const handle& v, const knot& k) {
        const auto [data, noise] = predict(v, k);
        if (predictor_.calls_in_part() == 1) keep_ = data;
        return data;
    }

    /// The same, as the noise prediction.
    expression epsilon(const handle& v, const knot& k) {
        const auto [data, noise] = predict(v, k);
        if (predictor_.calls_in_part() == 1) keep_ = Solver::history > 0 ? noise : data;
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
        return kernel::term<scalar>(1.0, predictor_.first_output(index_ - k));
    }

    /// The error that a step control asks about: for each sample the root mean square of
    /// error / (absolute + relative max(|a|, |b|)), and of those the largest, or the root of their
    /// mean square.
    double error_norm(const handle& error, const handle& a, const handle& b,
                      const tolerance& wanted) const {
        return kernel::error_norm(pointer(error.slot()), pointer(a.slot()), pointer(b.slot()),
                                  shape_, wanted);
    }

    /// The Euclidean norm of a state's samples, in the mean over the batch. What a solver makes of
    /// it ties the samples of a batch to each other.
    double norm(const handle& v) const {
        return kernel::mean_norm(pointer(v.slot()), shape_.samples, shape_.elements);
    }

    /// Begins a part of a step, in a step that has several: predictions made so far are no longer
    /// valid, and the network can be called anew.
    void begin_part() {
        bound();
        predictor_.begin_part();
    }

    /// What the network's second output is: none, or the kind that the model says.
    second_output second_kind() const { return predictor_.second_kind(); }

    /// The second output of this step's last network call, as it came. Valid until the step ends.
    auto second() const { return kernel::term<scalar>(1.0, predictor_.second("second()")); }

    /// The data prediction without the condition, at the state and knot of this step's last network
    /// call, lazily linear and never bounded; of a network whose second output it is.
    expression unconditional() const {
        const scalar* const second = predictor_.second("unconditional()");
        detail::require(second_kind() == second_output::unconditional,
                        "unconditional() was asked for, and the network's second output is ",
                        detail::name_of(second_kind()));
        const auto& last = predictor_.last();
        // With a known region that array holds the data prediction itself.
        const mix data = predictor_type::knows ? mix{0.0, 1.0} : last.data;
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
        const auto& last = predictor_.last();
        detail::require(last.output != nullptr,
                        "unbounded_epsilon() was asked for before the network was called");
        const mix& noise = clips && !predictor_.waiting.output ? last.bounded_noise : last.noise;
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
        for (std::size_t i = 0; i < map_.size(); ++i) map_[i] = static_cast<number>(variance(i));
        kernel::elementwise_std<scalar> std{kernel::variance_form::map, 0.0, 1.0};
        std.map = map_.data();
        return kernel::with_std<scalar>(gaussian(), std);
    }

    // What the run asks.

    /// Not inlined: one compiled version, so that a step's bits do not depend on who asks for it.
    [[gnu::noinline]] void step() {
        check_shape();
        if (grid_.is_jump(index_)) return jump();
        predictor_.begin_step(index_, first());
        gaussians_in_step_ = 0;
        assigned_ = false;
        has_prediction_ = false;
        solver_.step(*this);
        detail::require(assigned_, "the solver ended a step without assigning x()");
        predicted_ = index_++;
    }

    /// x = N(0, sigma^2 I) with the sigma of the first knot: draw 0.
    void fill_prior() {
        check_start();
        kernel::sweep<most>(data_of(x_), kernel::gaussian<scalar>(grid_.front().sigma, 0), shape_,
                            noise_);
    }

    /// x = alpha x + sigma z with those of the first knot: the same draw.
    void add_noise() {
        check_start();
        const knot& k = grid_.front();
        kernel::sweep<most>(
            data_of(x_),
            kernel::term<scalar>(k.alpha, data_of(x_)) + kernel::gaussian<scalar>(k.sigma, 0),
            shape_, noise_);
    }

    void seek(int index) {
        index_ = start_ = index;
        has_prediction_ = false;
    }
    void keep_prediction(bool wanted) { keeps_prediction_ = wanted; }
    const fokker::grid& knots() const { return grid_; }
    const state_type& state() const { return x_; }
    const buffer& prediction() const {
        detail::require(has_prediction_,
                        "there is no prediction: none was kept in the last step, or no step was "
                        "done; see keep_prediction");
        return predictor_.first_output(predicted_);
    }
    std::int64_t evaluations() const { return predictor_.calls(); }

private:
    friend handle;
    using predictor_type = detail::predictor<state_type, Model, Solver>;
    static constexpr bool clips = predictor_type::clips;
    static constexpr std::size_t scratch =
        detail::stages_of<Solver>() + detail::memories_of<Solver>();
    /// Arrays that a solver can name: the state, its stages, the outputs.
    static constexpr std::size_t most = std::min(
        kernel::most_operands, 1 + scratch + predictor_type::outputs + predictor_type::seconds);
    static_assert(Solver::history >= 0 && Solver::evaluations >= 1,
                  "fokker: a solver has history >= 0 and evaluations >= 1");

    /// Back to more noise, by the forward process: draw 0 of the step. The history begins anew.
    void jump() {
        if constexpr (!std::same_as<std::remove_cvref_t<Noise>, no_noise>) {
            const auto [clean, noisy] = interval();
            const transition q = transition_between(clean, noisy);
            const auto draw = static_cast<std::uint32_t>(index_ + 1) * 256u;
            kernel::sweep<most>(
                data_of(x_),
                kernel::term<scalar>(q.scale, data_of(x_)) + kernel::gaussian<scalar>(q.std, draw),
                shape_, noise_);
            start_ = ++index_;
        }
    }

    static void check_state(array_shape shape) {
        detail::require(
            shape.size() > 0,
            "the state is empty; give it the size of the batch first (it is filled, not "
            "resized)");
    }

    /// Everything was made for the state as it was then.
    void check_shape() const {
        detail::require(shape_of(x_) == shape_,
                        "the state has changed its size since the run was made; make a new run");
    }

    /// The same, where the first knot's noise is drawn.
    void check_start() const {
        check_shape();
        detail::require(!grid_.is_reversed(),
                        "the grid is reversed and begins at the data, where no noise is drawn; use "
                        "denoise, which starts from the x it is given");
    }

    std::size_t at_index(int ahead) const { return static_cast<std::size_t>(index_ + ahead); }
    const grid_knot& from(int k) const { return grid_.walked(at_index(-k)); }

    const scalar* pointer(int slot) const {
        return slot == handle::state ? data_of(x_)
                                     : data_of(stages_[static_cast<std::size_t>(slot)]);
    }

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

    template <std::size_t N, class Z>
    void assign(int slot, const kernel::linear<scalar, N, Z>& value) {
        if (slot != handle::state) {
            scalar* const stage = data_of(stages_[static_cast<std::size_t>(slot)]);
            if constexpr (clips)
                if (predictor_.waiting.output) return bound_and_keep(stage, value, {0.0, 1.0});
            return kernel::sweep<most>(stage, value, shape_, noise_);
        }
        detail::require(!assigned_,
                        "the solver assigns x() twice in a step; it is assigned once, at "
                        "the end: use a stage before");
        assigned_ = true;
        detail::require(Solver::history == 0 || predictor_.calls_in_part() > 0,
                        "a solver with a history calls the network in every step");
        has_prediction_ =
            Solver::history > 0 || (keeps_prediction_ && predictor_.calls_in_part() > 0);
        // A prediction that is the network's output itself is kept already.
        const bool writes = has_prediction_ && keep_.coefficients != output_itself;
        scalar* const first_output = predictor_.first_output(index_);
        if constexpr (clips) {
            const auto& waiting = predictor_.waiting;
            if (waiting.output == first_output && has_prediction_)
                return bound_and_keep(data_of(x_), value, keep_.coefficients);
            if (waiting.output && !writes) return bound_within(data_of(x_), value);
            bound();
        }
        if (!writes) return kernel::sweep<most>(data_of(x_), value, shape_, noise_);
        kernel::sweep<most>(
            data_of(x_), value, shape_, noise_, keep_.operands[0], keep_.operands[1],
            kernel::beside<scalar, false, true>{{}, kept(first_output, keep_.coefficients)});
    }

    static constexpr std::array<double, 2> output_itself{0.0, 1.0};
    using number = kernel::arithmetic<scalar>;

    static kernel::kept_prediction<scalar> kept(scalar* out, const std::array<double, 2>& c) {
        return {out, static_cast<number>(c[0]), static_cast<number>(c[1])};
    }

    // Bounding: a data prediction waits for the first sweep that reads it, and is bounded there.

    kernel::bounded_prediction<scalar> bounds(const mix& data) const {
        const fixed_bounds& bounds = predictor_.model().bounds;
        return {static_cast<number>(data.state), static_cast<number>(data.output),
                static_cast<number>(bounds.low), static_cast<number>(bounds.high)};
    }

    /// out = value, where the prediction that waits is bounded.
    template <std::size_t N, class Z>
    void bound_within(scalar* out, const kernel::linear<scalar, N, Z>& value) {
        const auto waiting = std::exchange(predictor_.waiting, {});
        kernel::sweep<most>(out, value, shape_, noise_, waiting.state, waiting.output,
                            kernel::beside<scalar, true, false>{bounds(waiting.data), {}});
    }

    /// The same, and keep[0] times the state plus keep[1] times the bounded prediction in place of
    /// the network's output.
    template <std::size_t N, class Z>
    void bound_and_keep(scalar* out, const kernel::linear<scalar, N, Z>& value,
                        const std::array<double, 2>& keep) {
        const auto waiting = std::exchange(predictor_.waiting, {});
        kernel::sweep<most>(
            out, value, shape_, noise_, waiting.state, waiting.output,
            kernel::beside<scalar, true, true>{bounds(waiting.data), kept(waiting.output, keep)});
    }

    /// In a pass of its own, where no sweep came in time.
    void bound() {
        if constexpr (clips)
            if (scalar* const output = predictor_.waiting.output)
                bound_within(output, kernel::term<scalar>(1.0, output));
    }

    detail::predictions<scalar> predict(const handle& v, const knot& k) {
        bound();
        if (v.slot() == handle::state) return predictor_.predict(std::as_const(x_), k);
        return predictor_.predict(std::as_const(stages_[static_cast<std::size_t>(v.slot())]), k);
    }

    X x_;
    array_shape shape_;
    predictor_type predictor_;
    fokker::grid grid_;
    Solver solver_;
    Noise noise_;
    std::array<buffer, scratch> stages_;  // and what survives a step
    std::vector<number> map_;             // the variances of one sample's elements

    int index_ = 0;
    int start_ = 0;      // where the walk began, or jumped to: there is no history before it
    int predicted_ = 0;  // the last step of the solver
    std::uint32_t gaussians_in_step_ = 0;
    bool keeps_prediction_ = false;
    bool assigned_ = false;  // x() in this step
    bool has_prediction_ = false;
    expression keep_;  // the first prediction of this step, or of its last part
};

}  // namespace fokker
