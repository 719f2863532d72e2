#include <fokker/handle.hpp>

#include <vector>

#include "catch.hpp"

namespace {

/// Remembers what was assigned, with two states.
struct recorder {
    using handle = fokker::state_handle<double, recorder>;

    handle x() { return {*this, handle::state}; }
    handle stage(int k) { return {*this, k}; }

    const double* pointer(int slot) const { return slot == handle::state ? &state : &stage_0; }
    template <std::size_t N>
    void assign(int slot, const fokker::kernel::linear<double, N>& value) {
        assigned = slot == handle::state ? "x" : "stage";
        result = 0;
        for (std::size_t i = 0; i < N; ++i) result += value.coefficients[i] * *value.operands[i];
    }

    double state = 2, stage_0 = 10, result = 0;
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
