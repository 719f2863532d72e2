/// Samplers for few-step models, which return clean data in one call and are led back to less
/// noise: consistency models, LCM, TCD.
#pragma once

#include <cmath>
#include <cstddef>

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

namespace detail {

/// A deterministic jump from s to `target`, with D constant, and fresh noise from there to t.
/// Where clipping leaves eps_hat as the network predicts it, the jump goes by that and the clipped
/// D. A flow map predicts for the jump.
void jump_and_return(auto& run, const knot& s, const knot& target, const knot& t) {
    const transition back = transition_between(target, t);
    const double ratio = data_form::ratio(s, target), constant = data_form::constant(s, target);
    auto x = run.x();
    const auto D = run.data(x, s, target);
    if (run.keeps_noise())
        detail::assign_by_both(run, s, back.scale * ratio, back.scale * constant, D, back.std);
    else
        detail::assign_with_noise(run, back.scale * (ratio * x + constant * D), back.std);
}

}  // namespace detail

/// Multistep consistency sampling: x = alpha_t D + sigma_t z. Song et al. 2023 (Consistency
/// Models), Algorithm 1; Luo et al. 2023 (Latent Consistency Models), Algorithm 3. A grid of one
/// step is one-step generation. Algorithm 1 adds sigma_min less noise, which the
/// model's output already has: set it for a model whose boundary is there. One evaluation a
/// step; stochastic; any path. A flow map is called for the way to the clean end of the grid, which
/// must have one. Throws fokker::error on a negative sigma_min.
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
    knot target(const grid& walk, const knot&, const knot&) const {
        detail::require(sigma_min == 0 && walk.back().sigma == 0,
                        "consistency_sampler takes a flow map to clean data in each step, and ",
                        sigma_min == 0 ? "the grid ends before" : "sigma_min is above 0",
                        "; take fokker::gamma_sampler{.gamma = 1, .sigma_min = ..}, or a grid with "
                        "grid_end::clean and sigma_min = 0");
        return walk.back();
    }

    void step(auto& run) const {
        const auto [s, t] = run.interval();
        const double least = t.alpha * sigma_min;
        const double variance = t.sigma * t.sigma - least * least;
        const knot& end = run.end();
        const bool to_clean = sigma_min == 0 && end.sigma == 0;
        const auto D = to_clean ? run.data(run.x(), s, end) : run.data(run.x(), s);
        detail::assign_with_noise(run, t.alpha * D, variance > 0 ? std::sqrt(variance) : 0.0);
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
            if (walk.is_jump(i)) continue;
            detail::require(lands_on(t) || t.time() > 0, "the knot {t = ", t.t,
                            ", alpha = ", t.alpha, ", sigma = ", t.sigma,
                            "} has less noise than the grid's path at time 0, so that tcd has no "
                            "knot below it to jump to; end at the path's least noise");
            target(walk, t, t);
        }
    }

    knot target(const auto& walk, const knot&, const detail::grid_knot& t) const {
        return lands_on(t) ? knot(t) : walk.knot_at_time((1 - gamma) * t.time());
    }

    void step(auto& run) const {
        const auto [s, t] = run.interval();
        detail::jump_and_return(run, s, target(run, s, t), t);
    }

private:
    /// Whether the jump of a step to t goes to t itself: without noise, and at time 0, where the
    /// double on the path may differ in the last bit, and the noise between two such knots is the
    /// root of that.
    bool lands_on(const detail::grid_knot& t) const {
        return gamma == 0 || t.sigma == 0 || t.time() == 0;
    }
};

/// The gamma-sampling of consistency trajectory models: a deterministic jump to the knot with
///   sigma / alpha = sqrt(1 - gamma^2) (r - sigma_min) + sigma_min,   r that of t,
/// and fresh noise from there to t. Kim et al. 2024 (CTM), Algorithm 3, where sigma_min is 0; their
/// code has 0.002, the least noise of its training. With a network of two knots (flow_map) the
/// marginals are exact at every knot, whatever gamma. gamma = 0 is DDIM, or with such a network the
/// map itself; 1 is consistency sampling. Where clipping leaves eps_hat as the network predicts it,
/// the jump goes by the clipped D and that eps_hat. One evaluation a step; stochastic if gamma > 0;
/// any path, and for gamma > 0 a grid that knows it. Throws fokker::error on gamma outside of [0,
/// 1] and on a negative sigma_min.
struct gamma_sampler {
    static constexpr int history = 0;
    static constexpr int evaluations = 1;

    double gamma = 0.5;      ///< the share of noise: gamma sigma_t is fresh
    double sigma_min = 0.0;  ///< a noise-to-signal ratio, sigma / alpha: no jump goes below

    bool stochastic() const { return gamma > 0; }

    void check(const grid& walk) const {
        detail::require(detail::is_finite(gamma) && gamma >= 0 && gamma <= 1, "gamma is ", gamma,
                        "; it must lie in [0, 1]");
        detail::require(detail::is_finite(sigma_min) && sigma_min >= 0, "sigma_min is ", sigma_min,
                        "; it must not be negative");
        detail::require(gamma > 0 || sigma_min == 0, "sigma_min is ", sigma_min,
                        ", and has no effect with gamma = 0; leave it out");
        for (int i = 0; i < walk.steps(); ++i) {
            const auto& t = walk.walked(static_cast<std::size_t>(i) + 1);
            if (!walk.is_jump(i)) target(walk, t, t);
        }
    }
    knot target(const auto& walk, const knot&, const knot& t) const {
        const double noise = t.noise_to_signal();
        if (gamma == 0 || noise <= sigma_min) return t;
        const double kept = std::sqrt((1 - gamma) * (1 + gamma));
        const double least = kept * (noise - sigma_min) + sigma_min;
        if (least == 0) return clean_end(walk);
        const knot found = walk.knot_at(-std::log(least));
        return found.noise_to_signal() < noise ? found : t;  // a table may end above it
    }

    void step(auto& run) const {
        const auto [s, t] = run.interval();
        detail::jump_and_return(run, s, target(run, s, t), t);
    }

private:
    /// Where the walk ends, if that is clean, and otherwise where the path does.
    static knot clean_end(const auto& walk) {
        const knot& last = [&]() -> const knot& {
            if constexpr (requires { walk.back(); })
                return walk.back();
            else
                return walk.end();
        }();
        return last.sigma == 0 ? last : walk.knot_at_time(0.0);
    }
};

}  // namespace fokker
