/// Which arrays a run has, and where they stand among its slots.
#pragma once

#include <fokker/core/network_call.hpp>
#include <fokker/target.hpp>

FOKKER_MAY_SHADOW

namespace fokker::inline FOKKER_TARGET::core {

/// What the types of a run say, as numbers.
struct run_facts {
    int history = 0, evaluations = 1, stages = 0, memories = 0;  // of the solver
    bounding bounds = bounding::none;                            // of the model
    int further = 0;           // outputs that a call of the network has beside its prediction
    bool tries_parts = false;  // whether the solver may reject a part of its step
    bool starts_from_memories = false;  // and whether it may begin with memories that were set
};

/// Where each kind of array stands among the slots: the state first.
struct slot_plan {
    int stages, memories, kept, outputs, calls, further, raw, preview, count;

    constexpr explicit slot_plan(const run_facts& f)
        : stages(1),
          memories(stages + f.stages),
          kept(memories + 2 * f.memories),                   // a memory and its next value
          outputs(kept + (f.tries_parts ? f.memories : 0)),  // and the value to go back to
          calls(outputs + f.history + 1),  // the first calls of this step and of those before
          further(calls + f.evaluations - 1),
          raw(further + f.further * f.evaluations),
          preview(raw + (f.bounds == bounding::none ? 0 : 1)),
          count(preview + (f.history > 0 || f.tries_parts ? 1 : 0)) {}
};

}  // namespace fokker::core

FOKKER_END_MAY_SHADOW
