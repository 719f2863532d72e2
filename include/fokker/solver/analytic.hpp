/// Analytic-DPM: Bao, Li, Zhu & Zhang 2022 (An Analytic Estimate of the Optimal Reverse Variance).
#pragma once

#include <cstddef>

#include <fokker/path/grid.hpp>
#include <fokker/solver/analytic_variance.hpp>
#include <fokker/solver/noise_step.hpp>
#include <fokker/target.hpp>

namespace fokker::inline FOKKER_TARGET {

/// Ancestral sampling with the variance that is optimal for the network at hand. Bao et al. 2022,
/// eq. 7-9 with lambda^2 the posterior variance. It solves no ODE; one evaluation a step;
/// stochastic; any path, from alpha = 0 only with a data_radius. Gamma = 1 is ddpm{}. Throws
/// fokker::error on bad moments or bounds, and if a map of Gamma is not of the size of the samples.
struct analytic_ddpm {
    static constexpr int history = 0;
    static constexpr int evaluations = 1;

    analytic_variance variance;

    bool stochastic() const { return true; }
    std::size_t map_elements() const { return variance.map_elements(); }
    void check(const grid& walk) const { variance.check(walk); }

    void step(auto& run) const { detail::optimal_step(run, variance, 1.0); }
};

/// The DDIM kernel with its optimal variance; stochastic even at eta = 0. Bao et al. 2022, eq. 7-9
/// with lambda = eta times the posterior's. It solves no ODE; one evaluation a step; any path, from
/// alpha = 0 only with a data_radius. Gamma = 1 is ddim{eta}. Throws fokker::error on eta outside
/// of [0, 1], bad moments or bounds, and if a map of Gamma is not of the size of the samples.
struct analytic_ddim {
    static constexpr int history = 0;
    static constexpr int evaluations = 1;

    double eta = 0.0;
    analytic_variance variance;

    bool stochastic() const { return true; }
    std::size_t map_elements() const { return variance.map_elements(); }
    void check(const grid& walk) const {
        detail::require_eta("analytic_ddim", eta);
        variance.check(walk);
    }

    void step(auto& run) const { detail::optimal_step(run, variance, eta); }
};

}  // namespace fokker
