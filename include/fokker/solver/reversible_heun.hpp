/// The reversible Heun method: a step that can be taken back exactly. Kidger et al. 2021 (Efficient
/// and Accurate Gradients for Neural SDEs).
#pragma once

#include <fokker/solver/flow_coordinates.hpp>
#include <fokker/target.hpp>

namespace fokker::inline FOKKER_TARGET {

/// Carries a second state z beside x. In X = x / (alpha + sigma), Z = z / (alpha + sigma) and
/// u = sigma / (alpha + sigma), where the flow ODE is dX/du = F(X, u) = eps_hat - D, a step from u
/// to u + h is
///   Z <- 2 X - Z + h F(Z, u),   X <- X + h/2 (F(Z_before, u) + F(Z, u + h)),
/// and the same step with -h undoes it, whatever F is: so walks in either direction lead back along
/// the same knots to rounding, if z is handed over (run::memory(0), encode). z begins as x. Order
/// 2; one evaluation a step, and one more in the first; a step to sigma = 0 is DDIM's, and cannot
/// be undone; deterministic; any path, with or without knots between. In sigma / alpha, as in
/// `heun`, an error of z can grow a hundredfold (docs/latents.md).
struct reversible_heun {
    static constexpr int history = 1;
    static constexpr int evaluations = 1;
    static constexpr int stages = 1;
    static constexpr int memories = 1;
    static constexpr bool starts_from_memories = true;

    void check(const grid& walk) const { detail::require_kept_velocities(walk, "reversible_heun"); }

    void step(auto& run) const {
        using detail::flow_scale, detail::flow_velocity;
        const auto [s, t] = run.interval();
        auto x = run.x();
        if (t.sigma == 0) {
            x = t.alpha * run.data(x, s);
            return;
        }
        const double h = detail::flow_time(t) - detail::flow_time(s);
        auto z = run.memory(0);
        auto middle = run.stage(0);  // X + h/2 F(Z, u), of which both new states are made
        if (!run.remembers()) {
            middle = x / flow_scale(s) + 0.5 * h * flow_velocity(x, run.data(x, s), s);
            run.begin_part();
            z = flow_scale(t) * (2.0 * middle - x / flow_scale(s));
        } else {
            if (run.first()) {
                middle = x / flow_scale(s) + 0.5 * h * flow_velocity(z, run.data(z, s), s);
                run.begin_part();
            } else {
                middle = x / flow_scale(s) + 0.5 * h * flow_velocity(z, run.past(1), s);
            }
            z = flow_scale(t) * (2.0 * middle - z / flow_scale(s));
        }
        x = flow_scale(t) * (middle + 0.5 * h * flow_velocity(z, run.data(z, t), t));
    }
};

}  // namespace fokker
