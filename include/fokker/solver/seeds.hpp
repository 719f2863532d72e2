/// SEEDS: Gonzalez et al. 2023 (SEEDS: Exponential SDE Solvers for Fast High-Quality Sampling from
/// Diffusion Models).
#pragma once

#include <array>

#include <fokker/error.hpp>
#include <fokker/path/grid.hpp>
#include <fokker/path/knot.hpp>
#include <fokker/solver/dpm_solver_sde.hpp>
#include <fokker/solver/singlestep.hpp>
#include <fokker/target.hpp>

FOKKER_MAY_SHADOW

namespace fokker::inline FOKKER_TARGET {

/// How seeds<2> weighs its two predictions: by the midpoint rule (at r = 1/2 the second alone), or
/// by the exact integral of the line through them. ComfyUI's solver_type phi_1 and phi_2.
enum class seeds_weights { midpoint, exact };

namespace detail {

/// out = mean + std z, with the Gaussian that belongs to this part of the step.
void assign_with_noise_of(auto& run, const auto& out, const auto& mean, double std, const knot& s,
                          const knot& t) {
    if (std > 0)
        out = mean + std * run.gaussian(s, t);
    else
        out = mean;
}

}  // namespace detail

/// Exponential Runge-Kutta steps for the reverse SDE with `eta` times its noise (0: the ODE), in
/// which the noise of a stage goes on to the next one and to the end: each part of a step begins at
/// the stage before it, and only the weights of the predictions are those of the whole. So the
/// variance of the samples is of order 2 with any noise source, where fresh noise over the whole
/// step (dpm_solver_pp_sde with philox) has order 1. Gonzalez et al. 2023, in data form, as ComfyUI
/// has them.
template <int Order>
    requires(Order == 2 || Order == 3)
struct seeds;

/// SEEDS-2, with its stage at r of the step in lambda (1 is its end). Order 2 at eta = 0, where it
/// is dpm_solver_pp_2s, or res_2s with exact weights; two evaluations a step, one from alpha = 0
/// and to sigma = 0; stochastic if eta > 0; any path, and a grid that knows it. Throws
/// fokker::error on bad options.
template <>
struct seeds<2> {
    static constexpr int history = 0;
    static constexpr int evaluations = 2;
    static constexpr int stages = 1;

    double eta = 1.0;
    double s_noise = 1.0;
    double r = 0.5;
    seeds_weights weights = seeds_weights::midpoint;

    bool stochastic() const { return eta > 0; }
    void check(const grid& walk) const {
        detail::check_sde(eta, s_noise);
        detail::require(r > 0 && r <= 1, "r is ", r,
                        "; the stage lies between 0 and 1 of the step, and may be its end");
        walk.require_path();
    }

    void step(auto& run) const {
        const auto [s, t] = run.interval();
        if (s.alpha == 0 || t.sigma == 0) return detail::sde_multistep<1>(run, eta, s_noise);
        const knot m = r < 1 ? run.knot_at(s.lambda() + r * (t.lambda() - s.lambda())) : knot(t);
        // Where 1 - alpha is 1 in double, as on a flow next to noise alone.
        if (m.alpha == 0) return detail::sde_multistep<1>(run, eta, s_noise);
        const detail::sde_step to_m(s, m, eta, s_noise), on(m, t, eta, s_noise),
            whole(s, t, eta, s_noise);
        auto x = run.x();
        auto u = run.stage(0);
        const auto D = run.data(x, s);
        const double a = to_m.weights(std::array{0.0})[0];
        detail::assign_with_noise_of(run, u, to_m.state * x + a * D, to_m.std, s, m);
        const auto b = end_weights(whole);
        detail::assign_with_noise_of(
            run, x, (b[0] - on.state * a) * D + b[1] * run.data(u, m) + on.state * u, on.std, m, t);
    }

private:
    std::array<double, 2> end_weights(const detail::sde_step& whole) const {
        if (weights == seeds_weights::exact) return whole.weights(std::array{0.0, r});
        const double constant = whole.weights(std::array{0.0})[0], share = 1 / (2 * r);
        return {(1 - share) * constant, share * constant};
    }
};

/// SEEDS-3, with its stages at r1 and r2 of the step in lambda. Order 3 at eta = 0, where it is
/// dpm_solver_pp_3s (2 with another r2), and still 2 in the variance of the samples with noise;
/// three evaluations a step, one from alpha = 0 and to sigma = 0; stochastic if eta > 0; any path,
/// and a grid that knows it. Throws fokker::error on bad options.
template <>
struct seeds<3> {
    static constexpr int history = 0;
    static constexpr int evaluations = 3;
    static constexpr int stages = 2;

    double eta = 1.0;
    double s_noise = 1.0;
    double r1 = 1.0 / 3.0;
    double r2 = 2.0 / 3.0;

    bool stochastic() const { return eta > 0; }
    void check(const grid& walk) const {
        detail::check_sde(eta, s_noise);
        detail::require_stage("r1", r1);
        detail::require_stage("r2", r2);
        detail::require(r1 < r2, "r1 is ", r1, " and r2 is ", r2, "; r1 must be the smaller");
        walk.require_path();
    }

    void step(auto& run) const {
        const auto [s, t] = run.interval();
        if (s.alpha == 0 || t.sigma == 0) return detail::sde_multistep<1>(run, eta, s_noise);
        const double h = t.lambda() - s.lambda();
        const knot m1 = run.knot_at(s.lambda() + r1 * h), m2 = run.knot_at(s.lambda() + r2 * h);
        if (m1.alpha == 0) return detail::sde_multistep<1>(run, eta, s_noise);
        const detail::sde_step to_m1(s, m1, eta, s_noise), on_to_m2(m1, m2, eta, s_noise),
            on_to_t(m2, t, eta, s_noise);
        auto x = run.x();
        auto u = run.stage(0), v = run.stage(1);
        const auto D = run.data(x, s);
        const double a = to_m1.weights(std::array{0.0})[0];
        detail::assign_with_noise_of(run, u, to_m1.state * x + a * D, to_m1.std, s, m1);
        const auto D1 = run.data(u, m1);
        const auto b = detail::sde_step(s, m2, eta, s_noise).weights(std::array{0.0, r1 / r2});
        double kept = on_to_m2.state;
        detail::assign_with_noise_of(run, v, kept * u + (b[0] - kept * a) * D + b[1] * D1,
                                     on_to_m2.std, m1, m2);
        const auto c = detail::sde_step(s, t, eta, s_noise).weights(std::array{0.0, r2});
        kept = on_to_t.state;
        detail::assign_with_noise_of(
            run, x, (c[0] - kept * b[0]) * D - kept * b[1] * D1 + c[1] * run.data(v, m2) + kept * v,
            on_to_t.std, m2, t);
    }
};

}  // namespace fokker

FOKKER_END_MAY_SHADOW
