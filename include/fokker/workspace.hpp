/// What a walk computes with: the state, scratch states, the network's outputs and the noise. Every
/// assignment of a solver becomes a sweep here, and bounds and the kept prediction go along in it.
#pragma once

#include <array>
#include <cstddef>
#include <type_traits>
#include <utility>
#include <vector>

#include <fokker/error.hpp>
#include <fokker/handle.hpp>
#include <fokker/kernel/array.hpp>
#include <fokker/kernel/linear.hpp>
#include <fokker/kernel/reduced.hpp>
#include <fokker/kernel/sweep.hpp>
#include <fokker/model/bounds.hpp>
#include <fokker/model/prediction.hpp>
#include <fokker/path/knot.hpp>
#include <fokker/predictor.hpp>
#include <fokker/solver/solver.hpp>

namespace fokker::detail {

/// X, Model and Noise may be references.
template <class X, class Model, solver Solver, class Noise>
class workspace {
public:
    using scalar = scalar_of<X>;
    using number = kernel::arithmetic<scalar>;
    using state_type = std::remove_cvref_t<X>;
    using buffer = owner_of<X>;
    using predictor_type = detail::predictor<state_type, Model, Solver>;
    /// A prediction: a state and the network's output, each some times.
    using expression = kernel::linear<scalar, 2>;

    /// What a solver holds of it: the state, or a scratch state by its number.
    using handle = state_handle<scalar, workspace>;

    static constexpr bool clips = predictor_type::clips;

    workspace(X state, Model model, Noise source)
        : x_(std::forward<X>(state)),
          shape_(shape_of(x_)),
          predictor_((check_state(shape_), std::forward<Model>(model)), x_),
          noise_(std::forward<Noise>(source)) {
        for (buffer& stage : stages_) stage = array_traits<state_type>::like(x_);
    }

    const state_type& state() const { return x_; }
    array_shape shape() const { return shape_; }
    predictor_type& predictor() { return predictor_; }
    const predictor_type& predictor() const { return predictor_; }
    /// The variances of one sample's elements, where a solver has a map of them.
    std::vector<number>& map() { return map_; }

    /// The state, and the scratch state k: stages first, then what survives a step.
    handle x() { return {*this, handle::state}; }
    handle scratch(int k) { return {*this, k}; }

    const scalar* pointer(int slot) const {
        return slot == handle::state ? data_of(x_)
                                     : data_of(stages_[static_cast<std::size_t>(slot)]);
    }

    const scalar* pointer(const handle& v) const { return pointer(v.slot()); }

    /// Everything was made for the state as it was then.
    void check_shape() const {
        require(shape_of(x_) == shape_,
                "the state has changed its size since the run was made; make a new run");
    }

    /// x = value, outside of a step.
    template <std::size_t N, class Z>
    void write_state(const kernel::linear<scalar, N, Z>& value) {
        kernel::sweep(data_of(x_), value, shape_, noise_);
    }
    /// x, as an operand.
    auto state_term(double factor) { return kernel::term<scalar>(factor, data_of(x_)); }

    // A step.

    void begin_step(int index, bool begins_walk) {
        index_ = index;
        predictor_.begin_step(index, begins_walk);
        assigned_ = false;
        has_prediction_ = false;
    }
    void end_step() const { require(assigned_, "the solver ended a step without assigning x()"); }

    void begin_part() {
        bound();
        predictor_.begin_part();
    }

    predictions<scalar> predict(const handle& v, const knot& k) {
        bound();
        if (v.slot() == handle::state) return predictor_.predict(std::as_const(x_), k);
        return predictor_.predict(std::as_const(stages_[static_cast<std::size_t>(v.slot())]), k);
    }

    /// `prediction` is what is kept of this step, if it is the first of its part.
    void keep(const expression& prediction) {
        if (predictor_.calls_in_part() == 1) keep_ = prediction;
    }
    void keep_prediction(bool wanted) { keeps_prediction_ = wanted; }
    void forget_prediction() { has_prediction_ = false; }
    bool has_prediction() const { return has_prediction_; }

    template <std::size_t N, class Z>
    void assign(int slot, const kernel::linear<scalar, N, Z>& value) {
        if (slot != handle::state) {
            scalar* const stage = data_of(stages_[static_cast<std::size_t>(slot)]);
            if constexpr (clips)
                if (predictor_.waiting.output) return bound_and_keep(stage, value, output_itself);
            return kernel::sweep(stage, value, shape_, noise_);
        }
        require(!assigned_,
                "the solver assigns x() twice in a step; it is assigned once, at "
                "the end: use a stage before");
        assigned_ = true;
        require(Solver::history == 0 || predictor_.calls_in_part() > 0,
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
        if (!writes) return kernel::sweep(data_of(x_), value, shape_, noise_);
        kernel::sweep(data_of(x_), value, shape_, noise_, keep_.operands[0], keep_.operands[1],
                      kernel::beside<scalar>{.kept = kept(first_output, keep_.coefficients)});
    }

private:
    static constexpr std::size_t scratch_states = stages_of<Solver>() + memories_of<Solver>();
    static_assert(Solver::history >= 0 && Solver::evaluations >= 1,
                  "fokker: a solver has history >= 0 and evaluations >= 1");
    static constexpr std::array<double, 2> output_itself{0.0, 1.0};

    static void check_state(array_shape shape) {
        require(shape.size() > 0,
                "the state is empty; give it the size of the batch first (it is filled, not "
                "resized)");
    }

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
        kernel::sweep(out, value, shape_, noise_, waiting.state, waiting.output,
                      kernel::beside<scalar>{.is_bounded = true, .bounded = bounds(waiting.data)});
    }

    /// The same, and keep[0] times the state plus keep[1] times the bounded prediction in place of
    /// the network's output.
    template <std::size_t N, class Z>
    void bound_and_keep(scalar* out, const kernel::linear<scalar, N, Z>& value,
                        const std::array<double, 2>& keep) {
        const auto waiting = std::exchange(predictor_.waiting, {});
        kernel::sweep(out, value, shape_, noise_, waiting.state, waiting.output,
                      kernel::beside<scalar>{.is_bounded = true,
                                             .bounded = bounds(waiting.data),
                                             .kept = kept(waiting.output, keep)});
    }

    /// In a pass of its own, where no sweep came in time.
    void bound() {
        if constexpr (clips)
            if (scalar* const output = predictor_.waiting.output)
                bound_within(output, kernel::term<scalar>(1.0, output));
    }

    X x_;
    array_shape shape_;
    predictor_type predictor_;
    Noise noise_;
    std::array<buffer, scratch_states> stages_;  // and what survives a step
    std::vector<number> map_;

    int index_ = 0;
    bool keeps_prediction_ = false;
    bool assigned_ = false;  // x() in this step
    bool has_prediction_ = false;
    expression keep_;  // the first prediction of this step, or of its last part
};

}  // namespace fokker::detail
