#include <fokker/core/handle.hpp>

#include <cstddef>
#include <string>

#include "catch.hpp"

using fokker::core::slot_at;

namespace {

/// Remembers what was assigned, with two states.
struct recorder {
    using handle = fokker::core::state_handle<recorder>;

    handle x() { return {*this, slot_at(0)}; }
    handle stage(int k) { return {*this, slot_at(1 + k)}; }

    template <std::size_t N>
    void assign(fokker::core::slot target, const fokker::core::sum<N>& value) {
        assigned = target == slot_at(0) ? "x" : "stage";
        result = 0;
        for (std::size_t i = 0; i < N; ++i)
            result += value.coefficients[i] * (value.operands[i] == slot_at(0) ? 2.0 : 10.0);
    }

    double result = 0;
    std::string assigned;
};

}  // namespace

TEST_CASE("arithmetic with states is that of numbers") {
    recorder run;
    const auto x = run.x(), y = run.stage(0);
    const auto check = [&](const auto& expression, double wanted) {
        x = expression;
        CHECK(run.assigned == "x");
        CHECK(run.result == wanted);
    };
    check(3 * x, 6);
    check(x * 3, 6);
    check(x / 4, 0.5);
    check(-x, -2);
    check(x + y, 12);
    check(x - y, -8);
    check(x + 2 * y, 22);
    check(2 * y - x, 18);
    check(2 * y + x, 22);
    check(x - 2 * y, -18);
    check(0.5 * (x + y) - x, 4);
}

TEST_CASE("assigning a state to another copies it") {
    recorder run;
    auto x = run.x(), y = run.stage(0);
    y = x;
    CHECK(run.assigned == "stage");
    CHECK(run.result == 2);
    x = y;
    CHECK(run.assigned == "x");
    CHECK(run.result == 10);
}

TEST_CASE("the square of a sum is taken from a state as from a part of it") {
    recorder run;
    const auto x = run.x(), y = run.stage(0);
    const auto whole = x - fokker::squared(x + y), part = 3 * x - fokker::squared(x + y);
    CHECK(whole.d.coefficients[0] == 1);
    CHECK(part.d.coefficients[0] == 3);
    CHECK(part.factor == 1);
    CHECK(whole.e.operands[1] == slot_at(1));
}
