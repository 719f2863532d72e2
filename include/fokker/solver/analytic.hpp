/// Analytic-DPM: Bao, Li, Zhu & Zhang 2022 (An Analytic Estimate of the Optimal Reverse Variance).
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <numbers>

#include <fokker/error.hpp>
#include <fokker/finite.hpp>
#include <fokker/moments.hpp>
#include <fokker/path/grid.hpp>
#include <fokker/path/knot.hpp>
#include <fokker/path/transition.hpp>

namespace fokker {

/// What the analytic samplers know of the data, and how they bound their last noise.
struct analytic_variance {
    moments gamma;  ///< from estimate_moments, for the same network
    /// Half the data's range: 1 for pictures in [-1, 1]. Leave it out for latents.
    double data_radius = std::numeric_limits<double>::infinity();
    /// Of how many of the last noisy steps the noise is bounded (Bao et al. 2022, F.2), and to how
    /// many grey levels of 2 / 255 on average.
    int bounded_steps = 0;
    double bounded_to = 2.0;

    void check(const grid& walk) const {
        gamma.check();
        detail::require(gamma.values() == 1, "the moments are a map of ", gamma.values(),
                        " values a knot; this solver takes one: moments::mean()");
        for (int i = 0; i < walk.steps(); ++i)
            gamma.require_measured(walk[static_cast<std::size_t>(i)], "the grid");
        detail::require(walk.front().alpha > 0 || detail::is_finite(data_radius),
                        "the grid starts at alpha = 0, where only data_radius bounds the variance; "
                        "set it, or start from alpha > 0");
        detail::require(data_radius > 0, "data_radius is ", data_radius, "; it must be positive");
        detail::require(bounded_steps >= 0, "bounded_steps is ", bounded_steps,
                        "; it must not be negative");
        for (int i = std::max(0, walk.steps() - (walk.back().sigma == 0 ? 1 : 0) - bounded_steps);
             i < walk.steps(); ++i)
            detail::require(!walk.is_jump(i), "bounded_steps is ", bounded_steps, ", and step ", i,
                            " of the grid, one of the last, is a jump back to more noise; bound "
                            "only steps after it");
        detail::require(bounded_to >= 0, "bounded_to is ", bounded_to, "; it must not be negative");
    }

    /// The standard deviation of a step whose mean takes the data prediction `weight` times and
    /// whose kernel has the standard deviation `kernel_std` where x_0 is known.
    double std(const knot& s, double weight, double kernel_std, const auto& run) const {
        const double known = kernel_std * kernel_std;
        const double variance =
            known + weight * weight * data_variance(s, gamma.at(s.lambda()), data_radius);
        const int noisy_steps = run.steps() - (run.end().sigma == 0 ? 1 : 0);
        const bool bounded = run.index() >= noisy_steps - bounded_steps;
        // E |N(0, s^2)| = s sqrt(2 / pi).
        const double bound = bounded_to * (2.0 / 255.0) * std::sqrt(std::numbers::pi / 2.0);
        return bounded ? std::min(std::sqrt(variance), bound) : std::sqrt(variance);
    }
};

/// Ancestral sampling with the variance that is optimal for the network at hand. Bao et al. 2022,
/// eq. 7-9 with lambda^2 the posterior variance. Order 1; one evaluation a step; stochastic; any
/// path, from alpha = 0 only with a data_radius. Gamma = 1 is ddpm{}. Throws fokker::error on bad
/// moments or bounds.
struct analytic_ddpm {
    static constexpr int history = 0;
    static constexpr int evaluations = 1;

    analytic_variance variance;

    bool stochastic() const { return true; }
    void check(const grid& walk) const { variance.check(walk); }

    void step(auto& run) const {
        const auto [s, t] = run.interval();
        auto x = run.x();
        const auto D = run.data(x, s);
        const posterior q = posterior_between(t, s);
        const auto mean = q.state * x + q.data * D;
        if (t.sigma == 0)
            x = mean;
        else
            x = mean + variance.std(s, q.data, q.std, run) * run.gaussian();
    }
};

/// The DDIM kernel with its optimal variance; stochastic even at eta = 0. Bao et al. 2022, eq. 7-9
/// with lambda = eta times the posterior's. Order 1; one evaluation a step; any path, from
/// alpha = 0 only with a data_radius. Gamma = 1 is ddim{eta}. Throws fokker::error on eta outside
/// of [0, 1], bad moments or bounds.
struct analytic_ddim {
    static constexpr int history = 0;
    static constexpr int evaluations = 1;

    double eta = 0.0;
    analytic_variance variance;

    bool stochastic() const { return true; }
    void check(const grid& walk) const {
        detail::require(detail::is_finite(eta) && eta >= 0 && eta <= 1,
                        "analytic_ddim{.eta = ", eta, "}: eta must lie in [0, 1]");
        variance.check(walk);
    }

    void step(auto& run) const {
        const auto [s, t] = run.interval();
        auto x = run.x();
        const auto D = run.data(x, s);
        const posterior q = posterior_between(t, s, eta);
        const auto mean = q.state * x + q.data * D;
        if (t.sigma == 0)
            x = mean;
        else
            x = mean + variance.std(s, q.data, q.std, run) * run.gaussian();
    }
};

}  // namespace fokker
