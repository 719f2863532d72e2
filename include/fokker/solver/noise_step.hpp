/// The end of a stochastic step.
#pragma once

namespace fokker::detail {

/// x = mean + std z, and nothing is drawn where std = 0.
void assign_with_noise(auto& run, const auto& mean, double std) {
    auto x = run.x();
    if (std > 0)
        x = mean + std * run.gaussian();
    else
        x = mean;
}

}  // namespace fokker::detail
