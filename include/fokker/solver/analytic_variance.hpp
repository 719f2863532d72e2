/// The optimal variance of a reverse step, as the samplers with moments take it: Bao, Li, Zhu &
/// Zhang 2022 (An Analytic Estimate of the Optimal Reverse Variance).
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <numbers>

#include <fokker/error.hpp>
#include <fokker/moments/data_variance.hpp>
#include <fokker/moments/moments.hpp>
#include <fokker/path/grid.hpp>
#include <fokker/path/knot.hpp>
#include <fokker/path/transition.hpp>
#include <fokker/target.hpp>

namespace fokker::inline FOKKER_TARGET {

namespace detail {

/// Throws fokker::error on bad bounds of a variance: its data_radius, bounded_steps, bounded_to.
void check_bounds_of(const auto& variance, const grid& walk) {
    require_data_radius(variance.data_radius, walk.front());
    require(variance.bounded_steps >= 0, "bounded_steps is ", variance.bounded_steps,
            "; it must not be negative");
    for (int i = (std::max)(
             0, walk.steps() - (walk.back().sigma == 0 ? 1 : 0) - variance.bounded_steps);
         i < walk.steps(); ++i)
        require(!walk.is_jump(i), "bounded_steps is ", variance.bounded_steps, ", and step ", i,
                " of the grid, one of the last, is a jump back to more noise; bound only steps "
                "after it");
    require(variance.bounded_to >= 0, "bounded_to is ", variance.bounded_to,
            "; it must not be negative");
}

/// The largest standard deviation that the noise of a step to `t` may have. No less than the noise
/// that the network expects to find there: only what is beyond it stays for good.
double largest_std(const auto& variance, const auto& run, const knot& t) {
    const int noisy_steps = run.steps() - (run.end().sigma == 0 ? 1 : 0);
    if (run.index() < noisy_steps - variance.bounded_steps)
        return std::numeric_limits<double>::infinity();
    // E |N(0, s^2)| = s sqrt(2 / pi).
    return (std::max)(t.sigma,
                      variance.bounded_to * (2.0 / 255.0) * std::sqrt(std::numbers::pi / 2.0));
}

/// One step of DDIM's kernel for this eta (1: DDPM's), with the noise that `variance` says.
void optimal_step(auto& run, const auto& variance, double eta) {
    const auto [s, t] = run.interval();
    const auto D = run.data(run.x(), s);
    const posterior q = posterior_between(t, s, eta);
    variance.add_noise(run, q.state * run.x() + q.data * D, q);
}

}  // namespace detail

/// What the analytic samplers know of the data, and how they bound their last noise.
struct analytic_variance {
    /// From estimate_moments, for the same network: one value a knot, or a map, with which every
    /// element has its own variance.
    moments gamma;
    /// Half the data's range: 1 for pictures in [-1, 1]. Leave it out for latents.
    double data_radius = std::numeric_limits<double>::infinity();
    /// Of how many of the last noisy steps the noise is bounded (Bao et al. 2022, F.2), and to how
    /// many grey levels of 2 / 255 on average; never below the sigma to which the step goes.
    int bounded_steps = 0;
    double bounded_to = 2.0;

    void check(const grid& walk) const {
        gamma.check();
        for (int i = 0; i < walk.steps(); ++i)
            gamma.require_measured(walk[static_cast<std::size_t>(i)], "the grid");
        detail::check_bounds_of(*this, walk);
    }

    /// The elements of a map; 0 without one.
    std::size_t map_elements() const { return gamma.values() > 1 ? gamma.values() : 0; }

    /// x = mean + noise, for a step that draws x_0 from D with the weight and the standard
    /// deviation of `q`. A step to sigma = 0 adds no noise.
    void add_noise(auto& run, const auto& mean, const posterior& q) const {
        const auto [s, t] = run.interval();
        auto x = run.x();
        if (t.sigma == 0) {
            x = mean;
        } else if (map_elements() == 0) {
            x = mean + std(s, t, q, run, gamma.at(s.lambda())) * run.gaussian();
        } else {
            // What follows is done for every element: nothing is left in it that is not its own.
            const moments::place at = gamma.find(s.lambda());
            const double known = q.std * q.std, most = data_radius * data_radius,
                         weight = q.data * q.data, largest = detail::largest_std(*this, run, t),
                         unit = s.alpha == 0 ? 0.0 : 1.0 / s.signal_to_noise_squared(),
                         least = s.alpha == 0 ? most : 0.0, bound = largest * largest;
            x = mean + run.gaussian_with_variance_map([=](std::size_t element) {
                const double of_data = std::clamp((1.0 - at.gamma(element)) * unit, least, most);
                return (std::min)(known + weight * of_data, bound);
            });
        }
    }

    /// The standard deviation of a step from s to t whose mean takes the data prediction q.data
    /// times and whose kernel has the standard deviation q.std where x_0 is known.
    double std(const knot& s, const knot& t, const posterior& q, const auto& run,
               double gamma_of_s) const {
        const double of_data = detail::data_variance(s, gamma_of_s, data_radius);
        return (std::min)(std::sqrt(q.std * q.std + q.data * q.data * of_data),
                          detail::largest_std(*this, run, t));
    }
};

}  // namespace fokker
