/// Which draws of a counted source are for what.
#pragma once

#include <cstdint>

#include <fokker/target.hpp>

namespace fokker::inline FOKKER_TARGET::detail {

/// Each of the library's verbs has its own, and none that a run takes, so that one seed may serve
/// all of them: a run takes draw 0 for its prior, and draw 256 (k + 1) + j for Gaussian j of step
/// k. The verbs of the forward process take 1 to 5 unless told otherwise; probe i of a likelihood's
/// divergence, of which there are 200 at most, is first_probe_draw + i. Draws 208 to 255 are free.
inline constexpr std::uint32_t forward_draw = 1, transition_draw = 2, posterior_draw = 3,
                               training_draw = 4, moments_draw = 5, dequantise_draw = 6,
                               first_probe_draw = 8;

}  // namespace fokker::inline FOKKER_TARGET::detail
