/// Ancestral sampling by a deterministic step too far and fresh noise back: the samplers named
/// "ancestral" in k-diffusion.
#pragma once

#include <algorithm>
#include <cmath>

#include <fokker/error.hpp>
#include <fokker/finite.hpp>
#include <fokker/path/grid.hpp>
#include <fokker/path/knot.hpp>
#include <fokker/path/transition.hpp>
#include <fokker/solver/exponential_form.hpp>
#include <fokker/solver/noise_step.hpp>
#include <fokker/target.hpp>

namespace fokker::inline FOKKER_TARGET {

/// How far the deterministic part goes. `posterior`: as far as that of DDIM(eta), so that eta = 1
/// is the ancestral process; on any path. `flow`: sigma_down = sigma_t (1 + (sigma_t / sigma_s - 1)
/// eta), the rule for rectified flows, with alpha = 1 - sigma.
enum class ancestral_rule { posterior, flow };

namespace detail {

namespace types {

/// Options of the ancestral samplers.
struct ancestral_options {
    double eta = 1.0;      ///< 0: the ODE; 1: the ancestral process
    double s_noise = 1.0;  ///< standard deviation of the fresh noise; 0: none
    ancestral_rule rule = ancestral_rule::posterior;

    /// Throws fokker::error on bad options.
    void check() const {
        require(is_finite(eta) && eta >= 0 && eta <= 1, "eta is ", eta, "; it must lie in [0, 1]");
        require_s_noise(s_noise);
    }

    /// The knot at which the deterministic part of a step from s to t ends, given with t's alpha:
    /// only its sigma / alpha counts.
    knot down(const knot& s, const knot& t) const {
        if (t.sigma == 0 || eta == 0) return t;
        if (rule == ancestral_rule::flow) {
            const double share = t.sigma / (t.alpha + t.sigma),
                         from = s.sigma / (s.alpha + s.sigma);
            const double sigma = share * (1.0 + (share / from - 1.0) * eta);
            // 1 - sigma, also where alpha is lost beside sigma.
            const double alpha = t.alpha / (t.alpha + t.sigma);
            const double signal =
                alpha + share * eta * (alpha - s.alpha / (s.alpha + s.sigma)) / from;
            return {t.t, t.alpha, t.alpha * sigma / signal};
        }
        // sqrt(1 - eta^2 (1 - kept^2)), also where kept^2 is lost beside 1.
        const double kept = t.noise_to_signal() / s.noise_to_signal();
        return {t.t, t.alpha,
                t.sigma * std::hypot(std::sqrt((1.0 - eta) * (1.0 + eta)), eta * kept)};
    }
};

}  // namespace types
using types::ancestral_options;

/// x = mean, and the noise that leads from `down` back to t.
void ancestral_noise(auto& run, const auto& mean, const knot& down, const knot& t, double s_noise) {
    detail::assign_with_noise(run, mean, s_noise * transition_between(down, t).std);
}

/// As options.down(s, t), but no further than where the walk ends: a network is called no further,
/// and the last step of a walk that leaves noise draws none.
knot down_within_walk(const auto& run, const ancestral_options& options, const knot& s,
                      const knot& t) {
    const double least = run.end().noise_to_signal();
    // The root of what rounding leaves between two of these would be noise.
    if (t.sigma == 0 || t.noise_to_signal() <= least * (1.0 + 1e-9)) return t;
    knot down = options.down(s, t);
    down.sigma = (std::max)(down.sigma, down.alpha * least);
    return down;
}

}  // namespace detail

/// Euler ancestral. Order 1; one evaluation a step; stochastic if eta > 0; any path. With the rule
/// `posterior` it is ddim{.eta}; with `flow` the sampler for rectified flows. Throws fokker::error
/// on bad options.
struct euler_ancestral {
    static constexpr int history = 0;
    static constexpr int evaluations = 1;

    double eta = 1.0;
    double s_noise = 1.0;
    ancestral_rule rule = ancestral_rule::posterior;

    detail::ancestral_options options() const { return {eta, s_noise, rule}; }
    bool stochastic() const { return eta > 0; }
    void check(const grid&) const { options().check(); }

    void step(auto& run) const {
        using form = detail::data_form;
        const auto [s, t] = run.interval();
        const knot down = options().down(s, t);
        auto x = run.x();
        detail::ancestral_noise(run,
                                form::ratio(s, down) * x + form::constant(s, down) * run.data(x, s),
                                down, t, s_noise);
    }
};

/// DPM++ 2S ancestral: DPM-Solver++(2S) for the deterministic part. Order 2 at eta = 0, and in the
/// variance of the samples for every eta, because the noise that is added is exact; two evaluations
/// a step, one from alpha = 0 and to sigma = 0; stochastic if eta > 0; any path, and a
/// grid that knows it. Throws fokker::error on bad options.
struct dpm_solver_pp_2s_ancestral {
    static constexpr int history = 0;
    static constexpr int evaluations = 2;
    static constexpr int stages = 1;

    double eta = 1.0;
    double s_noise = 1.0;
    ancestral_rule rule = ancestral_rule::posterior;

    detail::ancestral_options options() const { return {eta, s_noise, rule}; }
    bool stochastic() const { return eta > 0; }
    void check(const grid& walk) const {
        options().check();
        walk.require_path();
    }

    void step(auto& run) const {
        using form = detail::data_form;
        const auto [s, t] = run.interval();
        if (s.alpha == 0 || t.sigma == 0) return euler_ancestral{eta, s_noise, rule}.step(run);
        const knot down = options().down(s, t);
        const knot m = run.knot_at(0.5 * (s.lambda() + down.lambda()));
        auto x = run.x();
        auto u = run.stage(0);
        u = form::ratio(s, m) * x + form::constant(s, m) * run.data(x, s);
        detail::ancestral_noise(run,
                                form::ratio(s, down) * x + form::constant(s, down) * run.data(u, m),
                                down, t, s_noise);
    }
};

}  // namespace fokker
