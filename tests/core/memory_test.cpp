#include <fokker/core/memory.hpp>

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <functional>
#include <span>
#include <vector>

#include <fokker/error.hpp>

#include "catch.hpp"

using namespace fokker;
using Catch::Matchers::ContainsSubstring;
using core::keeps_memory, core::memory_reader, core::memory_writer;

namespace {

struct counter {
    int calls = 0;
    double last = 0;
    template <class Archive>
    void memory(Archive& archive) {
        archive(calls);
        archive(last);
    }
};

struct forgetful {
    int calls = 0;
};

}  // namespace

TEST_CASE("what is written is read in the same order, with nothing left") {
    std::vector<std::byte> bytes;
    memory_writer to(bytes);
    const std::vector<float> numbers{1.5f, -2.0f, 3.25f};
    to(std::int64_t{-7});
    to.array(std::as_bytes(std::span(numbers)));
    to.array({});
    std::memcpy(to.room(2), "ab", 2);
    to(0.1);

    memory_reader from(bytes);
    std::int64_t whole = 0;
    double part = 0;
    from(whole);
    const auto array = from.array();
    const auto empty = from.array();
    const auto text = from.array();
    CHECK_FALSE(from.is_at_end());
    from(part);
    CHECK(from.is_at_end());
    CHECK(whole == -7);
    REQUIRE(array.size() == 3 * sizeof(float));
    CHECK(std::memcmp(array.data(), numbers.data(), array.size()) == 0);
    CHECK(empty.empty());
    REQUIRE(text.size() == 2);
    CHECK(std::memcmp(text.data(), "ab", 2) == 0);
    CHECK(part == 0.1);
}

TEST_CASE("a writer appends to what is there") {
    std::vector<std::byte> bytes(3);
    memory_writer to(bytes);
    to(std::uint8_t{9});
    REQUIRE(bytes.size() == 4);
    CHECK(bytes[3] == std::byte{9});
}

TEST_CASE("bytes that end too early are refused, wherever they end") {
    std::vector<std::byte> bytes;
    memory_writer to(bytes);
    to.array(std::vector<std::byte>(5));
    for (std::size_t size = 0; size < bytes.size(); ++size) {
        const std::span<const std::byte> whole(bytes);
        memory_reader from(whole.first(size));
        CHECK_THROWS_WITH(from.array(), ContainsSubstring("ends too early"));
    }
    memory_reader whole(bytes);
    CHECK(whole.array().size() == 5);
}

TEST_CASE("an object keeps memory by its function, itself or behind std::ref") {
    CHECK(keeps_memory<counter>);
    CHECK(keeps_memory<std::reference_wrapper<counter>>);
    CHECK_FALSE(keeps_memory<forgetful>);
    CHECK_FALSE(keeps_memory<std::reference_wrapper<forgetful>>);

    counter first{3, 0.5}, second{4, -0.5}, other, another;
    forgetful none{5};
    auto wrapped = std::ref(second), wrapped_other = std::ref(another);
    std::vector<std::byte> bytes;
    memory_writer to(bytes);
    core::visit_memory(first, to);
    core::visit_memory(none, to);
    core::visit_memory(wrapped, to);
    memory_reader from(bytes);
    core::visit_memory(other, from);
    core::visit_memory(none, from);
    core::visit_memory(wrapped_other, from);
    CHECK(from.is_at_end());
    CHECK(other.calls == 3);
    CHECK(other.last == 0.5);
    CHECK(another.calls == 4);
    CHECK(another.last == -0.5);
    CHECK(none.calls == 5);
}
