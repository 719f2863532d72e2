/// What an object keeps from call to call, as bytes: to go back to it when a step fails, and to
/// write it to a file. An object says what that is by one function,
///   template <class Archive> void memory(Archive& archive) { archive(position_); archive(seed_); }
/// which serves to write and to read. Networks, noise sources and what wraps them may have one.
#pragma once

#include <cstddef>
#include <cstring>
#include <span>
#include <type_traits>
#include <vector>

#include <fokker/error.hpp>
#include <fokker/target.hpp>

FOKKER_MAY_SHADOW

namespace fokker::inline FOKKER_TARGET::core {

namespace types {

/// Appends to bytes.
class memory_writer {
public:
    static constexpr bool reads = false;

    explicit memory_writer(std::vector<std::byte>& to) : to_(&to) {}

    template <class T>
        requires std::is_trivially_copyable_v<T>
    void operator()(const T& value) {
        append(&value, sizeof(T));
    }

    /// An array, with its length.
    void array(std::span<const std::byte> bytes) {
        (*this)(bytes.size());
        append(bytes.data(), bytes.size());
    }
    /// Room for one of so many bytes.
    std::byte* room(std::size_t size) {
        (*this)(size);
        to_->resize(to_->size() + size);
        return to_->data() + (to_->size() - size);
    }

private:
    void append(const void* from, std::size_t size) {
        if (size == 0) return;
        const std::size_t end = to_->size();
        to_->resize(end + size);
        std::memcpy(to_->data() + end, from, size);
    }

    std::vector<std::byte>* to_;
};

/// Takes them back in the same order. Throws fokker::error where they end too early.
class memory_reader {
public:
    static constexpr bool reads = true;

    explicit memory_reader(std::span<const std::byte> from) : left_(from) {}

    template <class T>
        requires std::is_trivially_copyable_v<T>
    void operator()(T& value) {
        std::memcpy(&value, take(sizeof(T)), sizeof(T));
    }

    std::span<const std::byte> array() {
        std::size_t size = 0;
        (*this)(size);
        return {take(size), size};
    }

    bool is_at_end() const { return left_.empty(); }

private:
    const std::byte* take(std::size_t size) {
        detail::require(size <= left_.size(), "the checkpoint ends too early: ", size,
                        " more bytes are wanted, and ", left_.size(),
                        " are left; it is damaged, or its network or its noise source was another "
                        "one");
        const std::byte* const begin = left_.data();
        left_ = left_.subspan(size);
        return begin;
    }

    std::span<const std::byte> left_;
};

}  // namespace types
using types::memory_writer, types::memory_reader;

/// The same behind plain functions, for a walk that goes back within a step: what the owner keeps
/// is remembered, and taken back; and whether its network keeps anything. Null where nothing is
/// kept.
struct memory_reference {
    void* owner = nullptr;
    void (*remember)(void* owner) = nullptr;
    void (*go_back)(void* owner) = nullptr;
    bool (*network_keeps)(void* owner) = nullptr;
};

template <class Object>
concept has_memory = requires(Object& object, memory_writer& writer, memory_reader& reader) {
    object.memory(writer);
    object.memory(reader);
};

/// By itself, or behind std::ref.
template <class Object>
concept keeps_memory = has_memory<Object> || requires(Object& object) {
    requires has_memory<std::remove_reference_t<decltype(object.get())>>;
};

/// Writes or reads an object's memory, if it has one.
template <class Object, class Archive>
void visit_memory(Object& object, Archive& archive) {
    if constexpr (has_memory<Object>)
        object.memory(archive);
    else if constexpr (keeps_memory<Object>)
        object.get().memory(archive);
}

}  // namespace fokker::core

FOKKER_END_MAY_SHADOW
