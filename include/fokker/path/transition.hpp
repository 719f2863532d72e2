/// The Gaussian conditionals between two knots of a path, as plain numbers: what the forward
/// process, the ancestral samplers and the analytic variances share.
#pragma once

#include <algorithm>
#include <cmath>

#include <fokker/path/knot.hpp>
#include <fokker/target.hpp>

namespace fokker::inline FOKKER_TARGET {

/// q(x_noisy | x_clean) = N(scale x_clean, std^2 I). Kingma et al. 2021 (VDM), eq. 12.
struct transition {
    double scale;
    double std;
};

/// From a knot to a noisier one. alpha may be 0 at the noisier one only.
inline transition transition_between(const knot& clean, const knot& noisy) {
    const double scale = noisy.alpha / clean.alpha;
    const double variance = noisy.sigma * noisy.sigma - scale * scale * clean.sigma * clean.sigma;
    return {scale, std::sqrt(variance > 0 ? variance : 0.0)};
}

/// q(x_clean | x_noisy, x_0) = N(state x_noisy + data x_0, std^2 I).
struct posterior {
    double state;
    double data;
    double std;
};

/// From a knot to a cleaner one; `noisy` has sigma > 0. With eta = 1 that of the forward process:
/// Ho et al. 2020, eq. 6-7, between any two knots as in Kingma et al. 2021, eq. 25-27. With less,
/// the other processes of the same marginals, down to the deterministic one: Song et al. 2021
/// (DDIM), eq. 7 and 16.
inline posterior posterior_between(const knot& clean, const knot& noisy, double eta = 1.0) {
    const double gain = clean.sigma / noisy.sigma;
    if (eta == 0.0) return {gain, clean.alpha - gain * noisy.alpha, 0.0};
    const transition forward = transition_between(clean, noisy);
    const double spread = eta * forward.std / noisy.sigma;
    if (eta == 1.0)
        return {forward.scale * gain * gain, clean.alpha * spread * spread, clean.sigma * spread};
    const double state = gain * std::sqrt((std::max)(0.0, 1.0 - spread * spread));
    return {state, clean.alpha - state * noisy.alpha, clean.sigma * spread};
}

}  // namespace fokker
