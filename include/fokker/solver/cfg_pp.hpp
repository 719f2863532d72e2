/// CFG++: Chung et al. 2024 (CFG++: Manifold-constrained Classifier Free Guidance for Diffusion
/// Models). The guided prediction is the data that a step goes to, and the noise that it adds again
/// is that of the unconditional one.
#pragma once

#include <fokker/model/second_output.hpp>
#include <fokker/path/grid.hpp>
#include <fokker/path/knot.hpp>
#include <fokker/solver/euler_ancestral.hpp>
#include <fokker/target.hpp>

namespace fokker::inline FOKKER_TARGET {

namespace detail {

/// alpha_t D + sigma_t eps_hat_u, with the guided data prediction D at s and the noise prediction
/// without the condition, eps_hat_u = (x - alpha_s U) / sigma_s.
auto renoised_without_condition(auto& run, const knot& s, const knot& t) {
    const auto D = run.data(run.x(), s);
    const double ratio = t.sigma / s.sigma;
    return t.alpha * D + ratio * run.x() - ratio * s.alpha * run.unconditional();
}

}  // namespace detail

/// Euler's method under CFG++. Chung et al. 2024, Algorithm 2, there with DDIM, which is the same.
/// For networks with an unconditional prediction beside theirs, such as `guided` and
/// `guided_batch`, whose `scale` is the paper's lambda in [0, 1]: D = U + lambda (C - U); scales
/// that are usual elsewhere, such as 7.5, are far too large. One evaluation a step; any path. It
/// has no order: however short, a step moves x / alpha by lambda (C - U), so that guidance grows
/// with the number of steps.
struct euler_cfg_pp {
    static constexpr int history = 0;
    static constexpr int evaluations = 1;

    bool reads(second_output kind) const { return kind == second_output::unconditional; }

    void step(auto& run) const {
        const auto [s, t] = run.interval();
        auto x = run.x();
        x = detail::renoised_without_condition(run, s, t);
    }
};

/// Euler ancestral under CFG++: to a knot cleaner than t, and fresh noise back. For the same
/// networks. One evaluation a step; stochastic if eta > 0; any path; as before without an order.
/// Throws fokker::error on bad options.
struct euler_ancestral_cfg_pp {
    static constexpr int history = 0;
    static constexpr int evaluations = 1;

    double eta = 1.0;
    double s_noise = 1.0;
    ancestral_rule rule = ancestral_rule::posterior;

    detail::ancestral_options options() const { return {eta, s_noise, rule}; }
    bool stochastic() const { return eta > 0; }
    bool reads(second_output kind) const { return kind == second_output::unconditional; }
    void check(const grid&) const { options().check(); }

    void step(auto& run) const {
        const auto [s, t] = run.interval();
        const knot down = options().down(s, t);
        detail::ancestral_noise(run, detail::renoised_without_condition(run, s, down), down, t,
                                s_noise);
    }
};

}  // namespace fokker
