/// What a solver assigns, as passes: sums of slots become sums of arrays, and what goes along with
/// them, bounds, memories and the prediction that is kept, is done in the same passes.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include <fokker/compiled.hpp>
#include <fokker/core/element_record.hpp>
#include <fokker/core/handle.hpp>
#include <fokker/core/network_call.hpp>
#include <fokker/core/sample_part.hpp>
#include <fokker/core/slots.hpp>
#include <fokker/core/space.hpp>
#include <fokker/error.hpp>
#include <fokker/kernel/apart.hpp>
#include <fokker/kernel/array_shape.hpp>
#include <fokker/kernel/linear.hpp>
#include <fokker/kernel/pass.hpp>
#include <fokker/model/bounds.hpp>
#include <fokker/model/prediction.hpp>
#include <fokker/noise/noise_reference.hpp>
#include <fokker/target.hpp>

FOKKER_MAY_SHADOW

namespace fokker::inline FOKKER_TARGET::core {

namespace types {

/// The part of a walk that fills passes. It knows the arrays and this step's network calls, and
/// nothing of knots.
class pass_maker {
public:
    /// A prediction: a state and the network's output, each some times.
    using expression = sum<2>;

    /// slot = value: the only entry of a solver's assignments.
    template <std::size_t N, class Z>
    void assign(slot target, const sum<N, Z>& value) {
        const double* const c = value.coefficients.data();
        const slot* const o = value.operands.data();
        terms sum{c, o, N, nullptr, nullptr};
        if constexpr (kernel::is_gaussian<Z>) sum.gaussian = &value.gaussian;
        if constexpr (requires { value.gaussian.std; }) {
            sum.std = &value.gaussian.std;
            if (waiting_ != nothing && deviations_read_waiting(sum)) bound();
        }
        if (target == state)
            assign_state(sum);
        else
            assign_scratch(target, sum);
    }

protected:
    static constexpr slot state = slot_at(0);
    static constexpr int nothing = -1;
    static constexpr std::size_t by_element = static_cast<std::size_t>(-1);  // in place of ranges

    /// What is assigned.
    struct terms {
        const double* coefficients;
        const slot* operands;
        std::size_t count;
        const kernel::gaussian_term* gaussian;  // or null
        const kernel::elementwise_std<slot>* std;
    };

    pass_maker(const run_facts& facts, array_shape shape)
        : facts_(facts), plan_(facts), shape_(shape) {
        pass_.shape = shape;
        if (!facts.tries_parts || shape.samples == 1) return;
        parts_.resize(shape.samples);
        ranges_.resize((shape.samples + 1) / 2);
    }

    void attach(void** addresses, const operations& of_space, const network_reference& network,
                const detail::fixed_bounds* bounds, const kernel::noise_reference& noise,
                std::size_t first_sample) {
        addresses_ = addresses;
        operations_ = &of_space;
        network_ = network;
        bounds_ = bounds;
        noise_ = noise;
        first_sample_ = first_sample;
        for (int k = 0; k < facts_.memories; ++k)
            if (swapped_ >> k & 1) swap_memory(k);
    }

    void* address(slot s) const { return addresses_[place_of(s)]; }
    slot memory_at(int k) const { return slot_at(plan_.memories + 2 * k); }
    /// The array in which memory k stands, of the two that change places in the table.
    slot array_of_memory(int k) const {
        return slot_at(plan_.memories + 2 * k + static_cast<int>(swapped_ >> k & 1));
    }

    static expression pair_of(const mix& m, slot a, slot b) {
        return {{m.state, m.output}, {kernel::apart(a), kernel::apart(b)}, {}};
    }
    /// What stands in the output of a call, once bounds are applied, read as a prediction.
    mix reading_of(const network_call& c, bool noise) const {
        if (c.is_bounded && !noise) return {0.0, 1.0};
        const mix& m = c.is_bounded ? c.noise_of_data : noise ? c.noise : c.data;
        return {kernel::apart(m.state), kernel::apart(m.output)};
    }

    /// All that is known of the part's predictions is forgotten.
    void forget_calls() {
        waiting_ = nothing;
        calls_in_part_ = 0;
        is_shown_ = false;
    }

    /// Where each sample is, in a solver that tries parts.
    std::span<sample_part> sample_parts() {
        if (parts_.empty()) return {&only_part_, 1};
        return parts_;
    }
    /// From here on passes are over the samples for which is_chosen(part) holds, a range at a time.
    template <class F>
    void choose(const F& is_chosen) {
        ranges_used_ = 0;
        std::size_t chosen = 0;
        for (std::size_t n = 0; n < parts_.size(); ++n) {
            if (!(parts_[n].is_chosen = is_chosen(std::as_const(parts_[n])))) continue;
            if (n == 0 || !parts_[n - 1].is_chosen) ranges_[ranges_used_++] = {n, n};
            ranges_[ranges_used_ - 1].last = n + 1;
            ++chosen;
        }
        if (chosen == parts_.size()) ranges_used_ = 0;
    }
    void choose_all() { ranges_used_ = elements_.any() ? by_element : 0; }
    /// Where the elements of a sample begin.
    void* address(slot s, std::size_t sample) const {
        return static_cast<char*>(address(s)) + sample * shape_.elements * element_size_;
    }
    /// Puts the data prediction of the part's first call into the preview, for the chosen samples.
    void preview_part();

    /// run_pass, where it is seldom: not inlined.
    void run_rare_pass(void* out, const terms& value, const network_call* bounded,
                       const network_call* keep, void* kept, mix as);

    /// Bounds the prediction that waits in a pass of its own, where no sweep came in time; and
    /// writes it to one more array.
    void bound(void* copy = nullptr);

    /// From here on memories can be given back: those that the step has assigned before have their
    /// old values in their second arrays, so that others are kept beside them.
    void try_memories() {
        is_trying_ = true;
        renewed_before_ = renewed_;
        kept_ = 0;
    }
    void reject_memories() {
        is_trying_ = false;
        for (int k = 0; k < facts_.memories; ++k)
            if (kept_ >> k & 1) copy(memory_at(k), slot_at(plan_.kept + k));
        give_back(renewed_ & ~renewed_before_);
    }
    /// Memories get the values that they had before the step.
    void give_back(std::uint64_t memories) {
        for (int k = 0; k < facts_.memories; ++k)
            if (memories >> k & 1) swap_memory(k);
        swapped_ ^= memories;
        renewed_ &= ~memories;
    }

    /// out = value. The output of `bounded` is bounded on the way; kept = the prediction of `keep`,
    /// which `as` reads. Where there are both, it is the same call.
    FOKKER_ALWAYS_INLINE void run_pass(void* out, const terms& value, const network_call* bounded,
                                       const network_call* keep, void* kept, mix as) {
        // Field by field: a copy of what was just written would wait for the store buffer.
        kernel::pass& p = pass_;
        p.out = out;
        p.count = 0;
        p.also.is_bounded = bounded != nullptr;
        p.also.kept.out = keep ? kept : nullptr;
        if (bounded || keep) {
            const network_call& c = bounded ? *bounded : *keep;
            p.begin_beside(address(c.input), address(c.output));
            if (bounded) {
                p.also.bounded.state = c.data.state;
                p.also.bounded.output = c.data.output;
                p.also.bounded.low = bounds_->low;
                p.also.bounded.high = bounds_->high;
            }
            p.also.kept.first = as.state;
            p.also.kept.second = as.output;
        }
        void* const* const addresses = addresses_;
        const slot* const operands = value.operands;
        p.add(value.count, value.coefficients,
              [=](std::size_t i) FOKKER_INLINE_LAMBDA { return addresses[place_of(operands[i])]; });
        // Until here the output stood for its bounded prediction; it is made of what came.
        if (bounded) p.operands[1] = address(bounded->raw);
        p.noise.source = nullptr;
        if (value.gaussian) {
            p.noise.gaussian.scale = value.gaussian->scale;
            p.noise.gaussian.draw = value.gaussian->draw;
            p.noise.gaussian.from = value.gaussian->from;
            p.noise.gaussian.to = value.gaussian->to;
            p.noise.std = nullptr;
            p.noise.source = &noise_;
            p.noise.first_sample = first_sample_;
            if (value.std) take_std(*value.std);
        }
        if (ranges_used_ == 0) [[likely]]
            operations_->run(p);
        else
            run_otherwise();
    }

private:
    /// A range of the batch's samples.
    struct sample_range {
        std::size_t first = 0, last = 0;
    };

    /// The pass over the chosen samples alone, which has no noise; or where elements have paths of
    /// their own.
    void run_otherwise();
    void run_on_ranges();

    /// The pass's noise has deviations of its own in each element.
    void take_std(const kernel::elementwise_std<slot>& s);

    /// A stage or a memory. A prediction that waits is bounded by the first pass that comes.
    void assign_scratch(slot target, const terms& value);

    /// Whether the deviations of the noise, which are made before the pass bounds anything, come
    /// from the prediction that waits.
    bool deviations_read_waiting(const terms& value) const {
        const slot output = part_calls_[static_cast<std::size_t>(waiting_)].output;
        return value.std->operands[0] == output || value.std->operands[1] == output;
    }

    /// x. The pass that assigns it also writes the first prediction of the step, where that is
    /// wanted and is not the network's output itself. Into the ring goes what the solver looks back
    /// on, or the data if that is nothing. Where the ring holds the noise and the data is to be
    /// shown, the data goes into the preview: in this pass if the noise is in the ring already,
    /// otherwise in a pass before.
    void assign_state(const terms& value);

    /// The data prediction of the step's first call, clipped, where the step takes the noise
    /// prediction as it is. It goes where the data would have come from.
    void preview_clipped();

    /// The data prediction of the step's first call, where the pass to come keeps the noise.
    void preview_beforehand(void* preview, const mix& data);

    static bool is_output_itself(const mix& m) { return m.state == 0.0 && m.output == 1.0; }

    const network_call* take_waiting() {
        if (waiting_ == nothing) return nullptr;
        return &part_calls_[static_cast<std::size_t>(std::exchange(waiting_, nothing))];
    }

    void* preview_address() {
        if (!address(slot_at(plan_.preview)))
            network_.make(network_.network, slot_at(plan_.preview));
        return address(slot_at(plan_.preview));
    }

    /// A memory is written beside the old one, which stays until the step is done.
    void* next_memory(int k) const {
        return address(slot_at(plan_.memories + 2 * k + (renewed_ >> k & 1 ? 0 : 1)));
    }
    void renew_memory(int k) {
        if (renewed_ >> k & 1) return;
        renewed_ |= std::uint64_t{1} << k;
        swapped_ ^= std::uint64_t{1} << k;
        swap_memory(k);
    }
    /// The old value of a memory that an earlier part of the step has renewed stands nowhere else.
    void keep_memory(int k);
    void swap_memory(int k) {
        const std::size_t place = static_cast<std::size_t>(plan_.memories + 2 * k);
        std::swap(addresses_[place], addresses_[place + 1]);
    }
    void copy(slot to, slot from);

protected:
    run_facts facts_;
    slot_plan plan_;
    array_shape shape_;

    void** addresses_ = nullptr;  // of all slots; the run's
    const operations* operations_ = nullptr;
    network_reference network_{};
    kernel::noise_reference noise_{};
    const detail::fixed_bounds* bounds_ = nullptr;

    // Between two steps.
    int predicted_ = nothing;       // the slot of the prediction that was kept
    std::size_t element_size_ = 0;  // in bytes, for a solver that tries parts
    bool keeps_prediction_ = false;

    mutable element_record elements_;  // of a grid whose elements have paths of their own

    // Within a step.
    bool assigned_ = false;     // x() in this step
    bool keeps_noise_ = false;  // the solver's first prediction of the step is the noise
    bool is_trying_ = false;    // a part that may be rejected
    bool in_samples_ = false;   // samples of a batch take parts of their own
    bool is_shown_ = false;     // the part's prediction is in the preview
    int calls_in_part_ = 0;
    int waiting_ = nothing;      // of part_calls_, whose bounds no pass has applied yet
    std::uint64_t renewed_ = 0;  // memories that this step has assigned
    std::array<network_call, 2> part_calls_{};  // the first of the part, and the last after it

private:
    std::size_t first_sample_ = 0;      // of the batch
    sample_part only_part_{};           // of the sample, where there is one
    std::vector<sample_part> parts_;    // of the samples, where there are more
    std::vector<sample_range> ranges_;  // those that passes are over, the first so many of them
    std::size_t ranges_used_ = 0;       // 0: the whole batch, but see by_element
    std::uint64_t swapped_ = 0;         // memories whose two arrays have changed places
    std::uint64_t renewed_before_ = 0;  // those that the step had assigned before the part
    std::uint64_t kept_ = 0;            // and of these the ones that the part has assigned, too
    kernel::pass pass_{};
    kernel::elementwise_std<const void*> std_{};  // of the pass, where its noise has one
};

}  // namespace types
using types::pass_maker;

#ifdef FOKKER_BODIES

FOKKER_NEVER_INLINE FOKKER_INLINE void pass_maker::run_rare_pass(void* out, const terms& value,
                                                                 const network_call* bounded,
                                                                 const network_call* keep,
                                                                 void* kept, mix as) {
    run_pass(out, value, bounded, keep, kept, as);
}

FOKKER_NEVER_INLINE FOKKER_INLINE void pass_maker::run_otherwise() {
    if (ranges_used_ != by_element) return run_on_ranges();
    const std::span<void* const> all(addresses_, static_cast<std::size_t>(plan_.count));
    if (elements_.is_dry()) return elements_.write_down(pass_, all);
    const kernel::by_element of = elements_.complete(pass_, all);
    operations_->run_by_element(pass_, of);
}

FOKKER_INLINE void pass_maker::run_on_ranges() {
    kernel::pass p = pass_;
    for (std::size_t i = 0; i < ranges_used_; ++i) {
        const auto [first, last] = ranges_[i];
        const std::size_t bytes = first * shape_.elements * element_size_;
        const auto moved = [=](void* to) { return static_cast<char*>(to) + bytes; };
        p.shape.samples = last - first;
        p.out = moved(pass_.out);
        if (pass_.also.kept.out) p.also.kept.out = moved(pass_.also.kept.out);
        for (std::size_t k = 0; k < p.count; ++k)
            p.operands[k] = static_cast<const char*>(pass_.operands[k]) + bytes;
        operations_->run(p);
    }
}

FOKKER_NEVER_INLINE FOKKER_INLINE void pass_maker::bound(void* copy) {
    const network_call& c = part_calls_[static_cast<std::size_t>(waiting_)];
    waiting_ = nothing;
    constexpr double once = 1.0;
    void* const output = address(c.output);
    if (copy)
        run_rare_pass(copy, {&once, &c.output, 1, nullptr, nullptr}, &c, &c, output, {0.0, 1.0});
    else
        run_rare_pass(output, {&once, &c.output, 1, nullptr, nullptr}, &c, nullptr, nullptr, {});
}

FOKKER_NEVER_INLINE FOKKER_INLINE void pass_maker::assign_scratch(slot target, const terms& value) {
    void* out = address(target);
    const int memory = static_cast<int>(place_of(target)) - plan_.memories;
    const bool renews = memory >= 0 && memory < 2 * facts_.memories;
    if (renews) {
        if (is_trying_) keep_memory(memory / 2);
        out = next_memory(memory / 2);
    }
    const network_call* const c = take_waiting();
    // Passes to come read it, too.
    run_pass(out, value, c, c, c ? address(c->output) : nullptr, {0.0, 1.0});
    if (renews) renew_memory(memory / 2);
}

FOKKER_NEVER_INLINE FOKKER_INLINE void pass_maker::assign_state(const terms& value) {
    detail::require(!assigned_,
                    "the solver assigns x() twice in a step; it is assigned once, at the end: "
                    "use a stage before");
    detail::require(facts_.history == 0 || calls_in_part_ > 0,
                    "a solver with a history calls the network in every step");
    bool previews = keeps_prediction_ && calls_in_part_ > 0;
    const network_call* keep = nullptr;
    void* kept = nullptr;
    mix as{};
    predicted_ = previews && is_shown_ ? plan_.preview : nothing;
    if (is_shown_) previews = false;
    if (previews && facts_.bounds != bounding::none && !part_calls_[0].is_bounded) {
        preview_clipped();
        previews = false;
    }
    if (facts_.history > 0 || previews) {
        const network_call& first = part_calls_[0];
        as = reading_of(first, keeps_noise_);
        // It may be there already.
        if (!is_output_itself(as) || waiting_ == 0) keep = &first;
        kept = address(first.output);
        if (previews) predicted_ = static_cast<int>(place_of(first.output));
        if (previews && keeps_noise_) {
            predicted_ = plan_.preview;
            void* const preview = preview_address();
            const mix data = reading_of(first, false);
            if (keep) {
                preview_beforehand(preview, data);
            } else {
                keep = &first;
                kept = preview;
                as = data;
            }
        }
    }
    if (keep && waiting_ > 0) bound();
    run_pass(address(state), value, take_waiting(), keep, kept, as);
    assigned_ = true;
}

FOKKER_INLINE void pass_maker::preview_clipped() {
    if (waiting_ != nothing) bound();
    const slot raw = slot_at(plan_.raw);
    predicted_ = nothing;
    if (calls_in_part_ > 1 && part_calls_[1].raw == raw) return;  // it may be read yet
    const network_call& first = part_calls_[0];
    constexpr double once = 1.0;
    run_rare_pass(address(raw), {&once, &first.output, 1, nullptr, nullptr}, &first, nullptr,
                  nullptr, {});
    predicted_ = plan_.raw;
}

FOKKER_INLINE void pass_maker::preview_part() {
    if (!keeps_prediction_ || calls_in_part_ == 0) return;
    is_shown_ = true;
    if (waiting_ != nothing) bound();
    const network_call& first = part_calls_[0];
    if (facts_.bounds == bounding::none || first.is_bounded)
        return preview_beforehand(preview_address(), reading_of(first, false));
    constexpr double once = 1.0;
    run_rare_pass(preview_address(), {&once, &first.output, 1, nullptr, nullptr}, &first, nullptr,
                  nullptr, {});
}

FOKKER_INLINE void pass_maker::preview_beforehand(void* preview, const mix& data) {
    if (waiting_ == 0) return bound(preview);
    const network_call& first = part_calls_[0];
    const expression value = pair_of(data, first.input, first.output);
    run_rare_pass(preview, {value.coefficients.data(), value.operands.data(), 2, nullptr, nullptr},
                  nullptr, nullptr, nullptr, {});
}

FOKKER_NEVER_INLINE FOKKER_INLINE void pass_maker::keep_memory(int k) {
    const std::uint64_t which = std::uint64_t{1} << k;
    if (!(renewed_before_ & which) || kept_ & which) return;
    copy(slot_at(plan_.kept + k), memory_at(k));
    kept_ |= which;
}

FOKKER_INLINE void pass_maker::copy(slot to, slot from) {
    constexpr double once = 1.0;
    run_rare_pass(address(to), {&once, &from, 1, nullptr, nullptr}, nullptr, nullptr, nullptr, {});
}

FOKKER_NEVER_INLINE FOKKER_INLINE void pass_maker::take_std(
    const kernel::elementwise_std<slot>& s) {
    std_ = {
        s.form,   s.constant,   s.slope,        address(s.operand),
        s.limits, s.of_operand, s.coefficients, {address(s.operands[0]), address(s.operands[1])},
        s.map};
    pass_.noise.std = &std_;
}

#endif

}  // namespace fokker::core

FOKKER_END_MAY_SHADOW
