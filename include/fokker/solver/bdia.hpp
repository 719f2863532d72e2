/// BDIA: DDIM steps there and back that can be undone exactly. Zhang, Lewis & Kleijn 2024 (Exact
/// Diffusion Inversion via Bi-directional Integration Approximation).
#pragma once

#include <cmath>

#include <fokker/error.hpp>
#include <fokker/path/grid.hpp>
#include <fokker/path/knot.hpp>
#include <fokker/target.hpp>

namespace fokker::inline FOKKER_TARGET {

/// From the states at the knots p and s, one after the other, to the next one t, by one prediction
/// at s, with DDIM(k) the DDIM step from x_s to k:
///   x_t = gamma (x_p - DDIM(p)) + DDIM(t)          on a walk from noise to data,
///   x_t = 1/gamma (x_p - DDIM(p)) + DDIM(t)        on one from data to noise, which undoes it.
/// The states are taken in units of sqrt(alpha^2 + sigma^2); where variance is preserved that is
/// the published form. The first step is DDIM's. Order 2 for gamma = 1, where it is the leapfrog,
/// otherwise 1; one evaluation a step; a step to sigma = 0 is DDIM's, and cannot be undone;
/// deterministic; any path. Its memory is x_p. One that was handed over (run::set_memory, decode)
/// is taken for the state at the end of the first step: for walks back on the same grid alone. The
/// authors take gamma = 0.5 for 10 steps. Towards the noise errors grow as gamma^-steps there; so
/// take 1 to invert, or asynchronous_leapfrog and reversible_heun, which are more accurate. Throws
/// fokker::error on gamma outside of [0, 1], and on a reversed grid where that growth is above
/// 1e12.
struct bdia {
    static constexpr int history = 0;
    static constexpr int evaluations = 1;
    static constexpr int stages = 1;
    static constexpr int memories = 1;
    static constexpr bool starts_from_memories = true;

    double gamma = 1.0;

    void check(const grid& walk) const {
        detail::require(gamma >= 0 && gamma <= 1, "bdia{.gamma = ", gamma,
                        "}: it must lie in [0, 1]");
        detail::require(!walk.is_reversed() || std::pow(gamma, walk.steps()) >= 1e-12,
                        "bdia{.gamma = ", gamma, "}: on a reversed grid of ", walk.steps(),
                        " steps errors would grow by gamma^-steps; take gamma = 1 or fewer steps");
    }

    void step(auto& run) const {
        const auto [s, t] = run.interval();
        auto x = run.x();
        auto previous = run.memory(0), next = run.stage(0);
        if (run.first() && run.remembers()) {
            next = previous;
            previous = x;
            x = next;
            return;
        }
        const auto D = run.data(x, s);
        const auto towards = [&](const knot& k) {
            const double ratio = k.sigma / s.sigma;
            return ratio * x + (k.alpha - ratio * s.alpha) * D;
        };
        if (t.sigma == 0 || run.first()) {
            next = towards(t);
        } else {
            const knot& p = run.before(1);
            const auto unit = [](const knot& k) { return std::hypot(k.alpha, k.sigma); };
            const double weight = run.end().lambda() > p.lambda() ? gamma : 1.0 / gamma;
            next = weight * unit(t) / unit(p) * (previous - towards(p)) + towards(t);
        }
        previous = x;
        x = next;
    }
};

}  // namespace fokker
