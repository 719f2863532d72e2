/// Generic integrators of the reverse SDEs that share the path's marginals: Song et al. 2021,
/// Karras et al. 2022, eq. 6.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>

#include <fokker/path/grid.hpp>
#include <fokker/path/knot.hpp>
#include <fokker/solver/dpm_solver_sde.hpp>
#include <fokker/solver/exponential_form.hpp>
#include <fokker/solver/noise_amount.hpp>
#include <fokker/solver/noise_step.hpp>
#include <fokker/target.hpp>

FOKKER_MAY_SHADOW

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
        std = s_noise * t.alpha * from *
              std::sqrt(eta * (std::max)(0.0, (1.0 - to / from) * (1.0 + to / from)));
    }
};

/// Throws fokker::error where the steps of a walk, which solve nothing exactly, carry an error on
/// more than `most` times as large, next to the state. kept(s, t) is how often a step takes
/// x / alpha where the data prediction is 0.
void require_stable(const char* solver, const grid& walk, double most, const auto& kept) {
    double growth = 1.0;
    for (int i = 0; i < walk.steps(); ++i) {
        const auto at = static_cast<std::size_t>(i);
        const knot &s = walk[at], &t = walk[at + 1];
        if (s.alpha == 0 || t.sigma == 0 || walk.is_jump(i)) continue;
        growth *= (std::max)(1.0, std::abs(kept(s, t)) * std::hypot(1.0, s.noise_to_signal()) /
                                      std::hypot(1.0, t.noise_to_signal()));
        require(growth <= most, "with this eta, the steps of ", solver, " up to t = ", t.t,
                " make an error ", growth,
                " times as large; take more steps, less eta, or sde_dpm_solver_pp, which solves "
                "the linear part exactly");
    }
}

}  // namespace detail

/// Euler-Maruyama for the reverse SDE with `eta` times its variance: eta = 0 is the
/// probability-flow ODE (and Euler's method), 1 the reverse SDE; or any function of the knot, taken
/// where a step begins. Song et al. 2021, appendix D; Karras et al. 2022, eq. 6. Weak order 1; one
/// evaluation a step; stochastic if eta > 0, or a function; any path. Its noise comes from the knot
/// at which the step begins, so it needs finer grids than the exponential integrators
/// (sde_dpm_solver_pp<1>). Steps from alpha = 0 and to sigma = 0 are those. Throws fokker::error on
/// bad options, and on an eta with which the steps of the walk make an error a million times as
/// large.
struct euler_maruyama {
    static constexpr int history = 0;
    static constexpr int evaluations = 1;

    detail::noise_amount eta = 1.0;
    double s_noise = 1.0;

    bool stochastic() const { return eta.any(); }
    void check(const grid& walk) const {
        eta.check(walk);
        detail::require_s_noise(s_noise);
        if (!stochastic()) return;
        // A million: in a float nothing is left then.
        detail::require_stable("euler_maruyama", walk, 1e6, [&](const knot& s, const knot& t) {
            return 1.0 - (1.0 + eta.at(s)) * (1.0 - t.noise_to_signal() / s.noise_to_signal());
        });
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
/// any path. Kloeden & Platen 1992, 15.1. Throws fokker::error on bad options, and on an eta with
/// which the steps of the walk make an error 1e12 times as large.
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
        if (!stochastic()) return;
        // With an eta of up to 2 every grid of the library stays below, of two steps, too.
        detail::require_stable("stochastic_heun", walk, 1e12, [&](const knot& s, const knot& t) {
            const double down = 1.0 - t.noise_to_signal() / s.noise_to_signal(),
                         up = s.noise_to_signal() / t.noise_to_signal() - 1.0;
            const double here = (1.0 + eta.at(s)) * down, there = (1.0 + eta.at(t)) * up;
            return 1.0 - 0.5 * here - 0.5 * (1.0 - here) * there;
        });
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
        x = 0.5 * q.drift * (-(1.0 + here) * eps_hat + (1.0 + there) * run.epsilon(u, t)) + u;
    }
};

}  // namespace fokker

FOKKER_END_MAY_SHADOW
