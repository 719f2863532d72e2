/// Who calls a network: what callables deep inside of others, such as a guided network in a
/// std::function, can know of the walk in which they are called; and how many calls there were.
#pragma once

#include <atomic>
#include <cstdint>
#include <utility>

#include <fokker/target.hpp>

namespace fokker::inline FOKKER_TARGET::core {

/// A number that was never given before in this process, and above all that were.
inline std::uint64_t next_number() {
    static std::atomic<std::uint64_t> last{0};
    return last.fetch_add(1, std::memory_order_relaxed) + 1;
}

/// A walk, as the network that it calls sees it.
struct caller {
    std::uint64_t walk = 0;      ///< its number: a walk that began later has a larger one
    std::uint64_t restored = 0;  ///< another number each time that memory is taken back
    bool resumed = false;        ///< whether it goes on from a checkpoint, its beginning elsewhere
    std::int64_t network_calls = 0;  ///< of the user's callables, those inside of wrappers too

    void begin() {
        walk = next_number();
        restored = 0;
        resumed = false;
    }
    void take_back() { restored = next_number(); }
    void resume() {
        walk = next_number();
        restored = 0;
        resumed = true;
    }

    /// The one whose call this thread is in, or null: somebody calls the network by hand.
    static caller* now() { return current; }

private:
    friend class calling;
    static inline constinit thread_local caller* current = nullptr;
};

/// While it lives, `now` is the one that calls networks on this thread. One may be inside of
/// another: a network may use a sampler of its own.
class calling {
public:
    explicit calling(caller& now) : before_(std::exchange(caller::current, &now)) {}
    ~calling() { caller::current = before_; }
    calling(const calling&) = delete;
    calling& operator=(const calling&) = delete;

private:
    caller* before_;
};

/// Made before a callable is called, counts that call when it is done, unless networks were called
/// and counted inside of it: then it was a wrapper.
class counted_call {
public:
    counted_call() : by_(caller::now()), before_(by_ ? by_->network_calls : 0) {}
    void done() {
        if (by_ && by_->network_calls == before_) ++by_->network_calls;
    }

private:
    caller* by_;
    std::int64_t before_;
};

}  // namespace fokker::core
