/// A walk of a continuous batch, of any solver and noise source. What the network says comes from
/// outside, a call at a time.
#pragma once

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <type_traits>
#include <utility>
#include <vector>

#include <fokker/batching/walk.hpp>
#include <fokker/core/dry_walk.hpp>
#include <fokker/core/memory.hpp>
#include <fokker/core/network_call.hpp>
#include <fokker/core/slots.hpp>
#include <fokker/core/solver_walk.hpp>
#include <fokker/core/space.hpp>
#include <fokker/error.hpp>
#include <fokker/finite.hpp>
#include <fokker/kernel/array.hpp>
#include <fokker/kernel/linear.hpp>
#include <fokker/model/guidance.hpp>
#include <fokker/model/network_of_times.hpp>
#include <fokker/model/prediction.hpp>
#include <fokker/model/second_output.hpp>
#include <fokker/noise/source.hpp>
#include <fokker/path/grid.hpp>
#include <fokker/path/knot.hpp>
#include <fokker/run.hpp>
#include <fokker/sample.hpp>
#include <fokker/solver/solver.hpp>
#include <fokker/target.hpp>

namespace fokker::inline FOKKER_TARGET::detail {

/// out = from, element by element, each some times.
template <class Array>
void copy_elements(const scalar_of<Array>* from, scalar_of<Array>* to, const array_shape& shape,
                   double times = 1.0) {
    core::sweep<core::space_of<Array>>(to, kernel::term<scalar_of<Array>>(times, from), shape);
}

/// What a step throws whose next network call has no answer yet: the step is taken back, and
/// repeated when there is one.
struct unanswered {};

namespace types {

/// Stands for the network in one walk: it gives the answers that are there, one for each call of
/// the step, and leaves the state of the first call that has none.
template <class Array>
class batch_answers {
    using scalar = scalar_of<Array>;

public:
    batch_answers(const Array& x, const std::optional<guidance>& guided)
        : shape_(detail::shape_of(x)) {
        if (!guided) return;
        guidance_.emplace(*guided);
        require_samples_for(*guided, shape_);
    }
    /// A step may call so many times, or more. Without this there is one call, whose answer is read
    /// where it is.
    void keep(const Array& x, std::size_t calls) {
        asked_.emplace(array_traits<Array>::like(x));
        while (kept_.size() < calls) keep_another();
    }

    void operator()(const Array& x, const knot& k, Array& out) {
        if (next_ == known_) {
            detail::copy_elements<Array>(detail::data_of(x), detail::data_of(*asked_), shape_);
            label_ = k.t;
            throw unanswered{};
        }
        const scalar* const c = asked_ ? detail::data_of(std::as_const(kept_[next_])) : direct_;
        ++next_;
        if (guidance_) guidance_->begin_call(shape_, k);
        if (guidance_ && guidance_->acts_at(k))
            guidance_->guide(out, c, c + shape_.size());
        else
            detail::copy_elements<Array>(c, detail::data_of(out), shape_);
    }

    void begin_walk() {
        if (guidance_) guidance_->begin_walk();
    }
    template <class Archive>
    void memory(Archive& archive) {
        if (guidance_) guidance_->memory(archive);
    }

    // For the walk.

    /// A step begins, from its first call on; with the answers that are kept, or none.
    void begin_step() { next_ = 0; }
    void forget() { next_ = known_ = 0; }
    std::size_t known() const { return known_; }
    /// One more answer: read where it is in the step that follows at once, or kept.
    void add(const scalar* said) {
        if (!asked_) {
            direct_ = said;
            known_ = 1;
            return;
        }
        if (known_ == kept_.size()) keep_another();
        Array& to = kept_[known_];
        detail::copy_elements<Array>(said, detail::data_of(to), detail::shape_of(to));
        ++known_;
    }
    const scalar* asked() const { return detail::data_of(*asked_); }
    double label() const { return label_; }

private:
    void keep_another() {
        kept_.push_back(array_traits<Array>::repeated(*asked_, guidance_ ? 2 : 1));
    }

    array_shape shape_;
    std::optional<guidance_state> guidance_;
    std::optional<Array> asked_;  // in a walk that may call several times in a step
    std::vector<Array> kept_;
    const scalar* direct_ = nullptr;
    std::size_t next_ = 0, known_ = 0;
    double label_ = 0.0;
};

/// Model is what the batch holds, Noise as in `run`.
template <class Array, class Model, class Solver, class Noise>
class held_batched_walk final : public batched_walk<Array> {
    using base = batched_walk<Array>;
    using scalar = scalar_of<Array>;
    using answers = batch_answers<Array>;
    using step_model =
        decltype(detail::around(std::declval<answers&>(), std::declval<const Model&>()));
    using step_run = run<Array&, step_model, Solver, Noise>;

public:
    held_batched_walk(Array x, const Model& m, grid knots, const Solver& method, Noise&& noise,
                      const batched_walk_options& options)
        : base(options),
          x_(std::move(x)),
          shape_(detail::shape_of(x_)),
          prediction_(m.prediction),
          answers_(x_, options.guided),
          run_(x_, detail::around(answers_, m), std::move(knots), method,
               std::forward<Noise>(noise)) {
        is_single_ = calls_once(method, run_.grid(), shape_);
        if (!is_single_) answers_.keep(x_, most_calls(method));
        most_answers_ = (std::max)(most_answers_, most_calls(method));
        run_.keep_prediction(options.keep_prediction);
        detail::require_draws<>(run_, options.start == batched_start::state ? 0 : 1);
        using source = std::remove_cvref_t<decltype(run_.noise())>;
        if constexpr (!source::counted && !core::keeps_memory<source>)
            require(is_single_ || !detail::is_stochastic(method),
                    "this solver draws noise and calls the network several times a step, and in a "
                    "batch such a step is begun again for each call; this noise source cannot give "
                    "the same numbers again; take fokker::philox{.seed = 7}");
        if (options.rounds_after > 0)
            require(is_finite(prediction_.at(run_.grid().back()).label),
                    "rounds_after lets the walk stand at its last knot, whose label for the "
                    "network is not finite; end the grid before sigma = 0");
    }

    const Array& x() const override { return x_; }
    Array& x() override {
        this->require_outside("x()");
        return x_;
    }
    const Array& prediction() const override { return run_.prediction(); }
    int index() const override { return run_.index(); }
    int steps() const override { return run_.steps(); }
    const fokker::knot& knot() const override { return run_.knot(); }
    void reseed(std::uint64_t seed) override {
        this->require_outside("reseed(..)");
        using source = std::remove_cvref_t<decltype(run_.noise())>;
        if constexpr (requires(source& s) { s.reseed(seed); })
            run_.reseed(seed);
        else
            refuse("reseed(", seed, "): the noise source of this walk takes no such seed");
    }

private:
    void rewind() override {
        this->evaluations_ = 0;
        run_.seek(0);
    }

    void begin() override {
        before_ = this->options().rounds_before;
        after_ = this->options().rounds_after;
        answers_.forget();
        if constexpr (!std::same_as<std::remove_cvref_t<Noise>, no_noise>) {
            if (this->options().start == batched_start::prior) run_.start_from_prior();
            if (this->options().start == batched_start::data) run_.start_from_data();
        }
        advance();
    }

    double ask(scalar* to) override {
        if (!is_single_ && !run_.done()) {
            detail::copy_elements<Array>(answers_.asked(), to, shape_);
            return answers_.label();
        }
        const grid& knots = run_.grid();
        const detail::reading r =
            prediction_.at(knots.walked(static_cast<std::size_t>(run_.index())));
        detail::copy_elements<Array>(detail::data_of(std::as_const(x_)), to, shape_, r.input_scale);
        return r.label;
    }

    bool answer(const scalar* said) override {
        if (before_ > 0) {
            --before_;
            return false;
        }
        if (run_.done()) return --after_ == 0;
        ++this->evaluations_;
        answers_.add(said);
        advance();
        return run_.done() && after_ == 0;
    }

    /// As far as it goes with the answers that are there.
    void advance() {
        const auto at_jump = [&] { return !run_.done() && run_.grid().is_jump(run_.index()); };
        if (is_single_) {
            answers_.begin_step();
            if (answers_.known() > 0) run_.step();
            answers_.forget();
            while (at_jump()) run_.step();
            return;
        }
        while (!run_.done()) {
            answers_.begin_step();
            try {
                run_.step();
            } catch (const unanswered&) {
                if (answers_.known() < most_answers_) return;
                break;
            }
            answers_.forget();
        }
        require(run_.done(), "a step of this solver wants more than ", most_answers_,
                " calls of the network, and a batch begins the step again with each; take a grid "
                "of more steps, so that each has fewer calls, or a tolerance that is not so small");
    }

    /// Whether the solver calls the network once in each step, at its beginning.
    static bool calls_once(const Solver& method, const grid& knots, array_shape shape) {
        using holder = core::walk_holder<Solver>;
        const core::run_facts facts = holder::facts(method, core::bounding::none, 0);
        if (facts.tries_parts) return false;
        holder walk(method, grid(knots), facts, shape, detail::map_elements_of(method),
                    second_output::none);
        return core::dry_walk(walk, method, core::slot_plan(facts).count, nullptr).only_at_state;
    }
    static std::size_t most_calls(const Solver& method) {
        const core::run_facts facts =
            core::walk_holder<Solver>::facts(method, core::bounding::none, 0);
        return static_cast<std::size_t>(
            (std::max)({1, facts.evaluations, detail::evaluations_in_step(method)}));
    }

    Array x_;
    array_shape shape_;  // that it was made with
    std::remove_cv_t<decltype(Model::prediction)> prediction_;
    bool is_single_ = true;  // whether there is one call a step, at its beginning
    // Calls in a step: each begins it again, so that their cost goes with the square.
    std::size_t most_answers_ = 256;
    answers answers_;
    step_run run_;
    int before_ = 0, after_ = 0;
};

}  // namespace types

}  // namespace fokker::detail
