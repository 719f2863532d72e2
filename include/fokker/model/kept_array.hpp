/// An array that a network keeps from call to call.
#pragma once

#include <algorithm>
#include <any>
#include <cstddef>
#include <span>
#include <vector>

#include <fokker/core/memory.hpp>
#include <fokker/core/space.hpp>
#include <fokker/error.hpp>
#include <fokker/kernel/array.hpp>
#include <fokker/target.hpp>

namespace fokker::inline FOKKER_TARGET::detail {

/// Made at the first call, and again when the type or the shape changes. For one thread at a time.
class kept_array {
public:
    /// The array, of the wanted type, and whether it is new: made by `make`, and not filled with
    /// what was read for it. Throws fokker::error where that is of another size.
    template <class Array, class Make>
    Array& get(const Make& make, const auto& fits, bool* is_new = nullptr) {
        Array* held = std::any_cast<Array>(&held_);
        const bool renew = !held || !fits(*held);
        if (renew) {
            held = &held_.emplace<Array>(make());
            size_ = detail::shape_of(*held).size() * sizeof(scalar_of<Array>);
            copy_ = [](std::any& any, std::byte* out, const std::byte* in) {
                using space = core::space_of<Array>;
                Array& a = *std::any_cast<Array>(&any);
                if (out)
                    space::copy_out(detail::data_of(a), out, detail::shape_of(a).size());
                else
                    space::copy_in(detail::data_of(a), in, detail::shape_of(a).size());
            };
        }
        const bool was_read = take_read();
        if (is_new) *is_new = renew && !was_read;
        return *held;
    }

    /// One of the shape of `a`.
    template <array_like A>
    owner_of<A>& like(const A& a, bool* is_new = nullptr) {
        return get<owner_of<A>>(
            [&] { return array_traits<A>::like(a); },
            [&](const auto& held) { return array_traits<A>::same_shape(a, held); }, is_new);
    }

    /// One with so many times the samples of `a`.
    template <array_like A>
    owner_of<A>& repeated(const A& a, std::size_t times) {
        return get<owner_of<A>>([&] { return array_traits<A>::repeated(a, times); },
                                [&](const auto& held) { return is_repeated(a, held, times); });
    }

    /// What was read for it does not count: its elements are to be written anew.
    void forget() { read_.clear(); }

    /// Its elements. What is read waits for the array to be used, which may not be made yet.
    template <class Archive>
    void memory(Archive& archive) {
        if constexpr (Archive::reads) {
            const std::span<const std::byte> from = archive.array();
            read_.assign(from.begin(), from.end());
        } else {
            if (!read_.empty()) return archive.array(read_);
            std::byte* const room = archive.room(size_);
            if (size_ > 0) copy_(held_, room, nullptr);
        }
    }

private:
    /// Fills the array with what was read for it, if something was.
    bool take_read() {
        if (read_.empty()) return false;
        require(size_ == read_.size(),
                "what a network kept in a checkpoint, or before a step that "
                "failed, is an array of ",
                read_.size(), " bytes, and the network is now called with one of ", size_,
                "; resume with the same network on arrays of the same type and shape");
        copy_(held_, nullptr, read_.data());
        read_.clear();
        return true;
    }

    /// Whether `held` has the shape of `a` but for so many times the samples.
    template <class A>
    static bool is_repeated(const A& a, const auto& held, std::size_t times) {
        const array_shape one = detail::shape_of(a), all = detail::shape_of(held);
        if (all.size() != times * one.size()) return false;
        if constexpr (requires { array_traits<A>::same_sample_shape(a, held); })
            return array_traits<A>::same_sample_shape(a, held);
        else if constexpr (requires { held.shape().begin(); })  // any number of axes, as in xtensor
            return a.shape().size() == held.shape().size() &&
                   std::equal(a.shape().begin() + 1, a.shape().end(), held.shape().begin() + 1);
        else
            return all.samples == 1 || all.elements == one.elements;
    }

    std::any held_;
    std::size_t size_ = 0;  // in bytes
    void (*copy_)(std::any&, std::byte* out, const std::byte* in) = nullptr;
    std::vector<std::byte> read_;
};

}  // namespace fokker::detail
