/// Churn: the noise that EDM's samplers add before a step. Karras et al. 2022, Algorithm 2.
#pragma once

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>

#include <fokker/error.hpp>
#include <fokker/path/grid.hpp>
#include <fokker/path/knot.hpp>
#include <fokker/path/transition.hpp>
#include <fokker/solver/noise_step.hpp>
#include <fokker/target.hpp>

namespace fokker::inline FOKKER_TARGET::detail {

/// Options of the churn, in EDM's names; s_churn = 0 is the deterministic sampler. nsr is
/// the noise-to-signal ratio sigma / alpha, which EDM calls sigma.
struct churn_options {
    double s_churn = 0.0;  ///< amount over the whole walk; each step (no jump) raises nsr by the
                           ///< factor 1 + s_churn / steps
    double s_min = 0.0;    ///< churn only where s_min <= nsr <= s_max
    double s_max = std::numeric_limits<double>::infinity();
    double s_noise = 1.0;  ///< standard deviation of the noise that is added; 0: none

    /// Throws fokker::error on bad options, and where churn would need a path that the grid lacks.
    void check(const grid& walk) const {
        require(s_churn >= 0, "s_churn is ", s_churn, "; it must not be negative");
        require_s_noise(s_noise);
        require(s_min <= s_max, "s_min is ", s_min, ", above s_max = ", s_max);
        if (s_churn > 0) walk.require_path();
    }

    /// Where a step from `s` begins: the noisier knot of the path to which churn lifts the state,
    /// or `s` itself, where the path has none.
    knot lifted(const knot& s, const auto& run) const {
        const double sigma = s.noise_to_signal();
        if (s_churn == 0 || !(sigma >= s_min && sigma <= s_max) || s.alpha == 0) return s;
        const double gamma = (std::min)(s_churn / run.solver_steps(), std::numbers::sqrt2 - 1.0);
        const knot hat = run.knot_at(s.lambda() - std::log1p(gamma));
        return hat.noise_to_signal() > sigma ? hat : s;
    }

    /// advance(v, hat): the state and the knot from which this step goes on, lifted by churn into
    /// the state `x_hat`, or as they are.
    void lift(auto& run, const auto& x_hat, const auto& advance) const {
        const knot& s = run.interval().first;
        knot hat = s;
        if (s_churn > 0) hat = lifted(s, run);
        if (s_churn == 0 || hat == s) return advance(run.x(), s);
        const transition q = transition_between(s, hat);
        if (s_noise > 0)
            x_hat = q.scale * run.x() + s_noise * q.std * run.gaussian();
        else
            x_hat = q.scale * run.x();
        advance(x_hat, hat);
    }
};

}  // namespace fokker::detail
