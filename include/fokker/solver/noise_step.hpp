/// The end of a stochastic step.
#pragma once

#include <fokker/target.hpp>

namespace fokker::inline FOKKER_TARGET::detail {

/// x = mean + std z, and nothing is drawn where std = 0.
void assign_with_noise(auto& run, const auto& mean, double std) {
    auto x = run.x();
    if (std > 0)
        x = mean + std * run.gaussian();
    else
        x = mean;
}

}  // namespace fokker::detail
