#include <fokker/core/slots.hpp>

#include "catch.hpp"

using fokker::core::bounding, fokker::core::run_facts, fokker::core::slot_plan;

TEST_CASE("each kind of array has its slots after those of the kind before") {
    const slot_plan plan(run_facts{.history = 2,
                                   .evaluations = 3,
                                   .stages = 4,
                                   .memories = 5,
                                   .bounds = bounding::in_sweep,
                                   .further = 2,
                                   .tries_parts = true});
    CHECK(plan.stages == 1);        // the state before it
    CHECK(plan.memories == 1 + 4);  // stages
    CHECK(plan.kept == 5 + 2 * 5);  // memories, with what follows
    CHECK(plan.outputs == 15 + 5);  // what a rejected part goes back to
    CHECK(plan.calls == 20 + 3);    // this step's first call, and two of the past
    CHECK(plan.further == 23 + 2);  // the second and third call
    CHECK(plan.raw == 25 + 2 * 3);  // two further outputs of each call
    CHECK(plan.preview == 31 + 1);  // what is bounded
    CHECK(plan.count == 32 + 1);    // where the ring may hold noise
}

TEST_CASE("a run has no array that it does not need") {
    CHECK(slot_plan(run_facts{}).count == 2);  // the state, and the network's output
    CHECK(slot_plan({.bounds = bounding::in_call}).count == 3);
    CHECK(slot_plan({.further = 1}).count == 3);
    CHECK(slot_plan({.history = 1}).count == 4);         // another output, and the preview
    CHECK(slot_plan({.tries_parts = true}).count == 3);  // the preview: see sample_part.hpp
    CHECK(slot_plan({.memories = 1}).count == 4);
    CHECK(slot_plan({.memories = 1, .tries_parts = true}).count == 6);
    static_assert(slot_plan({.stages = 3}).count == 5);
}
