/// The walk: what a solver sees of a run, and may say. It is no template: arrays are slots, and
/// what a solver assigns becomes a pass, which is data (pass_maker.hpp). `run` owns the arrays and
/// calls the network; `solver_walk` adds what only the compiler can check.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include <fokker/compiled.hpp>
#include <fokker/core/handle.hpp>
#include <fokker/core/memory.hpp>
#include <fokker/core/network_call.hpp>
#include <fokker/core/pass_maker.hpp>
#include <fokker/core/sample_part.hpp>
#include <fokker/core/slots.hpp>
#include <fokker/core/space.hpp>
#include <fokker/error.hpp>
#include <fokker/finite.hpp>
#include <fokker/kernel/array_shape.hpp>
#include <fokker/kernel/error_norm.hpp>
#include <fokker/kernel/linear.hpp>
#include <fokker/model/bounds.hpp>
#include <fokker/model/prediction.hpp>
#include <fokker/noise/noise_reference.hpp>
#include <fokker/path/grid.hpp>
#include <fokker/path/knot.hpp>
#include <fokker/path/prior.hpp>
#include <fokker/path/transition.hpp>
#include <fokker/target.hpp>

FOKKER_MAY_SHADOW

namespace fokker::inline FOKKER_TARGET::core {

namespace types {

/// One run as its solver sees it.
class walk : public pass_maker {
public:
    using handle = state_handle<walk>;
    using gaussian_sum = sum<0, kernel::gaussian_term>;
    /// One whose elements have deviations of their own.
    using elementwise_gaussian = sum<0, kernel::elementwise_gaussian_term<slot>>;

    // What a solver may say.

    /// The knots of this step, from noise to data (on a reversed grid the other way).
    std::pair<const detail::grid_knot&, const detail::grid_knot&> interval() const {
        return {before(0), walked(at(1))};
    }
    /// The knot where the step k before this one began; before(0) is this one's beginning.
    const detail::grid_knot& before(int k) const { return walked(at(-k)); }
    /// Whether there is no earlier prediction: the first step, or the first after a seek or a jump
    /// of the grid.
    bool first() const { return index_ == start_; }
    /// Earlier steps whose predictions past(k) can give: at most the solver's history.
    int past_steps() const { return (std::min)(facts_.history, index_ - start_); }
    /// Whether this step is the grid's last one.
    bool last() const { return index_ + 1 == grid_.steps(); }
    /// Steps of the whole grid, this step's number from 0 on, and the knot where the walk ends.
    /// solver_steps() leaves out the grid's jumps, which the walk makes without the solver.
    int steps() const { return grid_.steps(); }
    int solver_steps() const { return grid_.steps() - grid_.jumps(); }
    int index() const { return index_; }
    const knot& end() const { return walked(grid_.size() - 1); }
    /// The path's own knot with this lambda. Throws fokker::error on a grid without a path.
    knot knot_at(double lambda) const { return grid_.knot_at(lambda); }
    /// The same by time.
    knot knot_at_time(double time) const { return grid_.knot_at_time(time); }
    /// The path's time with this lambda. Throws as knot_at does.
    double time_at(double lambda) const { return grid_.time_at(lambda); }

    /// The state, and scratch states 0 .. Solver::stages - 1.
    handle x() { return {*this, state}; }
    handle stage(int k) {
        if (k < 0 || k >= facts_.stages) refuse_state("stage", k, facts_.stages, "stages");
        return {*this, slot_at(plan_.stages + k)};
    }
    /// States that survive the step, 0 .. Solver::memories - 1; nothing is in them when first(),
    /// but see remembers().
    handle memory(int k) {
        if (k < 0 || k >= facts_.memories) refuse_state("memory", k, facts_.memories, "memories");
        return {*this, memory_at(k)};
    }

    /// Whether something is in the memories: after the first step, and before it if run::set_memory
    /// has set them. A jump of the grid forgets it.
    bool remembers() const { return !first() || set_memories_ != 0; }

    /// Calls the network at a state and gives the data prediction, E[x_0 | x], lazily linear.
    expression data(const handle& v, const knot& k) { return data_for(v, k, nullptr); }

    /// The same, by a call that goes from the knot k to the knot `to`: a flow map predicts the data
    /// for that way. All other networks do not ask where it leads.
    expression data(const handle& v, const knot& k, const knot& to) { return data_for(v, k, &to); }

    /// The same, as the noise prediction. Where the data prediction is bounded it follows that,
    /// unless the model says that it stays as it is.
    expression epsilon(const handle& v, const knot& k) {
        predict(v.slot(), k, nullptr, true);
        if (calls_in_part_ == 1) keeps_noise_ = facts_.history > 0;
        return prediction_of(last_call(), true);
    }

    /// The first prediction of the step k before this one, in the form that the solver asked for.
    sum<1> past(int k) const {
        if (k < 1 || k > past_steps()) refuse_past(k);
        const int place = head_ - k;
        return {{1.0}, {slot_at(plan_.outputs + (place < 0 ? place + ring() : place))}, {}};
    }

    /// The error that a step control asks about: for each sample the root mean square of
    /// error / (absolute + relative max(|a|, |b|)), and of those the largest, or the root of their
    /// mean square. For each_sample it is the largest, and step_control::walk has all.
    double error_norm(const handle& error, const handle& a, const handle& b,
                      const tolerance& wanted) {
        if (elements_.any()) refuse_measuring();
        if (wanted.over == error_over::each_sample && shape_.samples > 1)
            return sample_errors(error.slot(), a.slot(), b.slot(), wanted);
        return operations_->error_norm(address(error.slot()), address(a.slot()), address(b.slot()),
                                       shape_, wanted);
    }

    /// The Euclidean norm of a state's samples, in the mean over the batch. What a solver makes of
    /// it ties the samples of a batch to each other.
    double norm(const handle& v) const {
        if (elements_.any()) refuse_measuring();
        return operations_->mean_norm(address(v.slot()), shape_);
    }

    /// Begins a part of a step, in a step that has several: predictions made so far are no longer
    /// valid, and the network can be called anew.
    void begin_part() { forget_calls(); }

    /// Begins a part, as begin_part() does, that may be rejected. All that the step does from here
    /// on belongs to it, until the next one begins: parts that begin_part() begins, too.
    void try_part();

    /// Undoes what was done since try_part(), so that a shorter part, or another one, can be tried:
    /// memories have again the values from before it, Gaussians get the same numbers again, and
    /// predictions made in it are no longer valid. What the network and the noise source keep from
    /// call to call they keep as it was. Stages stay as they are; x() must not have been assigned.
    void reject_part();

    // For a step control.

    /// What the part predicted first is the prediction that the run shows of this step, of the
    /// chosen samples: said before the state is changed that it was made from.
    void keep_part_prediction() { preview_part(); }

    // And for one whose samples have parts of their own (error_over::each_sample).

    /// Begins parts in which each sample of the batch has a place and a length of its own: they are
    /// the control's to fill in. Throws fokker::error, if there is more than one sample, where the
    /// solver or the network keeps something that would be one for all.
    std::span<sample_part> begin_sample_parts();
    /// Throws as begin_sample_parts() does, and where the solver draws noise in its parts: what can
    /// be known before the first step.
    void require_sample_parts(bool draws) const;
    /// What is assigned from here on is so for the samples for which is_chosen(part) holds, and the
    /// others stay as they are; errors are theirs, too. The network is called with all.
    template <class F>
    void choose_samples(const F& is_chosen) {
        choose(is_chosen);
    }
    /// The network and the noise go back to what they were before the part that was tried, as
    /// nobody can say whose they would be.
    void end_sample_part() {
        if (shape_.samples > 1 && outside_.go_back) outside_.go_back(outside_.owner);
    }
    void end_sample_parts() { leave_samples(); }

    /// What this step's last network call wrote beside its prediction, number k of it, as it came.
    /// Valid until the step ends. What it means is no matter of the walk; `word` is what the solver
    /// said.
    sum<1> further(int k, const char* word) const { return {{1.0}, {further_slot(k, word)}, {}}; }

    /// The same as a data prediction, at the state and knot of that call, lazily linear and never
    /// bounded; where it is one.
    expression further_data(int k, const char* word) const {
        const slot of = further_slot(k, word);
        return pair_of(last_call().further_data, last_call().input, of);
    }

    /// The noise prediction of this step's last network call as the network made it, before any
    /// bounds, correction and known region.
    expression unbounded_epsilon() const {
        detail::require(calls_in_part_ > 0,
                        "unbounded_epsilon() was asked for before the network was called");
        const network_call& c = last_call();
        return pair_of(c.noise, c.input, c.raw);
    }

    /// Whether the model clips or corrects the data prediction and leaves the noise prediction as
    /// it is, so that x is not alpha D + sigma eps_hat. A step that goes by both then takes the
    /// second from unbounded_epsilon().
    bool keeps_noise() const { return network_.keeps_noise; }

    /// Throws network_error unless what the network said can be used: `what` is wrong, at this step
    /// and its first knot; `remedy` goes on from there.
    void require_output(bool is_good, const char* what, const char* remedy) const {
        if (!is_good) refuse_output(what, remedy);
    }

    /// A fresh standard Gaussian: this step's own.
    gaussian_sum gaussian() {
        const auto [s, t] = interval();
        return gaussian(s, t);
    }

    /// The same for a part of the step, from a knot to another: where the noise is one Brownian
    /// path, its increment over that part, divided by its standard deviation. To other sources it
    /// is a Gaussian like any.
    gaussian_sum gaussian(const knot& s, const knot& t) {
        if (in_samples_) refuse_sample_parts(draws_in_parts);
        detail::require(gaussians_ < draws_in_step, "a step draws more than ", draws_in_step,
                        " Gaussians");
        const std::uint32_t draw = first_draw() + gaussians_++;
        if (!noise_.tells_draws()) return kernel::gaussian<slot>(1.0, draw);
        return kernel::gaussian<slot>(1.0, draw, brownian_clock(s), brownian_clock(t));
    }

    /// A fresh Gaussian whose variance in each element is constant + varying, held to the limits
    /// (at least 0); `varying` is one array some times, such as 0.5 * second(), or such an array
    /// minus the square of a prediction, as 0.5 * (second() - squared(eps_hat)). It is read where
    /// this is assigned.
    elementwise_gaussian gaussian_with_variance(double constant, const sum<1>& varying,
                                                const kernel::variance_limits& limits = {}) {
        return gaussian_from(kernel::variance_form::plain, constant, varying, limits);
    }
    elementwise_gaussian gaussian_with_variance(double constant,
                                                const kernel::excess<slot>& varying,
                                                const kernel::variance_limits& limits = {}) {
        return kernel::with_std<slot>(
            gaussian(),
            {kernel::variance_form::excess, constant, varying.factor, varying.d.operands[0], limits,
             varying.d.coefficients[0], varying.e.coefficients, varying.e.operands, nullptr});
    }

    /// A fresh Gaussian whose variance in each element is exp(constant + varying).
    elementwise_gaussian gaussian_with_log_variance(double constant, const sum<1>& varying) {
        return gaussian_from(kernel::variance_form::logarithm, constant, varying, {});
    }

    /// A fresh Gaussian whose variance in element i of a sample is variance(i), the same in every
    /// sample, and once in a step; for a solver with `map_elements()`.
    elementwise_gaussian gaussian_with_variance_map(const auto& variance) {
        for (std::size_t i = 0; i < map_.size(); ++i) map_[i] = variance(i);
        kernel::elementwise_std<slot> std{kernel::variance_form::map, 0.0, 1.0};
        std.map = map_.data();
        return kernel::with_std<slot>(gaussian(), std);
    }

    // What the run asks.

    walk(grid&& knots, const run_facts& facts, array_shape shape, std::size_t map_elements)
        : pass_maker(facts, shape), grid_(std::move(knots)), map_(map_elements) {
        if (grid_.element_paths()) [[unlikely]]
            begin_elements();
    }

    /// Where everything is: `addresses` of all slots, which the run keeps up to date. `bounds` are
    /// fixed ones, or null. A walk may be over a range of a batch: then the addresses are those of
    /// its first sample, whose number in the batch is `first_sample`.
    void attach(void** addresses, const operations& of_space, const network_reference& network,
                const detail::fixed_bounds* bounds, const kernel::noise_reference& noise,
                std::size_t first_sample = 0) {
        pass_maker::attach(addresses, of_space, network, bounds, noise, first_sample);
    }

    /// How the network and the noise source go back to what they kept; for a solver that tries
    /// parts; and how many bytes an element has.
    void attach_outside(const memory_reference& outside, std::size_t element_size) {
        outside_ = outside;
        element_size_ = element_size;
    }

    void begin_step() {
        if (first() && set_memories_ != 0) require_all_memories();
        elements_.begin();
        begin_path();
        if (first()) network_.begin_walk(network_.network);
    }

    /// After the step was gone through: whether it was for one of the elements' paths, and is to be
    /// gone through again.
    bool next_path() { return elements_.is_dry() && end_path(); }

    void end_step() {
        detail::require(assigned_, "the solver ended a step without assigning x()");
        move_on();
    }

    /// After something was thrown in a step: all is again as it was before it.
    void undo_step() {
        give_back(renewed_);
        leave_samples();
        predicted_ = nothing;
        elements_.begin_path(0);
    }

    /// Whether just one step was done since the walk began, went elsewhere or jumped.
    bool first_was_done() const { return index_ == start_ + 1; }
    bool at_jump() const { return grid_.is_jump(index_); }

    /// Back to more noise, by the forward process: draw 0 of the step. The history begins anew.
    void jump();

    /// x = N(0, std^2 I) with the prior's standard deviation at the first knot: draw 0.
    void fill_prior(prior from) {
        write_state(
            [=](const walk& w) {
                return transition{0.0, detail::prior_std(from, w.walked(0))};
            },
            0);
    }
    /// x = alpha x + sigma z with those of the first knot: the same draw.
    void add_noise() {
        write_state(
            [](const walk& w) {
                return transition{w.walked(0).alpha, w.walked(0).sigma};
            },
            0);
    }

    void seek(int index) {
        index_ = start_ = index;
        set_memories_ = 0;
        predicted_ = nothing;
    }

    /// Where memory k is read by the run, between two steps; and where it is set, which says that
    /// the solver may begin with it. Throws fokker::error if there is none.
    slot memory_to_read(int k) const;
    slot memory_to_set(int k);
    int memories() const { return facts_.memories; }

    /// Where the walk is, between two steps.
    template <class Archive>
    void visit_place(Archive& archive) {
        archive(index_);
        archive(start_);
        archive(set_memories_);
        archive(calls_);
        if constexpr (Archive::reads) predicted_ = nothing;
    }
    /// f(slot) for the arrays that matter between two steps: the state, and what the solver looks
    /// back on.
    template <class F>
    void for_each_kept(const F& f) const {
        f(state);
        for (int k = 1; k <= past_steps(); ++k) f(past(k).operands[0]);
        for (int k = 0; k < facts_.memories; ++k)
            if (is_in_memory(k)) f(memory_at(k));
    }

    void keep_prediction(bool wanted) { keeps_prediction_ = wanted; }
    /// The slot of the data prediction that the last step began with.
    slot prediction() const {
        detail::require(predicted_ != nothing,
                        "there is no prediction: none was kept in the last step, or no step was "
                        "done; see keep_prediction");
        return slot_at(predicted_);
    }
    const grid& knots() const { return grid_; }
    array_shape shape() const { return shape_; }
    std::int64_t evaluations() const { return calls_; }

private:
    static constexpr std::uint32_t draws_in_step = 256;
    static constexpr const char* draws_in_parts = "draws noise in its parts";

    std::size_t at(int ahead) const { return static_cast<std::size_t>(index_ + ahead); }
    int ring() const { return facts_.history + 1; }
    std::uint32_t first_draw() const {
        return static_cast<std::uint32_t>(index_ + 1) * draws_in_step;
    }
    void move_on() {
        ++index_;
        if (++head_ == ring()) head_ = 0;
    }

    expression prediction_of(const network_call& c, bool noise) const {
        return pair_of(reading_of(c, noise), c.input, c.output);
    }
    const network_call& last_call() const { return part_calls_[calls_in_part_ > 1 ? 1 : 0]; }

    slot further_slot(int k, const char* word) const {
        detail::require(k < facts_.further, word,
                        " was asked for, and the network has no such output");
        detail::require(calls_in_part_ > 0, word,
                        " was asked for before the network was called in this step");
        return slot_at(static_cast<int>(place_of(last_call().further)) + k);
    }

    elementwise_gaussian gaussian_from(kernel::variance_form form, double constant,
                                       const sum<1>& varying,
                                       const kernel::variance_limits& limits) {
        return kernel::with_std<slot>(
            gaussian(), {form, constant, varying.coefficients[0], varying.operands[0], limits});
    }

    expression data_for(const handle& v, const knot& k, const knot* to) {
        predict(v.slot(), k, to, false);
        if (calls_in_part_ == 1) keeps_noise_ = false;
        return prediction_of(last_call(), false);
    }
    void predict(slot input, const knot& k, const knot* to, bool as_noise);

    void leave_samples() {
        choose_all();
        in_samples_ = false;
    }
    double sample_errors(slot error, slot a, slot b, const tolerance& wanted);

    /// x = scale x + std z, outside of a step, with what of(walk) says on each path.
    template <class F>
    void write_state(const F& of, std::uint32_t draw) {
        elements_.begin();
        choose_all();
        do {
            const transition q = of(*this);
            write_state(q.scale, q.std, draw);
        } while (next_path());
    }
    void write_state(double scale, double std, std::uint32_t draw);

    /// Knot i of the grid, on the path that is gone through.
    const detail::grid_knot& walked(std::size_t i) const {
        if (elements_.is_dry()) [[unlikely]]
            return elements_.knot_at(grid_, i);
        return grid_.walked(i);
    }
    void begin_path() {
        leave_samples();
        begin_part();
        is_trying_ = false;
        gaussians_ = 0;
        renewed_ = 0;
        assigned_ = false;
        predicted_ = nothing;
    }
    bool end_path();
    void begin_elements();
    /// How far from the step's beginning a knot is that the network is called at, where elements
    /// have paths of their own.
    int steps_on(const knot& k) const;
    [[noreturn]] FOKKER_COLD static void refuse_measuring();

    bool is_in_memory(int k) const { return !first() || (set_memories_ >> k & 1) != 0; }
    void require_all_memories() const;

    [[noreturn]] FOKKER_COLD static void refuse_state(const char* word, int k, int have,
                                                      const char* what);
    [[noreturn]] FOKKER_COLD void refuse_past(int k) const;
    [[noreturn]] FOKKER_COLD static void refuse_sample_parts(const char* why);
    [[noreturn]] FOKKER_COLD void refuse_output(const char* what, const char* remedy) const;

    grid grid_;
    std::vector<double> map_;     // the variances of one sample's elements, where there is a map
    memory_reference outside_{};  // where a part may be rejected

    // Between two steps: where the walk is.
    int index_ = 0;
    int start_ = 0;  // where the walk began, or jumped to: no history before it
    int head_ = 0;   // of the ring of outputs: this step's first one
    std::int64_t calls_ = 0;
    std::uint64_t set_memories_ = 0;  // those that were set from outside, before a first step

    // Within a step.
    std::uint32_t gaussians_ = 0;
    std::uint32_t tried_gaussians_ = 0;  // before the part that may be rejected
};

}  // namespace types
using types::walk;

#ifdef FOKKER_BODIES

FOKKER_INLINE void walk::try_part() {
    if (elements_.any()) refuse_measuring();
    begin_part();
    tried_gaussians_ = gaussians_;
    try_memories();
    if (outside_.remember) outside_.remember(outside_.owner);
}

FOKKER_INLINE void walk::reject_part() {
    detail::require(is_trying_,
                    "the solver rejects a part of its step that it did not begin by "
                    "try_part()");
    detail::require(!assigned_,
                    "the solver rejects a part of its step after it assigned x(), which it "
                    "does at the end of a step; assign a stage before");
    begin_part();
    gaussians_ = tried_gaussians_;
    reject_memories();
    if (outside_.go_back) outside_.go_back(outside_.owner);
}

FOKKER_INLINE void walk::require_sample_parts(bool draws) const {
    if (shape_.samples == 1) return;
    if (draws) refuse_sample_parts(draws_in_parts);
    if (facts_.memories > 0 || facts_.history > 0)
        refuse_sample_parts("keeps states or predictions from part to part");
    if (outside_.network_keeps && outside_.network_keeps(outside_.owner))
        refuse_sample_parts(
            "is run with a network that keeps something from call to call, as guidance with "
            "momentum does");
}

FOKKER_INLINE std::span<sample_part> walk::begin_sample_parts() {
    if (elements_.any()) refuse_measuring();
    require_sample_parts(false);  // a Gaussian is refused where it is asked for
    in_samples_ = shape_.samples > 1;
    return sample_parts();
}

FOKKER_INLINE double walk::sample_errors(slot error, slot a, slot b, const tolerance& wanted) {
    detail::require(in_samples_,
                    "error_norm(..) with error_over::each_sample is asked for one error of a batch "
                    "whose samples have their own; leave the parts to step_control::walk(run, ..), "
                    "or take error_over::worst_sample");
    double largest = 0.0;
    std::size_t n = 0;
    for (sample_part& part : sample_parts()) {
        const std::size_t sample = n++;
        if (!part.is_chosen) continue;
        part.error = operations_->error_norm(address(error, sample), address(a, sample),
                                             address(b, sample), {1, shape_.elements}, wanted);
        if (detail::is_nan(part.error)) return part.error;
        largest = (std::max)(largest, part.error);
    }
    return largest;
}

FOKKER_INLINE void walk::jump() {
    const auto [clean, noisy] = interval();
    const transition q = transition_between(clean, noisy);
    write_state(q.scale, q.std, first_draw());
    move_on();
    start_ = index_;
    set_memories_ = 0;
}

FOKKER_NEVER_INLINE FOKKER_INLINE bool walk::end_path() {
    give_back(renewed_);
    elements_.begin_path(elements_.path() - 1);
    begin_path();
    return true;
}

FOKKER_NEVER_INLINE FOKKER_COLD FOKKER_INLINE void walk::begin_elements() {
    detail::require(grid_.element_paths()->elements() == shape_.elements,
                    "the elements of a sample have paths of their own, ",
                    grid_.element_paths()->elements(), " of them, and the state has samples of ",
                    shape_.elements, " elements");
    const int passes = 4 + facts_.stages + 2 * facts_.memories + 2 * facts_.evaluations;
    elements_ = element_record(grid_, static_cast<std::size_t>(passes));
    choose_all();
}

FOKKER_NEVER_INLINE FOKKER_COLD FOKKER_INLINE int walk::steps_on(const knot& k) const {
    for (int ahead = 0; ahead < 2; ++ahead)
        if (k == static_cast<const knot&>(walked(at(ahead)))) return ahead;
    detail::refuse_between_elements();
}

FOKKER_NEVER_INLINE FOKKER_INLINE void walk::refuse_measuring() {
    detail::refuse(
        "this solver goes by the size of the state or of an error, which is one for all elements, "
        "and these have paths of their own; take a solver without a tolerance, such as "
        "dpm_solver_pp{} or ddim{}");
}

FOKKER_INLINE slot walk::memory_to_read(int k) const {
    detail::require(k >= 0 && k < facts_.memories, "memory(", k,
                    ") was asked for; this solver has ", facts_.memories, " memories");
    detail::require(is_in_memory(k), "memory(", k,
                    ") was asked for, and nothing is in it: before the first step, and after a "
                    "seek or a jump of the grid, memories are empty unless set_memory sets them");
    return array_of_memory(k);
}

FOKKER_INLINE slot walk::memory_to_set(int k) {
    detail::require(k >= 0 && k < facts_.memories, "set_memory(", k, ", ..): this solver has ",
                    facts_.memories, " memories");
    detail::require(facts_.starts_from_memories, "set_memory(", k,
                    ", ..): this solver does not begin with memories from outside; to go on with a "
                    "stopped run take checkpoint() and resume(..)");
    detail::require(
        first(), "set_memory(", k,
        ", ..): the walk has begun, and what the solver has beside its memories is that "
        "of the old ones; call seek(index()) first, which begins anew from here");
    set_memories_ |= std::uint64_t{1} << k;
    return memory_at(k);
}

FOKKER_INLINE void walk::require_all_memories() const {
    for (int k = 0; k < facts_.memories; ++k)
        detail::require(is_in_memory(k), "the walk begins with memories from outside, and memory ",
                        k, " of ", facts_.memories, " was not set; call set_memory for each");
}

FOKKER_INLINE void walk::write_state(double scale, double std, std::uint32_t draw) {
    const auto value = scale * x() + std * kernel::gaussian<slot>(1.0, draw);
    run_rare_pass(address(state),
                  {value.coefficients.data(), value.operands.data(), 1, &value.gaussian, nullptr},
                  nullptr, nullptr, nullptr, {});
}

FOKKER_NEVER_INLINE FOKKER_INLINE void walk::predict(slot input, const knot& k, const knot* to,
                                                     bool as_noise) {
    if (waiting_ != nothing) bound();
    if (calls_in_part_ >= facts_.evaluations)
        detail::refuse(
            "the solver calls the network more than its `evaluations` = ", facts_.evaluations,
            " times in a step, or in a part of one; raise that number, or take eps_hat from D: "
            "(x - alpha D) / sigma");
    detail::require(!assigned_,
                    "the solver calls the network after it assigned x(), which it does at the "
                    "end of a step; assign a stage before");
    const int which = calls_in_part_ == 0 ? 0 : 1;
    network_call& c = part_calls_[static_cast<std::size_t>(which)];
    c.input = input;
    c.output = slot_at(which == 0 ? plan_.outputs + head_ : plan_.calls + calls_in_part_ - 1);
    c.raw = facts_.bounds == bounding::none ? c.output : slot_at(plan_.raw);
    c.further = slot_at(plan_.further + calls_in_part_ * facts_.further);
    c.to = to;
    c.wants_noise = as_noise;
    c.is_bounded = facts_.bounds != bounding::none;
    if (elements_.any()) [[unlikely]]
        elements_.call(steps_on(k));
    if (elements_.is_dry()) [[unlikely]] {
        network_.read(network_.network, c, k);
        ++calls_in_part_;
        return;
    }
    network_.call(network_.network, c, k, index_);
    if (facts_.bounds == bounding::in_sweep && c.is_bounded) waiting_ = which;
    ++calls_;
    ++calls_in_part_;
}

FOKKER_NEVER_INLINE FOKKER_INLINE void walk::refuse_state(const char* word, int k, int have,
                                                          const char* what) {
    detail::refuse(word, "(", k, ") was asked for; this solver has ", have, "; raise its `", what,
                   "`");
}

FOKKER_NEVER_INLINE FOKKER_INLINE void walk::refuse_sample_parts(const char* why) {
    detail::refuse("this solver ", why,
                   ", so that the samples of a batch cannot take parts of their own; let all take "
                   "the same, by .tolerated = {.over = fokker::error_over::worst_sample} in its "
                   "step control");
}

FOKKER_NEVER_INLINE FOKKER_INLINE void walk::refuse_output(const char* what,
                                                           const char* remedy) const {
    const knot& s = before(0);
    throw network_error(detail::sentence({"fokker: ", what, " at step ", index_, ", t = ", s.t,
                                          ", sigma = ", s.sigma, "; ", remedy}));
}

FOKKER_NEVER_INLINE FOKKER_INLINE void walk::refuse_past(int k) const {
    detail::refuse("past(", k, ") was asked for; this solver keeps ", facts_.history, ", and ",
                   index_ - start_,
                   " steps were done since the beginning, a seek or a jump; ask first() before");
}

#endif

}  // namespace fokker::core

FOKKER_END_MAY_SHADOW
