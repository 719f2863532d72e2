/// DDPM with variances that the network has learned: Nichol & Dhariwal 2021 (Improved Denoising
/// Diffusion Probabilistic Models).
#pragma once

#include <fokker/model/second_output.hpp>
#include <fokker/path/transition.hpp>
#include <fokker/solver/second_variance.hpp>
#include <fokker/target.hpp>

namespace fokker::inline FOKKER_TARGET {

/// Ancestral sampling with the variance that is the network's second output: `variance`,
/// `log_variance`, or `variance_range`, where v in [-1, 1] stands for
///   log variance = (1 + v) / 2 log(max) + (1 - v) / 2 log(min),
/// with min the variance of q(x_t | x_s, x_0) and max that of the forward process from t to s.
/// Nichol & Dhariwal 2021, eq. 15. It solves no ODE; one evaluation a step; stochastic; any path. A
/// step to sigma = 0 adds no noise. v = -1 is ddpm{}, v = 1 ddpm{ddpm_variance::upper_bound}.
struct ddpm_learned {
    static constexpr int history = 0;
    static constexpr int evaluations = 1;

    bool stochastic() const { return true; }
    bool reads(second_output kind) const { return detail::tells_step_variance(kind); }

    void step(auto& run) const {
        const auto [s, t] = run.interval();
        auto x = run.x();
        const auto D = run.data(x, s);
        const posterior q = posterior_between(t, s);
        const auto mean = q.state * x + q.data * D;
        if (q.std == 0)
            x = mean;
        else
            x = mean + detail::gaussian_of(
                           run, detail::learned_second_variance(run.second_kind(), q.std,
                                                                transition_between(t, s).std));
    }
};

}  // namespace fokker
