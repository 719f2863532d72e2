/// The network's part of a walk: it calls the model's network and holds what came back.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <type_traits>
#include <utility>
#include <vector>

#include <fokker/error.hpp>
#include <fokker/kernel/array.hpp>
#include <fokker/kernel/linear.hpp>
#include <fokker/kernel/sweep.hpp>
#include <fokker/model/known_region.hpp>
#include <fokker/model/model.hpp>
#include <fokker/model/network.hpp>
#include <fokker/model/second_output.hpp>
#include <fokker/model/threshold.hpp>
#include <fokker/noise/source.hpp>
#include <fokker/path/knot.hpp>
#include <fokker/solver/solver.hpp>

namespace fokker::detail {

/// Both predictions of one call, lazily linear in the state and the network's output.
template <class T>
struct predictions {
    kernel::linear<T, 2> data, noise;
};

/// Where a data prediction comes from: a state and the network's output, each some times; and the
/// noise prediction, from the output as the network made it, or from the data prediction that
/// bounds have put in its place.
template <class T>
struct prediction_source {
    const T* state = nullptr;
    T* output = nullptr;
    mix data{};
    mix noise{}, bounded_noise{};
};

/// Calls the network for a walk over states of type State, and keeps the outputs of this step and
/// of those that the solver looks back on. Model may be a reference.
template <class State, class Model, solver Solver>
class predictor {
    using scalar = scalar_of<State>;
    using buffer = owner_of<State>;
    using plain_model = std::remove_cvref_t<Model>;
    using network = network_of<Model>;
    static constexpr std::size_t ring = static_cast<std::size_t>(Solver::history) + 1;

public:
    static constexpr bool knows = plain_model::has_known_region;
    /// Fixed bounds are left to the next sweep, unless a pass is made here anyhow.
    static constexpr bool clips = plain_model::clips && !knows;
    static constexpr bool thresholds = plain_model::thresholds;
    /// Whether the network is called for two outputs: where the solver reads the second, or where
    /// it cannot be called for one.
    static constexpr bool reads_second = reads_second_output<Solver>;
    static constexpr bool two_outputs = [] {
        if constexpr (!reads_second && network_for<network, State, buffer>)
            return false;
        else
            return two_output_network_for<network, State, buffer>;
    }();

    predictor(Model model, const State& like) : model_(std::forward<Model>(model)) {
        const auto make = [&](auto& buffers) {
            for (auto& b : buffers) b = array_traits<State>::like(like);
        };
        make(outputs_);
        make(scaled_);
        make(seconds_);
        make(gradient_);
        if constexpr (knows) {
            require_region_fits(shape_of(model_.known.x0), shape_of(like), "x0");
            require_region_fits(shape_of(model_.known.mask), shape_of(like), "mask");
        }
        if constexpr (thresholds && !array_traits<State>::is_fixed)
            magnitudes_[0].resize(shape_of(like).elements);
        else if constexpr (thresholds)
            make(magnitudes_);
    }

    const plain_model& model() const { return model_; }
    second_output second_kind() const {
        return second_output_of<network, State, buffer, reads_second>(model_.second);
    }

    void begin_step(int index, bool begins_walk) {
        index_ = index;
        begin_part();
        if (!begins_walk) return;
        begin_walk(model_.network);
        if constexpr (plain_model::has_classifier) begin_walk(model_.classifier.gradient);
    }

    /// Outputs of this step may be written over from here on.
    void begin_part() {
        calls_in_part_ = 0;
        if constexpr (clips) waiting = {};
        last_second_ = nullptr;
    }

    /// Calls the network at `input`, a state at the knot k.
    predictions<scalar> predict(const auto& input, const knot& k) {
        require(calls_in_part_ < Solver::evaluations,
                "the solver calls the network more than its `evaluations` = ", Solver::evaluations,
                " times in a step; raise that number, or take E from D: (x - alpha D) / sigma");
        const std::size_t slot = calls_in_part_ == 0
                                     ? first_slot(index_)
                                     : ring - 1 + static_cast<std::size_t>(calls_in_part_);
        buffer& out = outputs_[slot];
        const reading r = model_.at(k);
        call(input, k, r, out);
        constexpr bool bounded = clips || thresholds || knows;
        mix of_data{};
        if constexpr (bounded) of_data = {1.0 / k.sigma, -k.alpha / k.sigma};
        last_.state = data_of(input);
        last_.output = data_of(out);
        last_.data = r.data;
        last_.noise = thresholds || knows ? of_data : r.noise;
        if constexpr (clips) last_.bounded_noise = of_data;
        if constexpr (plain_model::has_classifier) {
            call_network(model_.classifier.gradient, input, k, k.t, gradient_[0], index_,
                         "the classifier's gradient");
            add_gradient(out, gradient_[0], model_.classifier.scale, k, r);
        }
        if constexpr (thresholds)
            threshold_samples(model_.bounds, data_of(input), data_of(out), r.data, shape_of(out),
                              data_of(magnitudes_[0]));
        if constexpr (knows) impose_known(data_of(input), data_of(out), r.data, shape_of(out));
        ++calls_;
        ++calls_in_part_;

        const auto linear = [&](const mix& m) -> kernel::linear<scalar, 2> {
            return {{m.state, m.output}, {data_of(input), data_of(out)}, {}};
        };
        if constexpr (clips) waiting = last_;
        if constexpr (bounded)
            return {linear({0.0, 1.0}), linear(of_data)};
        else
            return {linear(r.data), linear(r.noise)};
    }

    /// The second output of the last call.
    const scalar* second(const char* word) const {
        static_assert(reads_second,
                      "fokker: a solver that reads the network's second output says so: give it "
                      "bool reads(fokker::second_output) const");
        require(two_outputs, word, " was asked for, and the network has no second output");
        require(last_second_ != nullptr, word,
                " was asked for before the network was called in this step");
        return last_second_;
    }

    const prediction_source<scalar>& last() const { return last_; }
    int calls_in_part() const { return calls_in_part_; }
    std::int64_t calls() const { return calls_; }
    /// The first output of a step, numbered from the grid's beginning.
    const buffer& first_output(int index) const { return outputs_[first_slot(index)]; }
    scalar* first_output(int index) { return data_of(outputs_[first_slot(index)]); }

    /// A prediction whose bounds no sweep has applied yet; from then on its output holds it
    /// bounded.
    prediction_source<scalar> waiting;

private:
    static constexpr std::size_t outputs = ring + static_cast<std::size_t>(Solver::evaluations) - 1;
    static constexpr std::size_t seconds =
        two_outputs ? static_cast<std::size_t>(Solver::evaluations) : 0;

    /// Outputs 0 .. history are a ring of each step's first one; the rest belong to a step.
    static std::size_t first_slot(int index) { return static_cast<std::size_t>(index) % ring; }

    /// After the thresholds, which leave the data prediction itself, and with the fixed bounds.
    void impose_known(const scalar* state, scalar* out, const mix& data, array_shape shape) {
        impose(model_.known, state, out, thresholds ? mix{0.0, 1.0} : data, model_.bounds, shape);
        // What is known is so without the condition, too.
        if (last_second_ && second_kind() == second_output::unconditional)
            impose(model_.known, state, last_second_, data, no_bounds{}, shape);
    }

    void call(const auto& input, const knot& k, const reading& r, buffer& out) {
        const auto on = [&](const auto& x) {
            if constexpr (two_outputs) {
                buffer& second = seconds_[static_cast<std::size_t>(calls_in_part_)];
                call_network_twice(model_.network, x, k, r.label, out, second, index_);
                last_second_ = data_of(second);
            } else {
                call_network(model_.network, x, k, r.label, out, index_);
            }
        };
        if constexpr (plain_model::scales_input) {
            no_noise none;
            kernel::sweep(data_of(scaled_[0]), kernel::term<scalar>(r.input_scale, data_of(input)),
                          shape_of(input), none);
            on(std::as_const(scaled_[0]));
        } else {
            on(input);
        }
    }

    using magnitudes =
        std::conditional_t<array_traits<State>::is_fixed, buffer, std::vector<scalar>>;

    Model model_;
    std::array<buffer, outputs> outputs_;
    std::array<buffer, plain_model::scales_input ? 1 : 0> scaled_;
    std::array<buffer, seconds> seconds_;
    std::array<buffer, plain_model::has_classifier ? 1 : 0> gradient_;
    std::array<magnitudes, thresholds ? 1 : 0> magnitudes_;  // of one sample

    int index_ = 0;
    int calls_in_part_ = 0;
    std::int64_t calls_ = 0;
    scalar* last_second_ = nullptr;
    prediction_source<scalar> last_;
};

}  // namespace fokker::detail
