/// DDPM, the ancestral sampler: Ho, Jain & Abbeel 2020 (Denoising Diffusion Probabilistic Models).
#pragma once

#include <fokker/path/transition.hpp>
#include <fokker/solver/noise_step.hpp>
#include <fokker/target.hpp>

namespace fokker::inline FOKKER_TARGET {

/// The variance of a step from s to t, which is cleaner. `posterior`: that of q(x_t | x_s, x_0),
/// the lower bound of the optimal one. `upper_bound`: that of the forward process from t to s,
/// which is beta in a training step, and the upper bound for data of unit variance on a
/// variance-preserving path (elsewhere it is only large). Ho et al. 2020, 3.2.
enum class ddpm_variance { posterior, upper_bound };

/// Ancestral sampling of the reverse process on any sub-grid. Ho et al. 2020, Algorithm 2. Weak
/// order 1 (it solves no ODE); one evaluation a step; stochastic; any path. A step to sigma = 0
/// adds no noise.
struct ddpm {
    static constexpr int history = 0;
    static constexpr int evaluations = 1;

    ddpm_variance variance = ddpm_variance::posterior;

    bool stochastic() const { return true; }

    void step(auto& run) const {
        const auto [s, t] = run.interval();
        auto x = run.x();
        const auto D = run.data(x, s);
        const posterior q = posterior_between(t, s);
        const bool posterior_std = variance == ddpm_variance::posterior || t.sigma == 0;
        detail::assign_with_noise(run, q.state * x + q.data * D,
                                  posterior_std ? q.std : transition_between(t, s).std);
    }
};

}  // namespace fokker
