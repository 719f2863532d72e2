#include <fokker/core/solver_walk.hpp>

#include <cstddef>
#include <vector>

#include <fokker/core/network_call.hpp>
#include <fokker/core/slots.hpp>
#include <fokker/core/space.hpp>
#include <fokker/model/second_output.hpp>
#include <fokker/noise/noise_reference.hpp>
#include <fokker/path/grid.hpp>

#include "catch.hpp"

using namespace fokker;
using Catch::Matchers::ContainsSubstring;
using core::bounding, core::facts_of, core::run_facts, core::slot_plan, core::solver_walk;

namespace {

struct plain {
    static constexpr int history = 2;
    static constexpr int evaluations = 3;
};

struct doubles {
    static constexpr int history = 0;
    static constexpr int evaluations = 1;
    bool assigns = true;
    void step(auto& run) const {
        if (assigns) run.x() = 2.0 * run.x();
    }
};

struct all {
    static constexpr int history = 0;
    static constexpr int evaluations = 1;
    static constexpr int stages = 4;
    static constexpr int memories = 5;
    static constexpr bool tries_parts = true;
    static constexpr bool starts_from_memories = true;
    bool wants_unconditional = false;
    bool stochastic() const { return true; }
    bool reads(second_output) const { return true; }
    void step(auto& run) const {
        run.data(run.x(), run.interval().first);
        if (wants_unconditional)
            run.x() = 1.0 * run.unconditional();
        else
            run.x() = 1.0 * run.second();
    }
};

const grid knots{{1, 0.6, 0.8}, {0.5, 0.8, 0.6}, {0, 1.0, 0.0}};

/// One number on a walk of this solver; the network says 10, and 3 beside it, which is a data
/// prediction plus the state.
template <class Solver>
struct one_number {
    explicit one_number(second_output kind)
        : walk(grid(knots), facts, {1, 1}, 0, kind), numbers(std::size_t(slot_plan(facts).count)) {
        for (double& each : numbers) addresses.push_back(&each);
        walk.attach(addresses.data(), core::operations_of<core::host_space<double>>,
                    {this,
                     [](void* self, core::network_call& c, const knot&, int) {
                         auto& n = static_cast<one_number*>(self)->numbers;
                         n[core::place_of(c.raw)] = 10.0;
                         n[core::place_of(c.further)] = 3.0;
                         c.data = {0.0, 1.0};
                         c.further_data = {1.0, 1.0};
                     },
                     [](void*) {}, [](void*, core::slot) {}},
                    nullptr, kernel::noise_reference{});
        numbers[0] = 7.0;
    }

    static constexpr run_facts facts = facts_of<Solver>(bounding::none, 1);
    solver_walk<Solver> walk;
    std::vector<double> numbers;
    std::vector<void*> addresses;
};

}  // namespace

TEST_CASE(
    "the facts of a run are what its solver declares, and nothing where it declares nothing") {
    constexpr run_facts a = facts_of<plain>(bounding::in_call, 0);
    CHECK(a.history == 2);
    CHECK(a.evaluations == 3);
    CHECK(a.stages == 0);
    CHECK(a.memories == 0);
    CHECK(a.bounds == bounding::in_call);
    CHECK(a.further == 0);
    CHECK_FALSE(a.tries_parts);
    CHECK_FALSE(a.starts_from_memories);
    constexpr run_facts b = facts_of<all>(bounding::none, 1);
    CHECK(b.stages == 4);
    CHECK(b.memories == 5);
    CHECK(b.bounds == bounding::none);
    CHECK(b.further == 1);
    CHECK(b.tries_parts);
    CHECK(b.starts_from_memories);
}

TEST_CASE("a step is begun, made and ended, once") {
    one_number<all> n(second_output::variance);
    core::take_step(all{}, n.walk);
    CHECK(n.walk.index() == 1);
    CHECK(n.walk.evaluations() == 1);
    core::take_step(all{}, n.walk);  // the network may be called again
    CHECK(n.walk.index() == 2);
    one_number<doubles> without(second_output::none);
    CHECK_THROWS_WITH(core::take_step(doubles{false}, without.walk),
                      ContainsSubstring("without assigning x()"));
    CHECK(without.walk.index() == 0);
    core::take_step(doubles{}, without.walk);
    CHECK(without.numbers[0] == 14.0);
}

TEST_CASE("what a second output means is known here: it is read as itself or as a prediction") {
    const auto after = [](second_output kind, bool wants_unconditional) {
        one_number<all> n(kind);
        CHECK(n.walk.second_kind() == kind);
        core::take_step(all{wants_unconditional}, n.walk);
        return n.numbers[0];
    };
    CHECK(after(second_output::variance, false) == 3.0);
    CHECK(after(second_output::unconditional, false) == 3.0);
    CHECK(after(second_output::unconditional, true) == 7.0 + 3.0);
    CHECK_THROWS_WITH(after(second_output::variance, true),
                      ContainsSubstring("the network's second output is variance"));
    CHECK_THROWS_WITH(after(second_output::none, false), ContainsSubstring("no second output"));
    CHECK_THROWS_WITH(after(second_output::none, true), ContainsSubstring("no second output"));
}
