/// DPM2: the midpoint rule in sigma / alpha with its middle taken in the logarithm. After
/// DPM-Solver-2, as k-diffusion has it.
#pragma once

#include <limits>

#include <fokker/path/grid.hpp>
#include <fokker/path/knot.hpp>
#include <fokker/solver/churn.hpp>
#include <fokker/solver/euler_ancestral.hpp>
#include <fokker/solver/exponential_form.hpp>
#include <fokker/target.hpp>

FOKKER_MAY_SHADOW

namespace fokker::inline FOKKER_TARGET {

namespace detail {

/// The mean of a DPM2 step from the state v at s to t: hands it to done(mean).
void dpm2_mean(auto& run, const auto& v, const knot& s, const knot& t, const auto& done) {
    using form = noise_form;
    const knot m = run.knot_at(0.5 * (s.lambda() + t.lambda()));
    auto u = run.stage(0);
    u = form::ratio(s, m) * v + form::constant(s, m) * run.epsilon(v, s);
    done(form::ratio(s, t) * v + form::constant(s, t) * run.epsilon(u, m));
}

}  // namespace detail

/// Solves dX/dnsr = (X - D) / nsr, with X = x / alpha and nsr = sigma / alpha, by the slope in the
/// middle of log nsr. Lu et al. 2022 (DPM-Solver), 4.1; Karras et al. 2022 for the churn. Order
/// 2; two evaluations a step, one from alpha = 0 and to sigma = 0; stochastic if s_churn > 0; any
/// path, and a grid that knows it. Throws fokker::error on bad churn options.
struct dpm2 {
    static constexpr int history = 0;
    static constexpr int evaluations = 2;
    static constexpr int stages = 2;

    double s_churn = 0.0;
    double s_min = 0.0;
    double s_max = std::numeric_limits<double>::infinity();
    double s_noise = 1.0;

    detail::churn_options churn() const { return {s_churn, s_min, s_max, s_noise}; }
    bool stochastic() const { return s_churn > 0; }
    void check(const grid& walk) const {
        churn().check(walk);
        walk.require_path();
    }

    void step(auto& run) const {
        const knot& t = run.interval().second;
        churn().lift(run, run.stage(1),
                     [&](const auto& v, const knot& hat) { advance(run, v, hat, t); });
    }

private:
    static void advance(auto& run, const auto& v, const knot& s, const knot& t) {
        if (s.alpha == 0 || t.sigma == 0) return detail::constant_data_step(run, v, s, t);
        auto x = run.x();
        detail::dpm2_mean(run, v, s, t, [&](const auto& mean) { x = mean; });
    }
};

/// DPM2 ancestral. Order 2 at eta = 0, and in the variance of the samples for every eta; two
/// evaluations a step, one from alpha = 0 and to sigma = 0; stochastic if eta > 0; any path, and a
/// grid that knows it. Throws fokker::error on bad options.
struct dpm2_ancestral {
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
        const auto [s, t] = run.interval();
        if (s.alpha == 0 || t.sigma == 0) return euler_ancestral{eta, s_noise, rule}.step(run);
        const knot down = options().down(s, t);
        detail::dpm2_mean(run, run.x(), s, down, [&](const auto& mean) {
            detail::ancestral_noise(run, mean, down, t, s_noise);
        });
    }
};

}  // namespace fokker

FOKKER_END_MAY_SHADOW
