// The forward process of grey levels that the network was trained on. process.py is the same in
// Python.
#pragma once

#include <fokker/discrete/transition_matrices.hpp>
#include <vector>

#include "levels.hpp"

namespace grey {

inline constexpr int process_steps = 1000;

// D3PM's discretised Gaussian. A step weighs a level k away by exp(-c k^2), with c from 6.5 in the
// first step to 1.75 in the last, evenly. So noise grows about geometrically, from one pixel of 330
// that moves to one of four, and at the end a level says less than 1e-4 nats of the clean one.
inline fokker::discrete::transition_matrices process() {
    constexpr double first = 6.5, last = 1.75;
    // How the library, as D3PM, measures a level: weights are exp(-(k width)^2 / beta).
    constexpr double width = 2.0 * 255.0 / ((levels - 1.0) * (levels - 1.0));
    std::vector<double> betas;
    for (int t = 0; t < process_steps; ++t)
        betas.push_back(width * width / (first + (last - first) * t / (process_steps - 1.0)));
    return fokker::discrete::transition_matrices(
        fokker::discrete::discretised_gaussian(levels, betas));
}

}  // namespace grey
