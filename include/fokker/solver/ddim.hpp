/// DDIM: Song, Meng & Ermon 2021 (Denoising Diffusion Implicit Models).
#pragma once

#include <fokker/path/grid.hpp>
#include <fokker/path/transition.hpp>
#include <fokker/solver/noise_step.hpp>
#include <fokker/target.hpp>

namespace fokker::inline FOKKER_TARGET {

/// Solves the probability-flow ODE (eta = 0), the ancestral process (eta = 1), or in between.
/// Song et al. 2021, eq. 12 and 16. Order 1; one evaluation a step; stochastic if eta > 0; any
/// path. Where clipping leaves eps_hat as the network predicts it, the step is that of eq. 12, with
/// the clipped D and that eps_hat. Throws fokker::error on eta outside of [0, 1].
struct ddim {
    static constexpr int history = 0;
    static constexpr int evaluations = 1;

    double eta = 0.0;

    bool stochastic() const { return eta > 0; }

    void check(const grid&) const { detail::require_eta("ddim", eta); }

    knot target(const auto&, const knot&, const knot& t) const {
        detail::require(eta == 0, "ddim{.eta = ", eta,
                        "} draws noise, and its call goes to no knot of the path, which the "
                        "network, a flow map, needs; set eta to 0, or take fokker::tcd or "
                        "gamma_sampler");
        return t;
    }

    void step(auto& run) const {
        const auto [s, t] = run.interval();
        auto x = run.x();
        const auto D = eta == 0 ? run.data(x, s, t) : run.data(x, s);
        const posterior q = posterior_between(t, s, eta);
        if (run.keeps_noise())
            detail::assign_by_both(run, s, q.state, q.data, D, q.std);
        else
            detail::assign_with_noise(run, q.state * x + q.data * D, q.std);
    }
};

}  // namespace fokker
