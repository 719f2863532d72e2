/// Continuous batching: walks of their own, which come and go at any step, in one batch of the
/// network. Yu et al. 2022 (Orca) for language models, there called iteration-level scheduling.
#pragma once

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include <fokker/batching/checks.hpp>
#include <fokker/batching/held_walk.hpp>
#include <fokker/batching/label.hpp>
#include <fokker/batching/queue.hpp>
#include <fokker/batching/walk.hpp>
#include <fokker/error.hpp>
#include <fokker/finite.hpp>
#include <fokker/kernel/array.hpp>
#include <fokker/model/model.hpp>
#include <fokker/model/network.hpp>
#include <fokker/model/second_output.hpp>
#include <fokker/noise/source.hpp>
#include <fokker/path/grid.hpp>
#include <fokker/solver/solver.hpp>
#include <fokker/target.hpp>

namespace fokker::inline FOKKER_TARGET {

/// How a continuous batch calls its network.
struct batch_options {
    /// Each is for one sample of the network's batch: so many are active at most.
    std::size_t slots = 16;
    /// The batch sizes that the network is called with, rising, the last one `slots`: for an engine
    /// that is made for some sizes. A call takes the smallest that has room, and copies of the
    /// first sample fill it up. Each size has arrays of its own. Empty: all sizes from 1 to slots,
    /// whose arrays hold slots^2 samples together (256 slots of 4 x 64 x 64 floats: 4.3 GB); say
    /// sizes where that is too much, such as {1, 2, 4, 8, 16}.
    std::vector<std::size_t> sizes = {};
};

/// Many walks, each with its own grid, solver, noise and number of samples, that share the calls of
/// one network. A walk joins and leaves at any step; a round is one call for all that are active,
/// and one answer for each. The samples have the bits of the walk alone, whoever else is in the
/// batch, if the network treats each sample by itself, with bits that do not depend on the size of
/// the batch or on the place in it (and not under -ffast-math).
///
///   fokker::continuous_batch batch(Eigen::ArrayXXf(784, 1), network, {.slots = 16});
///   batch.join(batch.make_walk(grid, solver, fokker::philox{.seed = 7}));
///   while (!batch.idle()) {
///       batch.round();
///       while (auto walk = batch.take_departed()) use(walk->x());
///   }
///
/// Walks become active in the order in which they joined, each as soon as there are slots for all
/// its samples; none is overtaken, and each that is active gets an answer in each round. A solver
/// that calls the network several times a step gets an answer a round: its step is begun again with
/// each, so that k calls cost k^2 / 2 passes over the walk's arrays. A step may make 256 calls, or
/// as many as its solver declares if that is more; one that wants more ends its walk as `failed`.
/// docs/serving.md has the figures. The batch takes its memory when it is made, and a walk when it
/// is made. join, round, cancel and take_departed take none for walks of one call a step. A walk of
/// several takes one exception object a round, an adaptive one also an array for each further call
/// of its longest step, and guidance with momentum an array at its first step. The batch has no
/// threads, and belongs to one at a time; make_walk may be called by others meanwhile.
template <class X, class Model>
class continuous_batch {
    static constexpr bool checked = (detail::check_batch_types<X, Model>(), true);
    static_assert(checked);

    using array = detail::owner_of<X>;
    using scalar = detail::scalar_of<array>;
    using model_type = detail::model_for<Model>;
    using plain_model = std::remove_cvref_t<model_type>;
    using network = detail::network_of<model_type>;
    static constexpr bool takes_labels = detail::network_of_labels<network, array>;

public:
    using walk = batched_walk<array>;

    /// `sample` is an array of one sample, whose type and shape the network's batches have. It is
    /// not read. The network is f(x, times, out) or f(x, labels, out), or returns its output, with
    /// a std::span<const double> or std::span<const batch_label>; it may be inside of a model, as
    /// predicts_data(f). Throws fokker::error on sizes that do not rise to `slots`, and on more
    /// than one sample.
    continuous_batch(const X& sample, Model&& predictor, const batch_options& options = {})
        : model_(detail::as_model(std::forward<Model>(predictor))),
          sample_(array_traits<std::remove_cvref_t<X>>::like(sample)),
          elements_(detail::shape_of(sample_).elements),
          options_(options) {
        using detail::require;
        const array_shape one = detail::shape_of(sample_);
        require(one.samples == 1 && one.elements > 0,
                "a continuous batch is made with an array of one sample, to know its shape; this "
                "one has ",
                one.samples, " samples of ", one.elements, " elements");
        require(options.slots >= 1, "a continuous batch has slots = ", options.slots,
                "; it needs one at least");
        auto& sizes = options_.sizes;
        if (sizes.empty())
            for (std::size_t n = 1; n <= options.slots; ++n) sizes.push_back(n);
        std::size_t before = 0;
        for (const std::size_t each : sizes) {
            require(each > before, "the batch sizes must rise; ", each, " comes after ", before);
            before = each;
        }
        require(before == options.slots, "the largest batch size is ", before, ", and slots is ",
                options.slots, "; let them be the same");
        for (const std::size_t n : sizes) {
            inputs_.push_back(array_traits<array>::repeated(sample_, n));
            outputs_.push_back(array_traits<array>::repeated(sample_, n));
        }
        labels_.resize(options.slots);
        if constexpr (!takes_labels) times_.resize(options.slots);
        active_.reserve(options.slots);
    }
    // Walks are of the batch that made them.
    continuous_batch(const continuous_batch&) = delete;
    continuous_batch& operator=(const continuous_batch&) = delete;

    /// A walk of this batch: what `sample`, `edit` or `denoise` would walk, with the network that
    /// the batch calls. Throws fokker::error as a run does, on what is wrong with grid, solver,
    /// noise and options; where they take more slots than the batch has; if the network cannot
    /// know of the condition; and for a solver that reads a second output. What only a start finds
    /// out, such as a source without noise for this prior, makes the walk leave as `failed`. A
    /// source that is not counted, such as a std engine, is moved in, as the walk outlives the
    /// call. It takes memory, and changes nothing in the batch.
    template <class Solver, noise_or_engine Noise>
    std::unique_ptr<walk> make_walk(grid knots, const Solver& method, Noise&& noise,
                                    const batched_walk_options& options = {}) const {
        static_assert(detail::is_own_source<Noise>,
                      "fokker: walks of a batch would draw from this engine or noise source in "
                      "turns, so that each had other numbers by its company; give each walk its "
                      "own, by std::move(engine), or fokker::philox{.seed = 7}");
        return make(std::move(knots), method, std::forward<Noise>(noise), options);
    }
    /// The same without noise, for a deterministic solver and batched_start::state.
    template <class Solver>
    std::unique_ptr<walk> make_walk(grid knots, const Solver& method,
                                    const batched_walk_options& options) const {
        detail::require(options.start == batched_start::state,
                        "the walk has no noise source, and starts from noise; pass one after the "
                        "solver, such as fokker::philox{.seed = 7}, or fill x() and say .start = "
                        "fokker::batched_start::state");
        return make(std::move(knots), method, detail::no_noise{}, options);
    }
    /// Wrong calls, for the sake of their messages.
    template <class Solver, class Noise>
        requires(!noise_or_engine<Noise> && !std::convertible_to<Noise, batched_walk_options>)
    std::unique_ptr<walk> make_walk(const grid&, const Solver&, Noise&&,
                                    const batched_walk_options& = {}) const {
        static_assert(noise_or_engine<Noise>,
                      "fokker: the third argument of make_walk is a noise source, such as "
                      "fokker::philox{.seed = 7}, and the options come after it; a solver's "
                      "options are its members, as in fokker::ddim{.eta = 1}");
        return {};
    }
    template <class Solver>
    std::unique_ptr<walk> make_walk(const grid&, const Solver&) const {
        static_assert(sizeof(Solver) == 0,
                      "fokker: a walk draws the noise that it starts from, so make_walk needs a "
                      "noise source after the solver, such as fokker::philox{.seed = 7}; or say "
                      "{.start = fokker::batched_start::state} there, and fill x()");
        return {};
    }

    /// The walk waits, and becomes active in a round to come. Returns its ticket, a number above
    /// all before. Throws fokker::error on a walk of another batch, on an x() of another shape than
    /// it was made with, and on a condition that the network cannot know of; then the walk stays
    /// yours.
    std::uint64_t join(std::unique_ptr<walk>&& joining) {
        using detail::require;
        require(joining != nullptr, "join(..) was called without a walk");
        walk& w = *joining;
        require(w.batch_ == token_,
                "the walk was made by another batch; make it by make_walk(..) of this one");
        const array_shape shape = detail::shape_of(std::as_const(w).x());
        require(shape == array_shape{w.options_.samples, elements_}, "x() of the walk has ",
                shape.samples, " samples of ", shape.elements, " elements, and it was made for ",
                w.options_.samples, " of ", elements_,
                "; write to the elements of x(), and let its shape be");
        require_known(w.options_);
        w.rewind();
        w.ticket_ = ++last_ticket_;
        w.status_ = batched_status::waiting;
        w.error_ = nullptr;
        if (w.options_.deadline) ++deadlines_;
        waiting_.push(std::move(joining));
        return last_ticket_;
    }

    /// The walk leaves, active or not, with the status `cancelled`. Says whether it was there.
    /// Throws fokker::error in a call of the network; remember the ticket, and cancel after the
    /// round.
    bool cancel(std::uint64_t ticket) {
        require_between("cancel(..)");
        return leave_where([=](const walk& w) { return w.ticket_ == ticket; },
                           batched_status::cancelled);
    }

    /// One call of the network for all that are active, and an answer for each. Returns how many
    /// slots were active; 0: no walk is there. A walk whose step throws leaves as `failed`, alone.
    /// What the network throws passes through: no walk has moved then, and the next round asks for
    /// them at the same states again. So it is with the network_error that is thrown on an output
    /// that has another shape or lies in the memory of the input. Throws fokker::error if the
    /// network itself calls it. `now` is the time on any clock of yours, in which deadlines are;
    /// without it, a walk with a deadline is refused.
    std::size_t round() {
        require_between("round()");
        detail::require(
            deadlines_ == 0,
            "a walk has a deadline, and round() was not told the time; call round(now)");
        return call();
    }
    std::size_t round(double now) {
        require_between("round(..)");
        detail::require(detail::is_finite(now), "round(", now, "): the time must be finite");
        if (deadlines_ > 0)
            leave_where(
                [=](const walk& w) { return w.options_.deadline && *w.options_.deadline <= now; },
                batched_status::late);
        return call();
    }

    /// The next walk that has left the batch, in that order, or null.
    std::unique_ptr<walk> take_departed() {
        return departed_.empty() ? std::unique_ptr<walk>() : departed_.pop();
    }

    /// The walk with this ticket while it waits or is active, such as for a preview; otherwise
    /// null. The pointer is good until take_departed() hands the walk out.
    const walk* find(std::uint64_t ticket) const {
        const auto is_it = [=](const walk& w) { return w.ticket_ == ticket; };
        for (const auto& each : active_)
            if (is_it(*each)) return each.get();
        return waiting_.find(is_it);
    }

    /// Whether no walk waits or is active.
    bool idle() const { return active_.empty() && waiting_.empty(); }
    /// Walks that are active.
    std::size_t active() const { return active_.size(); }
    /// Walks that wait.
    std::size_t waiting() const { return waiting_.size(); }
    /// Slots that the active walks take, 0 .. slots().
    std::size_t slots_taken() const { return taken_; }
    std::size_t slots() const { return options_.slots; }

private:
    template <class Solver, class Noise>
    std::unique_ptr<walk> make(grid knots, const Solver& method, Noise&& noise,
                               const batched_walk_options& options) const {
        static_assert(solver<Solver>,
                      "fokker: the second argument of make_walk is a solver, such as "
                      "fokker::ddim{}, and the noise comes after it");
        using detail::require;
        const std::size_t n = options.samples;
        require(n >= 1, "a walk of a batch has samples = ", n, "; it needs one at least");
        require_known(options);
        if constexpr (detail::reads_second_output<Solver>) {
            const std::string names = detail::names_of(detail::kinds_read(method));
            require(method.reads(second_output::none),
                    "this solver reads the network's second output (", std::string_view(names),
                    "), and a batch hands on the first alone; take another solver, such as "
                    "fokker::ddim{}, or use fokker::sample");
        }
        const std::size_t slots_each = options.guided ? 2 : 1;
        require(n <= options_.slots / slots_each, "the walk has ", n, " samples with ", slots_each,
                slots_each == 1 ? " slot" : " slots", " for each, and the batch has ",
                options_.slots,
                " slots; make a larger batch, or several walks with philox{.first_sample}");
        require(options.rounds_before >= 0 && options.rounds_after >= 0, "rounds_before is ",
                options.rounds_before, " and rounds_after ", options.rounds_after,
                "; they must not be negative");
        array x = array_traits<array>::repeated(sample_, n);
        require(
            detail::shape_of(x).samples == n,
            "an array of this type is one sample, so that a walk has one; make a walk for each, "
            "with philox{.first_sample}");
        auto made =
            std::make_unique<detail::types::held_batched_walk<array, plain_model, Solver, Noise>>(
                std::move(x), model_, std::move(knots), method, std::forward<Noise>(noise),
                options);
        static_cast<walk&>(*made).batch_ = token_;
        return made;
    }

    static void require_known(const batched_walk_options& options) {
        if constexpr (!takes_labels)
            detail::require(!options.guided && options.condition == 0,
                            "the network of this batch takes the times alone, and cannot know of a "
                            "condition; write it as f(x, labels, out) with a std::span<const "
                            "fokker::batch_label>");
    }
    void require_between(const char* what) const {
        detail::require(!is_in_round_, what,
                        " was called in a round of the same batch, such as by its network, whose "
                        "answer belongs to the walks that were asked for; call it after the round");
    }

    /// The walk goes to those that have left.
    void leave(std::unique_ptr<walk> leaving, batched_status status) {
        leaving->status_ = status;
        if (leaving->options_.deadline) --deadlines_;
        departed_.push(std::move(leaving));
    }
    bool leave_where(const auto& is_wanted, batched_status status) {
        const std::size_t before = departed_.size();
        remove_active(
            [&](const walk& w) { return is_wanted(w) ? status : batched_status::active; });
        waiting_.extract(is_wanted, [&](auto each) { leave(std::move(each), status); });
        return departed_.size() > before;
    }
    /// Those that are not active any more go; the others close up, in their order.
    void remove_active(const auto& status_of) {
        std::size_t kept = 0;
        for (auto& each : active_) {
            const batched_status status = status_of(std::as_const(*each));
            if (status == batched_status::active) {
                if (&active_[kept] != &each) active_[kept] = std::move(each);
                ++kept;
            } else {
                taken_ -= each->slots();
                leave(std::move(each), status);
            }
        }
        active_.resize(kept);
    }

    void admit() {
        while (!waiting_.empty() && taken_ + waiting_.front().slots() <= options_.slots) {
            auto next = waiting_.pop();
            try {
                next->begin();
            } catch (...) {
                next->error_ = std::current_exception();
                leave(std::move(next), batched_status::failed);
                continue;
            }
            next->status_ = batched_status::active;
            taken_ += next->slots();
            active_.push_back(std::move(next));
        }
    }

    std::size_t call() {
        const struct in_round {
            bool& is;
            explicit in_round(bool& flag) : is(flag) { is = true; }
            in_round(const in_round&) = delete;
            in_round& operator=(const in_round&) = delete;
            ~in_round() { is = false; }
        } until_end(is_in_round_);
        admit();
        if (active_.empty()) return 0;
        const auto& sizes = options_.sizes;
        const auto which = static_cast<std::size_t>(
            std::lower_bound(sizes.begin(), sizes.end(), taken_) - sizes.begin());
        const std::size_t asked_for = taken_;
        ask(inputs_[which], sizes[which]);
        call_network(which);
        answer(detail::const_data_of(outputs_[which]));
        return asked_for;
    }

    /// The dense batch: walk after walk, each with all its samples, and again for guidance.
    void ask(array& input, std::size_t size) {
        scalar* const to = detail::data_of(input);
        std::size_t place = 0;
        for (const auto& each : active_) {
            const walk& w = *each;
            const std::size_t n = w.options_.samples, all = w.slots();
            scalar* const first = to + place * elements_;
            const double time = each->ask(first);
            if (all > n) detail::copy_elements<array>(first, first + n * elements_, {n, elements_});
            for (std::size_t i = 0; i < all; ++i)
                labels_[place + i] = {time, w.options_.condition, i < n, w.ticket_, i % n};
            place += all;
        }
        batch_label filling = labels_[0];
        filling.ticket = 0;
        for (; place < size; ++place) {
            detail::copy_elements<array>(to, to + place * elements_, {1, elements_});
            labels_[place] = filling;
        }
        if constexpr (!takes_labels)
            for (std::size_t i = 0; i < size; ++i) times_[i] = labels_[i].time;
    }

    void call_network(std::size_t which) {
        const array& input = inputs_[which];
        array& output = outputs_[which];
        const std::size_t size = options_.sizes[which];
        if (!array_traits<array>::same_shape(input, output))  // it threw, and left it so
            output = array_traits<array>::like(input);
        const auto ask_for = [&](const auto& handed) {
            using span = std::remove_cvref_t<decltype(handed)>;
            if constexpr (std::invocable<network&, const array&, span, array&>)
                std::invoke(model_.network, input, handed, output);
            else
                output = std::invoke(model_.network, input, handed);
        };
        if constexpr (takes_labels)
            ask_for(std::span<const batch_label>(labels_.data(), size));
        else
            ask_for(std::span<const double>(times_.data(), size));
        const array_shape made = detail::shape_of(output), wanted = detail::shape_of(input);
        const bool is_shared = detail::share_elements(output, input);
        if (made == wanted && !is_shared) return;
        output = array_traits<array>::like(input);
        throw network_error(
            is_shared
                ? detail::sentence({"fokker: the network's output is in the memory of its input; "
                                    "write to the output, or return a new array"})
                : detail::sentence({"fokker: the network's output has ", made.samples,
                                    " samples of ", made.elements, " for a batch of ",
                                    wanted.samples, " samples of ", wanted.elements}));
    }

    void answer(const scalar* said) {
        std::size_t place = 0;
        for (const auto& each : active_) {
            const scalar* const own = said + place * elements_;
            place += each->slots();
            try {
                if (each->answer(own)) each->status_ = batched_status::finished;
            } catch (...) {
                each->error_ = std::current_exception();
                each->status_ = batched_status::failed;
            }
        }
        remove_active([](const walk& w) { return w.status_; });
    }

    model_type model_;
    array sample_;
    std::size_t elements_;
    batch_options options_;
    std::vector<array> inputs_, outputs_;  // one for each size
    std::vector<batch_label> labels_;
    std::vector<double> times_;
    std::vector<std::unique_ptr<walk>> active_;  // in the order in which they joined
    detail::walk_queue<array> waiting_, departed_;
    std::size_t taken_ = 0;      // slots
    std::size_t deadlines_ = 0;  // of walks that wait or are active
    bool is_in_round_ = false;
    // Walks know by it the batch that made them, as another one may be at the same address later.
    std::shared_ptr<const char> token_ = std::make_shared<const char>();
    std::uint64_t last_ticket_ = 0;
};

template <class X, class Model>
continuous_batch(const X&, Model&&, const batch_options& = {}) -> continuous_batch<X, Model>;

}  // namespace fokker
