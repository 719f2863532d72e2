/// The asynchronous leapfrog: a step that can be taken back exactly. Mutze 2013 (An Asynchronous
/// Leapfrog Method II); Zhuang et al. 2021 (MALI).
#pragma once

#include <fokker/path/grid.hpp>
#include <fokker/path/knot.hpp>
#include <fokker/solver/flow_coordinates.hpp>
#include <fokker/target.hpp>

namespace fokker::inline FOKKER_TARGET {

/// Carries a velocity V beside X = x / (alpha + sigma), in u = sigma / (alpha + sigma), where the
/// flow ODE is dX/du = F(X, u) = eps_hat - D. A step from u to u + h is
///   M = X + h/2 V,   V <- 2 F(M, u + h/2) - V,   X <- M + h/2 V,
/// and the same step with -h undoes it, whatever F is: so walks in either direction lead back along
/// the same knots to rounding, if V is handed over (run::memory(0), encode). V begins as F(X, u).
/// Order 2; one evaluation a step, at a knot between two of the grid, and one more in the first; a
/// step to sigma = 0 is DDIM's, and cannot be undone; deterministic; any path. In few steps this
/// coordinate is better than sigma / alpha, its inverse and lambda, in which an error of V can
/// grow a hundredfold (docs/latents.md). Throws fokker::error on a grid without a path.
struct asynchronous_leapfrog {
    static constexpr int history = 0;
    static constexpr int evaluations = 1;
    static constexpr int stages = 1;
    static constexpr int memories = 1;
    static constexpr bool starts_from_memories = true;

    void check(const grid& walk) const {
        walk.require_path();
        detail::require_kept_velocities(walk, "asynchronous_leapfrog");
    }

    void step(auto& run) const {
        using detail::flow_scale, detail::flow_time;
        const auto [s, t] = run.interval();
        auto x = run.x();
        if (t.sigma == 0) {
            x = t.alpha * run.data(x, s);
            return;
        }
        const double u_s = flow_time(s), u_t = flow_time(t);
        const knot m = run.knot_at(detail::lambda_of_flow_time(0.5 * (u_s + u_t)));
        const double u_m = flow_time(m);
        auto V = run.memory(0);
        if (!run.remembers()) {
            V = detail::flow_velocity(x, run.data(x, s), s);
            run.begin_part();
        }
        auto M = run.stage(0);
        M = flow_scale(m) * (x / flow_scale(s) + (u_m - u_s) * V);
        V = 2.0 * detail::flow_velocity(M, run.data(M, m), m) - V;
        x = flow_scale(t) * (M / flow_scale(m) + (u_t - u_m) * V);
    }
};

}  // namespace fokker
