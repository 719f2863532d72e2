/// How moments are measured.
#pragma once

#include <fokker/target.hpp>

namespace fokker::inline FOKKER_TARGET {

/// Two estimators of Gamma, which agree for an exact network. `prediction`: the mean of
/// eps_hat^2, by the network and the data alone (Bao et al. 2022, Analytic-DPM, eq. 8). `residual`:
/// 1 minus the mean of (eps - eps_hat)^2, so that the variance makes up for what the network's mean
/// misses, too (Bao et al. 2022, Extended-Analytic-DPM, on imperfect means); it needs fewer data
/// where there is much noise.
enum class moment_of { prediction, residual };

/// What a measurement of moments leaves to choose.
struct moment_options {
    moment_of of = moment_of::prediction;
    /// A map: Gamma of each element of a sample in place of its mean over them. Takes 48 bytes a
    /// knot and element, and thousands of samples, as there is no mean over elements.
    bool each_element = false;
};

}  // namespace fokker
