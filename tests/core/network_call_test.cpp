// What a walk tells the network of a call, and what it makes of the answer. The network is a plain
// function over hand-made arrays.
#include <fokker/core/network_call.hpp>

#include <array>
#include <cstddef>
#include <vector>

#include <fokker/core/slots.hpp>
#include <fokker/core/space.hpp>
#include <fokker/core/walk.hpp>
#include <fokker/noise/noise_reference.hpp>
#include <fokker/path/grid.hpp>
#include <fokker/path/knot.hpp>

#include "catch.hpp"

using namespace fokker;
using Catch::Approx;
using Catch::Matchers::ContainsSubstring;

namespace {

constexpr std::size_t size = 3;
const grid knots{{3, 0.6, 0.8}, {2, 0.7, 0.7}, {1, 0.8, 0.6}, {0, 1.0, 0.0}};

/// A walk, and a network that notes its calls. It says 10 at its first call, 20 at its second; and
/// half of that, and a quarter, beside it.
struct hand_made {
    explicit hand_made(const core::run_facts& of) : facts(of), walk(grid(knots), of, {1, size}, 0) {
        const auto count = static_cast<std::size_t>(core::slot_plan(of).count);
        arrays.assign(count, std::vector<double>(size));
        for (auto& each : arrays) addresses.push_back(each.data());
        const core::network_reference network{
            this,
            [](void* self, core::network_call& c, const knot& k, int step) {
                static_cast<hand_made*>(self)->answer(c, k, step);
            },
            [](void* self) { ++static_cast<hand_made*>(self)->begun; }, [](void*, core::slot) {}};
        walk.attach(addresses.data(), core::operations_of<core::host_space<double>>, network,
                    &bounds, kernel::noise_reference{});
        arrays[0].assign(size, 1.0);
    }

    void answer(core::network_call& c, const knot& k, int step) {
        c.data = {0.5, 0.25};
        c.noise = {-1.0, 3.0};
        c.noise_of_data = {2.0, -1.0};
        c.further_data = {0.125, 8.0};
        const double said = 10.0 * static_cast<double>(calls.size() + 1);
        at(c.raw).assign(size, said);
        for (int i = 0; i < facts.further; ++i)
            arrays[core::place_of(c.further) + static_cast<std::size_t>(i)].assign(size,
                                                                                   said / (2 << i));
        calls.push_back(c);
        asked.push_back(k);
        steps.push_back(step);
    }

    std::vector<double>& at(core::slot s) { return arrays[core::place_of(s)]; }
    double value_of(const auto& sum) {
        double value = 0;
        for (std::size_t i = 0; i < sum.operands.size(); ++i)
            value += sum.coefficients[i] * at(sum.operands[i])[0];
        return value;
    }

    core::run_facts facts;
    core::walk walk;
    detail::fixed_bounds bounds{-4.0, 4.0};
    std::vector<std::vector<double>> arrays;
    std::vector<void*> addresses;
    std::vector<core::network_call> calls;
    std::vector<knot> asked;
    std::vector<int> steps;
    int begun = 0;
};

}  // namespace

TEST_CASE("each call of a step has its own output, and the first ones make a ring over the steps") {
    hand_made h({.history = 1, .evaluations = 3});
    const core::slot_plan plan(h.facts);
    std::vector<core::slot> first;
    for (int step = 0; step < 3; ++step) {
        h.calls.clear();
        h.walk.begin_step();
        const auto [s, t] = h.walk.interval();
        for (int i = 0; i < 3; ++i) h.walk.data(h.walk.x(), s);
        CHECK(h.calls[1].output == core::slot_at(plan.calls));
        CHECK(h.calls[2].output == core::slot_at(plan.calls + 1));
        for (const core::network_call& c : h.calls) {
            CHECK(c.input == core::slot_at(0));
            CHECK(c.raw == c.output);  // nothing is bounded
        }
        first.push_back(h.calls[0].output);
        if (step > 0) CHECK(h.walk.past(1).operands[0] == first[first.size() - 2]);
        CHECK(h.asked.back().alpha == s.alpha);
        CHECK(h.steps.back() == step);
        h.walk.x() = 1.0 * h.walk.x();
        h.walk.end_step();
    }
    CHECK(first[0] == core::slot_at(plan.outputs));
    CHECK(first[1] == core::slot_at(plan.outputs + 1));
    CHECK(first[2] == first[0]);
    CHECK(h.walk.evaluations() == 9);
}

TEST_CASE("predictions are read as the network says") {
    hand_made h({.evaluations = 2, .stages = 1});
    h.walk.begin_step();
    h.walk.stage(0) = 3.0 * h.walk.x();
    const auto D = h.walk.data(h.walk.x(), knots[0]);
    const auto E = h.walk.epsilon(h.walk.stage(0), knots[1]);
    CHECK(h.value_of(D) == Approx(0.5 * 1 + 0.25 * 10));
    CHECK(h.value_of(E) == Approx(-1.0 * 3 + 3.0 * 20));
    CHECK(h.value_of(h.walk.unbounded_epsilon()) == Approx(-3 + 60));
    CHECK(h.calls[1].input == core::slot_at(1));
    CHECK(h.asked[1].alpha == knots[1].alpha);
}

TEST_CASE("a bounded prediction comes from another array than the network's output") {
    hand_made h({.stages = 2, .bounds = core::bounding::in_sweep});
    h.walk.begin_step();
    const auto D = h.walk.data(h.walk.x(), knots[0]);
    CHECK(h.calls[0].raw != h.calls[0].output);
    CHECK(D.coefficients == std::array{0.0, 1.0});
    h.arrays[0][0] = 14.0;
    h.walk.stage(0) = 2.0 * D;
    CHECK(h.at(h.walk.stage(0).slot()) == std::vector{8.0, 6.0, 6.0});  // 7 + 2.5 is bounded by 4
    h.walk.stage(1) = 1.0 * D;                                          // it stays so
    CHECK(h.at(h.walk.stage(1).slot()) == std::vector{4.0, 3.0, 3.0});
    h.arrays[0][0] = 1.0;
    CHECK(h.value_of(h.walk.unbounded_epsilon()) == Approx(-1 + 30));
}

TEST_CASE(
    "each call keeps what it wrote beside its prediction, and one of that may be a prediction") {
    hand_made h({.evaluations = 2, .further = 2});
    h.walk.begin_step();
    CHECK_THROWS_WITH(h.walk.further(0, "word()"),
                      ContainsSubstring("word() was asked for before"));
    h.walk.data(h.walk.x(), knots[0]);
    const auto a = h.walk.further(0, "word()"), b = h.walk.further(1, "word()");
    h.walk.data(h.walk.x(), knots[0]);
    const auto c = h.walk.further(0, "word()"), d = h.walk.further(1, "word()");
    CHECK(h.value_of(a) == 5.0);
    CHECK(h.value_of(b) == 2.5);
    CHECK(h.value_of(c) == 10.0);
    CHECK(h.value_of(d) == 5.0);
    CHECK(h.value_of(h.walk.further_data(1, "word()")) == Approx(0.125 + 8.0 * 5.0));
    CHECK_THROWS_WITH(h.walk.further(2, "word()"), ContainsSubstring("no such output"));
}

TEST_CASE("a network hears of a walk's beginning, at the first step and after a seek") {
    hand_made h({});
    const auto step = [&] {
        h.walk.begin_step();
        h.walk.x() = 1.0 * h.walk.x();
        h.walk.end_step();
        return h.begun;
    };
    CHECK(step() == 1);
    CHECK(step() == 1);
    h.walk.seek(1);
    CHECK(step() == 2);
    CHECK(step() == 2);
}
