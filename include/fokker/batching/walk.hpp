/// A walk of a continuous batch, as its user holds it before it joins and after it left.
#pragma once

#include <cstddef>
#include <cstdint>
#include <exception>
#include <memory>
#include <optional>

#include <fokker/error.hpp>
#include <fokker/finite.hpp>
#include <fokker/kernel/array.hpp>
#include <fokker/model/guidance_options.hpp>
#include <fokker/path/knot.hpp>
#include <fokker/target.hpp>

namespace fokker::inline FOKKER_TARGET {

template <class X, class Model>
class continuous_batch;

namespace detail::types {
template <class Array>
class walk_queue;
}  // namespace detail::types

/// What a walk of a batch starts from: noise alone, the grid's prior, as `sample`; the clean data
/// in x() with the noise of the grid's first knot, as `edit`; or the state in x(), as `denoise`.
enum class batched_start { prior, data, state };

/// Where a walk is. The last four have left the batch: at its end, by cancel(), because its
/// deadline passed, or because its own start or step threw.
enum class batched_status { made, waiting, active, finished, cancelled, late, failed };

/// What a walk of a continuous_batch is made with, beside its grid, solver and noise.
struct batched_walk_options {
    /// Samples that go together, 1 or more.
    std::size_t samples = 1;
    batched_start start = batched_start::prior;
    /// Handed to the network in each sample's label: a class, or a place in a table of prompts.
    std::int64_t condition = 0;
    /// Guidance by calls with and without the condition. The walk then takes two slots for each
    /// sample, at any scale. Without it, all calls have the condition.
    std::optional<guidance> guided = {};
    /// When the walk must be done, on the clock whose time round(now) is given. It leaves as `late`
    /// before the first call at that time or later.
    std::optional<double> deadline = {};
    /// Rounds that the walk stands at its first knot before its first step, and at its last knot
    /// after its last step: in the batch, for a network that looks at several walks at once. See
    /// docs/serving.md, "A noise level for each frame".
    int rounds_before = 0;
    int rounds_after = 0;
    /// Whether prediction() is kept in each step, which costs one array write.
    bool keep_prediction = false;
};

/// A walk of its own with its samples, made by continuous_batch::make_walk. Hand it to join(), and
/// get it back from take_departed(). It can then join again, and takes no memory for that: from its
/// beginning, with the same noise if the source is counted, as philox is; an engine goes on where
/// it was, unless reseed() sets it.
template <array_like Array>
class batched_walk {
public:
    virtual ~batched_walk() = default;
    batched_walk(const batched_walk&) = delete;
    batched_walk& operator=(const batched_walk&) = delete;

    /// The samples. Fill them before join() with batched_start::data and ::state. Afterwards they
    /// are the result of a walk that has finished, and the last completed step of another one (as
    /// they were before, if it never was active). join() refuses an array of another shape than the
    /// walk was made with.
    virtual const Array& x() const = 0;
    /// The data prediction that the last step began with. Throws fokker::error if none was kept.
    virtual const Array& prediction() const = 0;

    /// Steps done since the walk joined, steps in all, and the knot where x() is.
    virtual int index() const = 0;
    virtual int steps() const = 0;
    virtual const fokker::knot& knot() const = 0;
    /// Predictions that the network gave since the walk joined.
    std::int64_t evaluations() const { return evaluations_; }

    batched_status status() const { return status_; }
    /// What join() gave; 0 before.
    std::uint64_t ticket() const { return ticket_; }
    const batched_walk_options& options() const { return options_; }
    /// What its start or its step threw, if the status is `failed`; otherwise null.
    std::exception_ptr error() const { return error_; }

    // Changes before it joins, or after it left. All throw fokker::error while it waits or is
    // active.

    /// The samples, to be written to.
    virtual Array& x() = 0;
    /// Other numbers from the noise source, as run::reseed. Throws fokker::error if the source
    /// takes no seed, too.
    virtual void reseed(std::uint64_t seed) = 0;
    void set_condition(std::int64_t condition) {
        require_outside("set_condition(..)");
        options_.condition = condition;
    }
    void set_deadline(std::optional<double> deadline) {
        require_outside("set_deadline(..)");
        detail::require(!deadline || detail::is_finite(*deadline), "the deadline is ",
                        deadline.value_or(0.0), "; it must be finite");
        options_.deadline = deadline;
    }

protected:
    explicit batched_walk(const batched_walk_options& options) : options_(options) {
        set_deadline(options.deadline);
    }

    /// Refuses to change what the batch reads.
    void require_outside(const char* what) const {
        detail::require(
            status_ != batched_status::waiting && status_ != batched_status::active, what,
            " was called while the walk is in the batch; call it before join(..) or after "
            "take_departed(), or look at the walk by find(ticket)");
    }

    /// Goes to its first knot, as it joins.
    virtual void rewind() = 0;
    /// Fills x() as its options say, and goes on to its first call, as it becomes active.
    virtual void begin() = 0;
    /// Writes the states at which the network is to be called, and says the label of their knot.
    virtual double ask(detail::scalar_of<Array>* to) = 0;
    /// What the network said: of all samples, with guidance first of those with the condition and
    /// then of those without. Whether the walk is over.
    virtual bool answer(const detail::scalar_of<Array>* said) = 0;

    std::int64_t evaluations_ = 0;

private:
    template <class X, class Model>
    friend class continuous_batch;
    friend class detail::types::walk_queue<Array>;

    /// Slots that it takes.
    std::size_t slots() const { return options_.samples * (options_.guided ? 2 : 1); }

    batched_walk_options options_;
    batched_status status_ = batched_status::made;
    std::uint64_t ticket_ = 0;
    std::shared_ptr<const char> batch_;  // the token of the batch that made it
    std::exception_ptr error_;
    std::unique_ptr<batched_walk> next_;  // in a queue
};

}  // namespace fokker
