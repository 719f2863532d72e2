// What a network can know of who calls it, and how calls are counted.
#include <fokker/core/caller.hpp>

#include <cstdint>
#include <thread>
#include <utility>

#include "catch.hpp"

using namespace fokker::core;
using fokker::knot;

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

TEST_CASE("a copy is a walk of its own that knows where it comes from") {
    caller c;
    CHECK(caller(c).walk == 0);
    CHECK(caller(c).copy_of == 0);
    c.resume();
    c.take_back();
    c.network_calls = 3;
    const std::uint64_t number = c.walk;
    caller copy(c);
    CHECK(c.walk == number);
    CHECK(copy.walk > number);
    CHECK(copy.copy_of == number);
    CHECK(copy.copied_at == 3);
    CHECK(copy.network_calls == 3);
    CHECK(copy.restored == c.restored);
    CHECK(copy.resumed);
    caller again;
    again = copy;  // nothing was called in between
    CHECK(again.walk > copy.walk);
    CHECK(again.copy_of == number);
    ++copy.network_calls;
    again = copy;
    CHECK(again.copy_of == copy.walk);
    CHECK(again.copied_at == 4);
    // What is moved stays what it is.
    const std::uint64_t of_copy = copy.walk;
    const caller moved(std::move(copy));
    CHECK(moved.walk == of_copy);
    CHECK(moved.copy_of == number);
    again.begin();
    CHECK(again.copy_of == 0);
}

TEST_CASE("a knot tells for whom it is handed over, its copies do not") {
    caller by;
    CHECK(caller_of(knot{}) == nullptr);
    open_call call(by);
    const knot handed = call.handed({1, 0.5, 0.8}, 7);
    CHECK(handed == knot{7, 0.5, 0.8});
    CHECK(caller_of(handed) == &by);
    const knot copy = handed;
    CHECK(copy == handed);
    CHECK(caller_of(copy) == nullptr);
    knot assigned;
    assigned = handed;
    CHECK(caller_of(assigned) == nullptr);
    knot taken = call.handed({1, 0.5, 0.8}, 7);
    CHECK(caller_of(taken) == &by);
    taken = knot{3};
    CHECK(caller_of(taken) == nullptr);
    // Inside of it, and inside of a call by nobody.
    open_call inner(handed), nobody(copy);
    CHECK(caller_of(inner.handed(handed, 7)) == &by);
    CHECK(caller_of(nobody.handed(copy, 7)) == nullptr);
}

namespace {
void leaf(const knot& k) { open_call(k).done(); }
}  // namespace

TEST_CASE("a call is counted once, by the innermost callable") {
    caller by;
    const auto calls = [&](auto&& network) {
        by.network_calls = 0;
        {
            open_call call(by);
            network(call.handed({}, 0));
            CHECK(by.network_calls == 0);  // until the walk's own call ends
        }
        return by.network_calls;
    };
    const auto pair = [](const knot& k) {
        open_call wrapper(k);
        const knot handed = wrapper.handed(k, 0);
        leaf(handed);
        leaf(handed);
        wrapper.done();
    };
    CHECK(calls(leaf) == 1);
    CHECK(calls(pair) == 2);
    CHECK(calls([&](const knot& k) { pair(k), pair(k), leaf(k); }) == 5);
    CHECK(calls([](const knot& k) { open_call failed(k); }) == 0);
    CHECK(calls([](const knot& k) {
              open_call failed(k);
              leaf(failed.handed(k, 0));
          }) == 1);
    // A callable that makes its own knots is one call.
    CHECK(calls([&](const knot& k) {
              open_call wrapper(k);
              pair(knot{k});
              wrapper.done();
          }) == 1);
}

TEST_CASE("calls on threads of a callable's own are all counted") {
    caller by;
    {
        open_call call(by);
        const knot at = call.handed({}, 0);
        open_call wrapper(at);
        const knot handed = wrapper.handed(at, 0);
        const auto many = [&] {
            for (int i = 0; i < 20000; ++i) leaf(handed);
        };
        std::thread other(many);
        many();
        other.join();
        wrapper.done();
    }
    CHECK(by.network_calls == 40000);
}

TEST_CASE("a call knows where it goes, and so do those inside of it") {
    caller by;
    const auto label = [](const void* factor, const knot& k) {
        return *static_cast<const double*>(factor) * k.t;
    };
    const double ten = 10.0;
    const knot from{3.0, 0.5, 0.5}, to{2.0, 0.75, 0.25}, other{1.0, 1.0, 0.0};
    CHECK(target_of(from) == nullptr);
    open_call outer(by);
    const knot handed = outer.handed(from, from.t);
    CHECK(target_of(handed) == nullptr);  // nobody said it
    const call_target goal{&to, &ten, label};
    outer.goes_to(goal);
    REQUIRE(target_of(handed) == &goal);
    CHECK(target_of(handed)->labelled() == knot{20.0, 0.75, 0.25});
    open_call inner(handed);
    const knot inside = inner.handed(handed, 7.0);
    CHECK(target_of(inside) == &goal);
    // A wrapper may lead elsewhere, or label otherwise, what it calls itself.
    const double two = 2.0;
    const call_target own{&other, &two, label};
    inner.goes_to(own);
    CHECK(target_of(inside)->labelled() == knot{2.0, 1.0, 0.0});
    CHECK(target_of(handed) == &goal);
    const knot copy = inside;
    CHECK(target_of(copy) == nullptr);
}
