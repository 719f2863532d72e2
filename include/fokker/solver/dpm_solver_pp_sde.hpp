/// DPM-Solver++ for the reverse SDE in single steps: k-diffusion's "DPM++ SDE".
#pragma once

#include <fokker/path/grid.hpp>
#include <fokker/path/knot.hpp>
#include <fokker/path/transition.hpp>
#include <fokker/solver/euler_ancestral.hpp>
#include <fokker/solver/exponential_form.hpp>
#include <fokker/solver/singlestep.hpp>
#include <fokker/target.hpp>

namespace fokker::inline FOKKER_TARGET {

/// DPM++ SDE: an ancestral step to a knot at `r` of the step in lambda, and one over the whole step
/// with the prediction made there. After Lu et al. 2022 (DPM-Solver++), Algorithm 1, as k-diffusion
/// has it: the middle is noisy, too. Use `brownian` noise, whose Gaussians for the part and for the
/// whole are increments of one path: then the variance of the samples is of order 2, and of order 1
/// with any other, because the prediction in the middle must know the noise that comes after it.
/// Order 2 at eta = 0, where it is dpm_solver_pp_2s; two evaluations a step, one from alpha = 0 and
/// to sigma = 0; stochastic if eta > 0; any path, and a grid that knows it. Throws fokker::error on
/// eta outside of [0, 1], a negative s_noise, and r outside of (0, 1).
struct dpm_solver_pp_sde {
    static constexpr int history = 0;
    static constexpr int evaluations = 2;
    static constexpr int stages = 1;

    double eta = 1.0;
    double s_noise = 1.0;
    double r = 0.5;

    detail::ancestral_options options() const { return {eta, s_noise}; }
    bool stochastic() const { return eta > 0; }
    void check(const grid& walk) const {
        options().check();
        detail::require_stage("r", r);
        walk.require_path();
    }

    void step(auto& run) const {
        using form = detail::data_form;
        const auto [s, t] = run.interval();
        if (s.alpha == 0 || t.sigma == 0) return euler_ancestral{eta, s_noise}.step(run);
        const knot m = run.knot_at(s.lambda() + r * (t.lambda() - s.lambda()));
        const knot below_m = options().down(s, m), below_t = options().down(s, t);
        auto x = run.x();
        auto u = run.stage(0);
        const auto D = run.data(x, s);
        const auto middle = form::ratio(s, below_m) * x + form::constant(s, below_m) * D;
        const double std = s_noise * transition_between(below_m, m).std;
        if (std > 0)
            u = middle + std * run.gaussian(s, m);
        else
            u = middle;
        const double share = 1 / (2 * r), whole = form::constant(s, below_t);
        detail::ancestral_noise(
            run,
            form::ratio(s, below_t) * x + (1 - share) * whole * D + share * whole * run.data(u, m),
            below_t, t, s_noise);
    }
};

}  // namespace fokker
