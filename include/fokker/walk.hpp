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
#include <fokker/kernel/linear.hpp>
#include <fokker/kernel/sweep.hpp>
#include <fokker/model/model.hpp>
#include <fokker/model/network.hpp>
#include <fokker/model/second_output.hpp>
#include <fokker/model/threshold.hpp>
#include <fokker/noise/source.hpp>
#include <fokker/path/grid.hpp>
#include <fokker/path/knot.hpp>
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

    walk(X state, Model predictor, fokker::grid knots, Solver method, Noise source)
        : x_(std::forward<X>(state)),
          model_(std::forward<Model>(predictor)),
          grid_(std::move(knots)),
          solver_(std::move(method)),
          noise_(std::forward<Noise>(source)),
          shape_(shape_of(x_)) {
        detail::require(
            shape_.size() > 0,
            "the state is empty; give it the size of the batch first (it is filled, not "
            "resized)");
        detail::check_run<Noise>(solver_, model_, grid_);
        detail::check_second_output(solver_, model_.second, second_kind());
        const auto make = [&](auto& buffers) {
            for (auto& b : buffers) b = array_traits<state_type>::like(x_);
        };
        make(outputs_);
        make(stages_);
        make(scaled_);
        make(seconds_);
        make(gradient_);
        if constexpr (thresholds && !array_traits<state_type>::is_fixed)
            magnitudes_[0].resize(shape_.elements);
        else if constexpr (thresholds)
            make(magnitudes_);
    }

    // What a solver may say.

    /// The knots of this step, from noise to data.
    std::pair<const grid_knot&, const grid_knot&> interval() const {
        return {from(0), grid_.walked(at_index(1))};
    }
    /// The knot where the step k before this one began; before(0) is this one's beginning.
    const grid_knot& before(int k) const { return from(k); }
    /// Whether there is no earlier prediction: the first step, or the first after a resumption.
    bool first() const { return index_ == start_; }
    /// Whether this step is the grid's last one.
    bool last() const { return index_ + 1 == grid_.steps(); }
    /// Steps of the whole grid, this step's number from 0 on, and the knot where the walk ends.
    int steps() const { return grid_.steps(); }
    int index() const { return index_; }
    const knot& end() const { return grid_.back(); }
    /// The path's own knot with this lambda. Throws fokker::error on a grid without a path.
    knot knot_at(double lambda) const { return grid_.knot_at(lambda); }

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

    /// Calls the network at a state and gives the data prediction, E[x_0 | x], lazily linear.
    expression data(const handle& v, const knot& k) {
        const auto [data, noise] = predict(v, k);
        if (evaluations_in_step_ == 1) keep_ = data;
        return data;
    }

    /// The same, as the noise prediction.
    expression epsilon(const handle& v, const knot& k) {
        const auto [data, noise] = predict(v, k);
        if (evaluations_in_step_ == 1) keep_ = Solver::history > 0 ? noise : data;
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
                        " steps were done since the beginning or a seek; ask first() before");
        return kernel::term<scalar>(1.0, data_of(outputs_[first_slot(index_ - k)]));
    }

    /// What the network's second output is: none, or the kind that the model says.
    second_output second_kind() const {
        return detail::second_output_of<network, state_type, buffer, reads_second>(model_.second);
    }

    /// The second output of this step's last network call, as it came. Valid until the step ends.
    auto second() const {
        require_second("second()");
        return kernel::term<scalar>(1.0, last_second_);
    }

    /// The data prediction without the condition, at the state and knot of this step's last network
    /// call, lazily linear and never bounded; of a network whose second output it is.
    expression unconditional() const {
        require_second("unconditional()");
        detail::require(second_kind() == second_output::unconditional,
                        "unconditional() was asked for, and the network's second output is ",
                        detail::name_of(second_kind()));
        return {{last_data_.state, last_data_.output}, {last_state_, last_second_}, {}};
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

    // What the run asks.

    /// Not inlined: one compiled version, so that a step's bits do not depend on who asks for it.
    [[gnu::noinline]] void step() {
        check_shape();
        evaluations_in_step_ = 0;
        gaussians_in_step_ = 0;
        assigned_ = false;
        has_prediction_ = false;
        waiting_ = {};
        last_second_ = nullptr;
        if (first()) {
            detail::begin_walk(model_.network);
            if constexpr (has_classifier) detail::begin_walk(model_.classifier.gradient);
        }
        solver_.step(*this);
        detail::require(assigned_, "the solver ended a step without assigning x()");
        ++index_;
    }

    /// x = N(0, sigma^2 I) with the sigma of the first knot: draw 0.
    void fill_prior() {
        check_shape();
        kernel::sweep<most>(data_of(x_), kernel::gaussian<scalar>(grid_.front().sigma, 0), shape_,
                            noise_);
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
        return outputs_[first_slot(index_ - 1)];
    }
    std::int64_t evaluations() const { return evaluations_; }

private:
    friend handle;
    static constexpr std::size_t ring = static_cast<std::size_t>(Solver::history) + 1;
    static constexpr std::size_t outputs = ring + static_cast<std::size_t>(Solver::evaluations) - 1;
    using network = detail::network_of<Model>;
    static constexpr bool scales = std::remove_cvref_t<Model>::scales_input;
    static constexpr bool clips = std::remove_cvref_t<Model>::clips;
    static constexpr bool thresholds = std::remove_cvref_t<Model>::thresholds;
    static constexpr bool has_classifier = std::remove_cvref_t<Model>::has_classifier;
    /// Whether the network is called for two outputs: where the solver reads the second, or where
    /// it cannot be called for one.
    static constexpr bool reads_second = detail::reads_second_output<Solver>;
    static constexpr bool two_outputs = [] {
        if constexpr (!reads_second && network_for<network, state_type, buffer>)
            return false;
        else
            return two_output_network_for<network, state_type, buffer>;
    }();
    static constexpr std::size_t seconds =
        two_outputs ? static_cast<std::size_t>(Solver::evaluations) : 0;
    /// Arrays that a solver can name: the state, its stages, the outputs.
    static constexpr std::size_t most =
        std::min(kernel::most_operands, 1 + detail::stages_of<Solver>() + outputs + seconds);
    static_assert(Solver::history >= 0 && Solver::evaluations >= 1,
                  "fokker: a solver has history >= 0 and evaluations >= 1");

    /// Everything was made for the state as it was then.
    void check_shape() const {
        detail::require(shape_of(x_) == shape_,
                        "the state has changed its size since the run was made; make a new run");
    }

    std::size_t at_index(int ahead) const { return static_cast<std::size_t>(index_ + ahead); }
    const grid_knot& from(int k) const { return grid_.walked(at_index(-k)); }

    /// Outputs 0 .. history are a ring of each step's first prediction; the rest belong to a step.
    static std::size_t first_slot(int index) { return static_cast<std::size_t>(index) % ring; }

    const scalar* pointer(int slot) const {
        return slot == handle::state ? data_of(x_)
                                     : data_of(stages_[static_cast<std::size_t>(slot)]);
    }

    template <std::size_t N, bool Noisy>
    void assign(int slot, const kernel::linear<scalar, N, Noisy>& value) {
        if (slot != handle::state) {
            scalar* const stage = data_of(stages_[static_cast<std::size_t>(slot)]);
            if constexpr (clips)
                if (waiting_.output) return bound_and_keep(stage, value, {0.0, 1.0});
            return kernel::sweep<most>(stage, value, shape_, noise_);
        }
        detail::require(!assigned_,
                        "the solver assigns x() twice in a step; it is assigned once, at "
                        "the end: use a stage before");
        assigned_ = true;
        detail::require(Solver::history == 0 || evaluations_in_step_ > 0,
                        "a solver with a history calls the network in every step");
        has_prediction_ = Solver::history > 0 || (keeps_prediction_ && evaluations_in_step_ > 0);
        // A prediction that is the network's output itself is kept already.
        const bool writes = has_prediction_ && keep_.coefficients != output_itself;
        scalar* const first_output = data_of(outputs_[first_slot(index_)]);
        if constexpr (clips) {
            if (waiting_.output == first_output && has_prediction_)
                return bound_and_keep(data_of(x_), value, keep_.coefficients);
            if (waiting_.output && !writes)
                return kernel::sweep<most>(data_of(x_), value, shape_, noise_, waiting_.state,
                                           waiting_.output,
                                           kernel::beside<scalar, true, false>{bounds(), {}});
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
    // From then on its network's output holds the bounded prediction.

    kernel::bounded_prediction<scalar> bounds() const {
        return {static_cast<number>(waiting_.data.state), static_cast<number>(waiting_.data.output),
                static_cast<number>(model_.bounds.low), static_cast<number>(model_.bounds.high)};
    }

    /// out = value, and keep[0] times the state plus keep[1] times the bounded prediction in place
    /// of the network's output.
    template <std::size_t N, bool Noisy>
    void bound_and_keep(scalar* out, const kernel::linear<scalar, N, Noisy>& value,
                        const std::array<double, 2>& keep) {
        kernel::sweep<most>(
            out, value, shape_, noise_, waiting_.state, waiting_.output,
            kernel::beside<scalar, true, true>{bounds(), kept(waiting_.output, keep)});
        waiting_ = {};
    }

    /// In a pass of its own, where no sweep came in time.
    void bound() {
        if (!waiting_.output) return;
        kernel::sweep<most>(waiting_.output, kernel::term<scalar>(1.0, waiting_.output), shape_,
                            noise_, waiting_.state, waiting_.output,
                            kernel::beside<scalar, true, false>{bounds(), {}});
        waiting_ = {};
    }

    struct predictions {
        expression data, noise;
    };

    predictions predict(const handle& v, const knot& k) {
        detail::require(
            evaluations_in_step_ < Solver::evaluations,
            "the solver calls the network more than its `evaluations` = ", Solver::evaluations,
            " times in a step; raise that number, or take E from D: (x - alpha D) / "
            "sigma");
        if constexpr (clips) bound();
        const std::size_t slot = evaluations_in_step_ == 0
                                     ? first_slot(index_)
                                     : ring - 1 + static_cast<std::size_t>(evaluations_in_step_);
        buffer& out = outputs_[slot];
        const reading r = model_.at(k);
        call(v, k, r, out);
        if constexpr (has_classifier) add_gradient(v, k, r, out);
        if constexpr (thresholds)
            detail::threshold_samples(model_.bounds, v.operand(), data_of(out), r.data,
                                      shape_of(x_), data_of(magnitudes_[0]));
        ++evaluations_;
        ++evaluations_in_step_;

        const auto linear = [&](const mix& m) -> expression {
            return {{m.state, m.output}, {v.operand(), data_of(out)}, {}};
        };
        if constexpr (clips || thresholds) {
            if constexpr (clips) waiting_ = {v.operand(), data_of(out), r.data};
            return {linear({0.0, 1.0}), linear({1.0 / k.sigma, -k.alpha / k.sigma})};
        } else {
            return {linear(r.data), linear(r.noise)};
        }
    }

    /// f(the array that v names).
    void with_array(const handle& v, const auto& f) {
        if (v.slot() == handle::state)
            f(std::as_const(x_));
        else
            f(std::as_const(stages_[static_cast<std::size_t>(v.slot())]));
    }

    void call(const handle& v, const knot& k, const reading& r, buffer& out) {
        const auto on = [&](const auto& input) {
            if constexpr (two_outputs) {
                buffer& second = seconds_[static_cast<std::size_t>(evaluations_in_step_)];
                detail::call_network_twice(model_.network, input, k, r.label, out, second, index_);
                last_second_ = data_of(second);
                last_state_ = v.operand();
                last_data_ = r.data;
            } else {
                detail::call_network(model_.network, input, k, r.label, out, index_);
            }
        };
        if constexpr (scales) {
            kernel::sweep<most>(data_of(scaled_[0]), r.input_scale * v, shape_, noise_);
            on(std::as_const(scaled_[0]));
        } else {
            with_array(v, on);
        }
    }

    void add_gradient(const handle& v, const knot& k, const reading& r, buffer& out) {
        with_array(v, [&](const auto& input) {
            detail::call_network(model_.classifier.gradient, input, k, k.t, gradient_[0], index_,
                                 "the classifier's gradient");
        });
        detail::add_gradient(out, gradient_[0], model_.classifier.scale, k, r);
    }

    void require_second(const char* word) const {
        static_assert(reads_second,
                      "fokker: a solver that reads the network's second output says so: give it "
                      "bool reads(fokker::second_output) const");
        detail::require(two_outputs, word, " was asked for, and the network has no second output");
        detail::require(last_second_ != nullptr, word,
                        " was asked for before the network was called in this step");
    }

    X x_;
    Model model_;
    fokker::grid grid_;
    Solver solver_;
    Noise noise_;
    array_shape shape_;

    std::array<buffer, outputs> outputs_;
    std::array<buffer, detail::stages_of<Solver>()> stages_;
    std::array<buffer, scales ? 1 : 0> scaled_;
    std::array<buffer, seconds> seconds_;
    std::array<buffer, has_classifier ? 1 : 0> gradient_;
    using magnitudes =
        std::conditional_t<array_traits<state_type>::is_fixed, buffer, std::vector<scalar>>;
    std::array<magnitudes, thresholds ? 1 : 0> magnitudes_;  // of one sample

    int index_ = 0;
    int start_ = 0;  // where the walk began: there is no history before it
    int evaluations_in_step_ = 0;
    std::uint32_t gaussians_in_step_ = 0;
    std::int64_t evaluations_ = 0;
    bool keeps_prediction_ = false;
    bool assigned_ = false;  // x() in this step
    bool has_prediction_ = false;
    expression keep_;  // this step's first prediction

    const scalar* last_second_ = nullptr;  // of this step's last network call, as are these
    const scalar* last_state_ = nullptr;
    mix last_data_{};

    struct prediction_to_bound {
        const scalar* state = nullptr;
        scalar* output = nullptr;
        mix data{};
    };
    prediction_to_bound waiting_;
};

}  // namespace fokker
