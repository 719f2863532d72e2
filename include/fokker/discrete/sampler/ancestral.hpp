/// The reverse process itself: a clean class is drawn from the network, and the state of the next
/// knot from the posterior between the two.
#pragma once

#include <fokker/target.hpp>

namespace fokker::inline FOKKER_TARGET::discrete {

/// Draws x_0 from the network's distribution at each position by itself, then x_s from
/// q(x_s | x_t, x_0): Austin et al. 2021 (D3PM), Hoogeboom et al. 2021, Sahoo et al. 2024 (MDLM).
/// One call a step. The one error is that positions are drawn by themselves; it falls as 1 / steps.
/// The step to alpha = 1 commits every draw.
struct ancestral {
    void step(auto& run) const {
        const auto [noisy, clean] = run.interval();
        run.each([&](auto& at) { run.process().back(at, noisy, clean); });
    }
};

}  // namespace fokker::discrete
