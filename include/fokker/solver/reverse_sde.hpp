/// Generic integrators of the reverse SDEs that share the path's marginals: Song et al. 2021,
/// Karras et al. 2022, eq. 6.
#pragma once

#include <cmath>

#include <fokker/path/grid.hpp>
#include <fokker/path/knot.hpp>
#include <fokker/solver/dpm_solver_sde.hpp>
#include <fokker/solver/exponential_form.hpp>
#include <fokker/solver/noise_amount.hpp>
#include <fokker/solver/noise_step.hpp>
#include <fokker/target.hpp>

namespace fokker::inline FOKKER_TARGET {

namespace detail {

/// In X = x / alpha and nsr = sigma / alpha, every member of the family is
///   dX = (1 + eta) eps_hat dnsr + sqrt(2 eta nsr |dnsr|) z.
/// What a step takes of it: the drift without 1 + eta, and the noise where eta is constant.
struct reverse_sde_step {
    double ratio, drift, std;

    reverse_sde_step(const knot& s, const knot& t, double eta, double s_noise) {
        const double from = s.noise_to_signal(), to = t.noise_to_signal();
        ratio = t.alpha / s.alpha;
        drift = t.alpha * (to - from);
        std = s_noise * t.alpha * std::sqrt(eta * (from * from - to * to));
    }
};

}  // namespace detail

/// Euler-Maruyama for the reverse SDE with `eta` times its variance: eta = 0 is the
/// probability-flow ODE (and Euler's method), 1 the reverse SDE; or any function of the knot, taken
/// where a step begins. Song et al. 2021, appendix D; Karras et al. 2022, eq. 6. Weak order 1; one
/// evaluation a step; stochastic if eta > 0, or a function; any path. Its noise comes from the knot
/// at which the step begins, so it needs finer grids than the exponential integrators
/// (sde_dpm_solver_pp<1>). Steps from alpha = 0 and to sigma = 0 are those. Throws fokker::error on
/// bad options.
struct euler_maruyama {
    static constexpr int history = 0;
    static constexpr int evaluations = 1;

    detail::noise_amount eta = 1.0;
    double s_noise = 1.0;

    bool stochastic() const { return eta.any(); }
    void check(const grid& walk) const {
        eta.check(walk);
        detail::require_s_noise(s_noise);
    }

    void step(auto& run) const {
        const auto [s, t] = run.interval();
        const double here = eta.at(s);
        if (s.alpha == 0 || t.sigma == 0) return detail::sde_multistep<1>(run, here, s_noise);
        auto x = run.x();
        const detail::reverse_sde_step q(s, t, here, s_noise);
        detail::assign_with_noise(run, q.ratio * x + (1.0 + here) * q.drift * run.epsilon(x, s),
                                  q.std);
    }
};

/// The stochastic Heun method: the mean of the drifts at both ends of the step, with the same
/// noise, whose variance takes the mean of `eta` at both ends where that is a function of the knot.
/// Order 2 at eta = 0, and weak order 2 with noise, because that depends on time alone; two
/// evaluations a step, one from alpha = 0 and to sigma = 0; stochastic if eta > 0, or a function;
/// any path. Kloeden & Platen 1992, 15.1. Throws fokker::error on bad options.
struct stochastic_heun {
    static constexpr int history = 0;
    static constexpr int evaluations = 2;
    static constexpr int stages = 1;

    detail::noise_amount eta = 1.0;
    double s_noise = 1.0;

    bool stochastic() const { return eta.any(); }
    void check(const grid& walk) const {
        eta.check(walk);
        detail::require_s_noise(s_noise);
    }

    void step(auto& run) const {
        const auto [s, t] = run.interval();
        const double here = eta.at(s);
        if (s.alpha == 0 || t.sigma == 0) return detail::sde_multistep<1>(run, here, s_noise);
        const double there = eta.at(t);
        auto x = run.x();
        auto u = run.stage(0);
        const detail::reverse_sde_step q(s, t, 0.5 * (here + there), s_noise);
        const auto eps_hat = run.epsilon(x, s);
        const auto euler = q.ratio * x + (1.0 + here) * q.drift * eps_hat;
        if (q.std > 0)
            u = euler + q.std * run.gaussian();
        else
            u = euler;
        x = u + 0.5 * q.drift * ((1.0 + there) * run.epsilon(u, t) - (1.0 + here) * eps_hat);
    }
};

}  // namespace fokker
