/// Samplers for few-step models, which return clean data in one call and are led back to less
/// noise: consistency models, LCM, TCD.
#pragma once

#include <cmath>

#include <fokker/error.hpp>
#include <fokker/finite.hpp>
#include <fokker/path/grid.hpp>
#include <fokker/path/knot.hpp>
#include <fokker/path/transition.hpp>
#include <fokker/solver/exponential_form.hpp>
#include <fokker/solver/known_times.hpp>
#include <fokker/solver/noise_step.hpp>
#include <fokker/target.hpp>

namespace fokker::inline FOKKER_TARGET {

/// Multistep consistency sampling: x = alpha_t D + sigma_t z. Song et al. 2023 (Consistency
/// Models), Algorithm 1; Luo et al. 2023 (Latent Consistency Models), Algorithm 3. A grid of one
/// step is one-step generation. Algorithm 1 adds sigma_min less noise, which the
/// model's output already has: set it for a model whose boundary is there. One evaluation a
/// step; stochastic; any path. Throws fokker::error on a negative sigma_min.
struct consistency_sampler {
    static constexpr int history = 0;
    static constexpr int evaluations = 1;

    double sigma_min =
        0.0;  ///< noise-to-signal ratio sigma / alpha where the model is the identity

    bool stochastic() const { return true; }

    void check(const grid&) const {
        detail::require(detail::is_finite(sigma_min) && sigma_min >= 0, "sigma_min is ", sigma_min,
                        "; it must not be negative");
    }

    void step(auto& run) const {
        const auto [s, t] = run.interval();
        const double least = t.alpha * sigma_min;
        const double variance = t.sigma * t.sigma - least * least;
        detail::assign_with_noise(run, t.alpha * run.data(run.x(), s),
                                  variance > 0 ? std::sqrt(variance) : 0.0);
    }
};

/// Trajectory consistency distillation: a deterministic jump to the knot whose time is (1 - gamma)
/// times that of t, and fresh noise from there to t. Zheng et al. 2024 (TCD), Algorithm 2
/// (strategic stochastic sampling). gamma = 0 is DDIM, 1 is consistency sampling, but for the
/// path's least noise. Where clipping leaves eps_hat as the network predicts it, the jump goes by
/// the clipped D and that eps_hat. One evaluation a step; stochastic if gamma > 0;
/// any path, and a grid that knows it. Throws fokker::error on gamma outside of [0, 1], and, for
/// gamma > 0, where a knot, or that to which a jump goes, lies beyond the grid's path.
struct tcd {
    static constexpr int history = 0;
    static constexpr int evaluations = 1;

    double gamma = 0.3;

    bool stochastic() const { return gamma > 0; }

    void check(const grid& walk) const {
        detail::require(detail::is_finite(gamma) && gamma >= 0 && gamma <= 1, "gamma is ", gamma,
                        "; it must lie in [0, 1]");
        if (gamma == 0) return;
        detail::require_known_times("tcd", walk);
        // Where the path has no knot for a jump, it says so here and not on the way.
        for (int i = 0; i < walk.steps(); ++i) {
            const auto& t = walk.walked(static_cast<std::size_t>(i) + 1);
            if (!walk.is_jump(i) && !lands_on(t)) walk.knot_at_time((1 - gamma) * t.time());
        }
    }

    void step(auto& run) const {
        using form = detail::data_form;
        const auto [s, t] = run.interval();
        const knot target = lands_on(t) ? knot(t) : run.knot_at_time((1 - gamma) * t.time());
        const transition back = transition_between(target, t);
        const double ratio = form::ratio(s, target), constant = form::constant(s, target);
        auto x = run.x();
        const auto D = run.data(x, s);
        if (run.keeps_noise())
            detail::assign_by_both(run, s, back.scale * ratio, back.scale * constant, D, back.std);
        else
            detail::assign_with_noise(run, back.scale * (ratio * x + constant * D), back.std);
    }

private:
    /// Whether the jump of a step to t goes to t itself: without noise, and at time 0, where the
    /// double on the path may differ in the last bit, and the noise between two such knots is the
    /// root of that.
    bool lands_on(const detail::grid_knot& t) const {
        return gamma == 0 || t.sigma == 0 || t.time() == 0;
    }
};

}  // namespace fokker
