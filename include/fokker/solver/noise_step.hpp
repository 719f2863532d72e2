/// What stochastic solvers share: the checks of their options, and the end of a step. The options
/// themselves stand in every solver, so that ddim{.eta = 0.5} can be written.
#pragma once

#include <fokker/error.hpp>
#include <fokker/finite.hpp>
#include <fokker/path/knot.hpp>
#include <fokker/target.hpp>

namespace fokker::inline FOKKER_TARGET::detail {

/// A standard deviation of the fresh noise, in units of its own; 0 leaves the noise out.
inline void require_s_noise(double s_noise) {
    require(is_finite(s_noise) && s_noise >= 0, "s_noise is ", s_noise,
            "; it must be finite and not negative");
}

/// An eta between the probability-flow ODE and the ancestral process.
inline void require_eta(const char* solver, double eta) {
    require(is_finite(eta) && eta >= 0 && eta <= 1, solver, "{.eta = ", eta,
            "}: eta must lie in [0, 1]");
}

/// x = mean + std z, and nothing is drawn where std = 0.
void assign_with_noise(auto& run, const auto& mean, double std) {
    auto x = run.x();
    if (std > 0)
        x = mean + std * run.gaussian();
    else
        x = mean;
}

/// x = of_x x + of_D D + std z, with alpha D + sigma eps_hat at the knot s in the place of x: where
/// clipping leaves eps_hat as the network made it, the two differ.
void assign_by_both(auto& run, const knot& s, double of_x, double of_D, const auto& D, double std) {
    detail::assign_with_noise(
        run, (of_D + of_x * s.alpha) * D + of_x * s.sigma * run.unbounded_epsilon(), std);
}

}  // namespace fokker::detail
