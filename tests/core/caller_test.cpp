// What a network can know of who calls it, and how calls are counted.
#include <fokker/core/caller.hpp>

#include <cstdint>
#include <thread>

#include "catch.hpp"

using namespace fokker::core;

TEST_CASE("numbers grow, and none is given twice") {
    const std::uint64_t a = next_number(), b = next_number();
    CHECK(a > 0);
    CHECK(b > a);
}

TEST_CASE("a caller begins with a larger number each time, and tells what came between") {
    caller c;
    CHECK(c.walk == 0);
    c.begin();
    const std::uint64_t first = c.walk;
    CHECK(first > 0);
    CHECK(c.restored == 0);
    c.take_back();
    const std::uint64_t restored = c.restored;
    CHECK(restored > 0);
    c.take_back();
    CHECK(c.restored > restored);
    CHECK(c.walk == first);
    c.begin();
    CHECK(c.walk > first);
    CHECK(c.restored == 0);
    CHECK_FALSE(c.resumed);
    c.resume();
    CHECK(c.resumed);
    c.begin();
    CHECK_FALSE(c.resumed);
}

TEST_CASE("the innermost caller of this thread is the one that calls, to its scope's end") {
    CHECK(caller::now() == nullptr);
    caller outer, inner;
    {
        const calling scope(outer);
        CHECK(caller::now() == &outer);
        {
            const calling nested(inner);
            CHECK(caller::now() == &inner);
        }
        CHECK(caller::now() == &outer);
        const caller* elsewhere = &outer;
        std::thread([&] { elsewhere = caller::now(); }).join();
        CHECK(elsewhere == nullptr);
    }
    CHECK(caller::now() == nullptr);
}

TEST_CASE("a call is counted once, by the innermost callable") {
    caller by;
    const auto leaf = [] {
        counted_call count;
        count.done();
    };
    leaf();  // by nobody
    const calling scope(by);
    leaf();
    CHECK(by.network_calls == 1);
    {
        counted_call wrapper;
        leaf();
        leaf();
        wrapper.done();
    }
    CHECK(by.network_calls == 3);
    { counted_call failed; }
    CHECK(by.network_calls == 3);
}
