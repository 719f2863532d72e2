/// Who calls a network: what callables deep inside of others, such as a guided network in a
/// std::function, can know of the walk in which they are called; and how many calls there were.
/// They know it by the knot that they are handed (knot::call).
#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>

#include <fokker/path/knot.hpp>
#include <fokker/target.hpp>

FOKKER_MAY_SHADOW

namespace fokker::inline FOKKER_TARGET::core {

/// A number that was never given before in this process, and above all that were. Walks are told
/// apart by it; no result depends on it.
inline std::uint64_t next_number() {
    static std::atomic<std::uint64_t> last{0};
    return last.fetch_add(1, std::memory_order_relaxed) + 1;
}

/// A walk, as the network that it calls sees it. A copy of one that has begun is another walk, and
/// knows which one it goes on from; what is moved stays the same walk.
struct caller {
    std::uint64_t walk = 0;      ///< its number: a walk that began later has a larger one; 0 before
    std::uint64_t restored = 0;  ///< how often memory was taken back
    bool resumed = false;        ///< whether it goes on from a checkpoint, its beginning elsewhere
    std::int64_t network_calls = 0;  ///< of the user's callables, those inside of wrappers too

    std::uint64_t copy_of = 0;   ///< the number of the walk that it is a copy of, or 0
    std::int64_t copied_at = 0;  ///< and the network calls of that one by then

    caller() = default;
    caller(const caller& other)
        : walk(other.walk == 0 ? 0 : next_number()),
          restored(other.restored),
          resumed(other.resumed),
          network_calls(other.network_calls),
          copy_of(other.walk),
          copied_at(other.network_calls) {
        // A copy of a copy that has not called anything yet.
        if (other.copy_of != 0 && other.copied_at == other.network_calls) copy_of = other.copy_of;
    }
    caller(caller&&) = default;
    caller& operator=(const caller& other) { return *this = caller(other); }
    caller& operator=(caller&&) = default;

    void begin() { start(false); }
    void take_back() { ++restored; }
    void resume() { start(true); }

private:
    void start(bool elsewhere) {
        walk = next_number();
        restored = 0;
        resumed = elsewhere;
        copy_of = 0;
    }
};

/// Where the call of a network goes, for one that takes two knots (see flow_map): the knot, and the
/// label by which the model knows it, computed for those alone who ask.
struct call_target {
    const knot* to = nullptr;
    const void* prediction = nullptr;
    double (*label_of)(const void* prediction, const knot& to) = nullptr;

    /// The knot with the model's label.
    knot labelled() const { return {label_of(prediction, *to), to->alpha, to->sigma}; }
};

/// A call of a network, while it lasts: a walk's call of its model, or inside of it the call of one
/// callable. It counts the callable when it is done, unless others were counted inside of it: then
/// that was a wrapper.
class open_call {
public:
    explicit open_call(caller& by) : by_(&by) {}
    /// A call inside of the one for which the knot was handed over, if there is such.
    explicit open_call(const knot& k)
        : outer_(k.call.get()),
          by_(outer_ ? outer_->by_ : nullptr),
          target_(outer_ ? outer_->target_ : nullptr) {}
    // Inlined where something is thrown, too: otherwise it could not be in registers.
    FOKKER_ALWAYS_INLINE ~open_call() {
        if (outer_)
            outer_->add(is_done_ ? std::max<std::int64_t>(inside_, 1) : inside_);
        else if (by_)
            by_->network_calls += inside_;
    }
    open_call(const open_call&) = delete;
    open_call& operator=(const open_call&) = delete;

    void done() { is_done_ = true; }

    /// The knot with this label, to be handed over for this call. It must not outlive the call.
    knot handed(const knot& k, double label) {
        return {label, k.alpha, k.sigma, detail::call_link(by_ ? this : nullptr)};
    }

    /// The walk that calls, or null.
    const caller* by() const { return by_; }

    /// Where this call and those inside of it go, or null; it must outlive the call.
    const call_target* target() const { return target_; }
    void goes_to(const call_target& target) { target_ = &target; }

private:
    /// A callable may call networks on threads of its own, all inside of its call.
    void add(std::int64_t calls) {
        if (outer_)
            __atomic_fetch_add(&inside_, calls, __ATOMIC_RELAXED);
        else
            inside_ += calls;
    }

    open_call* outer_ = nullptr;
    caller* by_;
    const call_target* target_ = nullptr;
    std::int64_t inside_ = 0;
    bool is_done_ = false;
};

/// The walk for which a knot was handed over, or null: somebody calls the network by hand, or with
/// a knot that is a copy or of its own making.
inline const caller* caller_of(const knot& k) {
    const open_call* const call = k.call.get();
    return call ? call->by() : nullptr;
}

/// Where the call goes for which a knot was handed over, or null: the solver did not say it, or the
/// knot is one of which no walk is known.
inline const call_target* target_of(const knot& k) {
    const open_call* const call = k.call.get();
    return call ? call->target() : nullptr;
}

}  // namespace fokker::core

FOKKER_END_MAY_SHADOW
