/// A queue of walks that link to each other, so that it takes no memory.
#pragma once

#include <cstddef>
#include <memory>
#include <utility>

#include <fokker/batching/walk.hpp>
#include <fokker/target.hpp>

namespace fokker::inline FOKKER_TARGET::detail {

namespace types {

/// First in, first out.
template <class Array>
class walk_queue {
public:
    using walk = batched_walk<Array>;

    walk_queue() = default;
    walk_queue(const walk_queue&) = delete;
    walk_queue& operator=(const walk_queue&) = delete;
    ~walk_queue() {
        while (!empty()) pop();  // not by recursion
    }

    bool empty() const { return !first_; }
    std::size_t size() const { return size_; }
    walk& front() { return *first_; }
    void push(std::unique_ptr<walk> item) {
        walk* const added = item.get();
        (last_ ? last_->next_ : first_) = std::move(item);
        last_ = added;
        ++size_;
    }
    std::unique_ptr<walk> pop() {
        std::unique_ptr<walk> item = std::move(first_);
        first_ = std::move(item->next_);
        if (!first_) last_ = nullptr;
        --size_;
        return item;
    }
    /// Takes out those for which is_wanted(walk) holds, in order, and calls f with each.
    void extract(const auto& is_wanted, const auto& f) {
        for (std::size_t left = size_; left > 0; --left) {
            std::unique_ptr<walk> item = pop();
            if (is_wanted(std::as_const(*item)))
                f(std::move(item));
            else
                push(std::move(item));
        }
    }
    /// The first for which it holds, or null.
    const walk* find(const auto& is_wanted) const {
        for (const walk* each = first_.get(); each; each = each->next_.get())
            if (is_wanted(*each)) return each;
        return nullptr;
    }

private:
    std::unique_ptr<walk> first_;
    walk* last_ = nullptr;
    std::size_t size_ = 0;
};

}  // namespace types
using types::walk_queue;

}  // namespace fokker::detail
