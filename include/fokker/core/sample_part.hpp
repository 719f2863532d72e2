/// Where one sample of a batch is in a step that it makes in parts of its own.
#pragma once

#include <cstdint>

#include <fokker/target.hpp>

namespace fokker::inline FOKKER_TARGET::core {

/// Places are counted in equal fractions of the step, so that those of two samples can be equal.
struct sample_part {
    std::uint64_t from = 0;  // where the sample is, and its next part begins
    std::uint64_t to = 0;    // where that part ends
    double wanted = 0.0;     // how long it ought to be, of the step
    double error = 0.0;      // of the last one that was tried
    int tried = 0;           // parts in this step
    bool is_chosen = false;  // whether passes and errors are for it, too
};

}  // namespace fokker::core
