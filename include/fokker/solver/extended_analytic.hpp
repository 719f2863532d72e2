/// Extended Analytic-DPM: Bao, Li, Sun, Zhu & Zhang 2022 (Estimating the Optimal Covariance with
/// Imperfect Mean in Diffusion Probabilistic Models).
#pragma once

#include <limits>

#include <fokker/model/second_output.hpp>
#include <fokker/path/grid.hpp>
#include <fokker/path/transition.hpp>
#include <fokker/solver/analytic_variance.hpp>
#include <fokker/solver/noise_step.hpp>
#include <fokker/solver/second_variance.hpp>
#include <fokker/target.hpp>

namespace fokker::inline FOKKER_TARGET {

/// The optimal variance of every element, from what the network says of its own error:
///   NPR, second_output::residual_squared, g:  Var(x_0 | x) = sigma^2 / alpha^2 g
///   SN,  second_output::noise_squared, h:     Var(x_0 | x) = sigma^2 / alpha^2 (h - eps_hat^2)
/// limited to [0, data_radius^2] element by element. eps_hat is the network's own noise prediction,
/// before fixed bounds.
struct extended_variance {
    /// Half the data's range: 1 for pictures in [-1, 1]. Leave it out for latents.
    double data_radius = std::numeric_limits<double>::infinity();
    /// Of how many of the last noisy steps the noise is bounded, and to how many grey levels of
    /// 2 / 255 on average; never below the sigma to which the step goes.
    int bounded_steps = 0;
    double bounded_to = 2.0;

    static bool reads(second_output kind) { return detail::tells_data_variance(kind); }
    void check(const grid& walk) const { detail::check_bounds_of(*this, walk); }

    /// x = mean + noise, for a step that draws x_0 from D with the weight and the standard
    /// deviation of `q`. A step to sigma = 0 adds no noise.
    void add_noise(auto& run, const auto& mean, const posterior& q) const {
        const auto [s, t] = run.interval();
        auto x = run.x();
        if (t.sigma == 0) {
            x = mean;
            return;
        }
        const double largest = detail::largest_std(*this, run, t);
        x = mean +
            detail::gaussian_of(run, detail::optimal_second_variance(
                                         run.second_kind(), s, q, data_radius, largest * largest));
    }
};

/// Ancestral sampling with an optimal variance for every element. Bao et al. 2022, SN or NPR:
/// which, the model says by its second output. It solves no ODE; one evaluation a step; stochastic;
/// any path, from alpha = 0 only with a data_radius. A second output of 0 (NPR) is ddpm{}. Throws
/// fokker::error on bad bounds.
struct extended_analytic_ddpm {
    static constexpr int history = 0;
    static constexpr int evaluations = 1;

    extended_variance variance{};

    bool stochastic() const { return true; }
    bool reads(second_output kind) const { return extended_variance::reads(kind); }
    void check(const grid& walk) const { variance.check(walk); }

    void step(auto& run) const { detail::optimal_step(run, variance, 1.0); }
};

/// The DDIM kernel with an optimal variance for every element; stochastic even at eta = 0. As
/// extended_analytic_ddpm; a second output of 0 (NPR) is ddim{eta}. Throws fokker::error on eta
/// outside of [0, 1] and on bad bounds.
struct extended_analytic_ddim {
    static constexpr int history = 0;
    static constexpr int evaluations = 1;

    double eta = 0.0;
    extended_variance variance{};

    bool stochastic() const { return true; }
    bool reads(second_output kind) const { return extended_variance::reads(kind); }
    void check(const grid& walk) const {
        detail::require_eta("extended_analytic_ddim", eta);
        variance.check(walk);
    }

    void step(auto& run) const { detail::optimal_step(run, variance, eta); }
};

}  // namespace fokker
