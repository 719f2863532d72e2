/// The levels of the EDM classes, which they make out of sigma_min and sigma_max alone.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <vector>

#include <fokker/adapt/diffusers/convention.hpp>
#include <fokker/adapt/diffusers/detail.hpp>
#include <fokker/adapt/diffusers/key.hpp>
#include <fokker/adapt/diffusers/settings.hpp>
#include <fokker/adapt/diffusers/sigma_spacing.hpp>
#include <fokker/adapt/diffusers/spacing.hpp>
#include <fokker/adapt/diffusers/timesteps.hpp>
#include <fokker/target.hpp>

namespace fokker::inline FOKKER_TARGET::diffusers::detail {

constexpr std::array<key, 3> edm_range_keys(double sigma_min, double sigma_max, double sigma_data) {
    return {number("sigma_min", sigma_min), number("sigma_max", sigma_max),
            number("sigma_data", sigma_data)};
}

inline void require_edm_range(const settings& s) {
    s.require_of("sigma_min", s.number("sigma_min") > 0, "it must be positive");
    s.require_of("sigma_max", s.number("sigma_max") > s.number("sigma_min"),
                 "it must lie above sigma_min");
    s.require_of("sigma_data", s.number("sigma_data") > 0, "it must be positive");
    s.require_of("rho", s.number("rho") > 0, "it must be positive");
}

/// From sigma_max to sigma_min, as `sigma_schedule` says. One level is sigma_max.
inline std::vector<double> edm_levels(const settings& s, const timesteps& asked) {
    require_edm_range(s);
    steps_asked_for(s, asked, (std::numeric_limits<int>::max)());
    const double high = s.number("sigma_max"), low = s.number("sigma_min");
    if (s.is("sigma_schedule", "karras"))
        return detail::karras_levels(high, low, asked.steps, s.number("rho"));
    s.require(asked.steps > 1,
              "steps is 1, and with sigma_schedule = \"exponential\" the original begins its only "
              "step at sigma_min, with noise of sigma_max; ask for two at least");
    return detail::exponential_levels(high, low, asked.steps);
}

/// They, and where the last step ends. That is sigma_min already, but for a walk of one step.
inline std::vector<double> edm_levels_with_end(const settings& s, const timesteps& asked) {
    std::vector<double> sigmas = edm_levels(s, asked);
    const double low = asked.steps > 1 ? sigmas.back() : s.number("sigma_min");
    sigmas.push_back(s.is("final_sigmas_type", "zero") ? 0.0 : low);
    return sigmas;
}

/// The label of a level: Karras et al. 2022, table 1.
inline double edm_label(double sigma) { return 0.25 * std::log(sigma); }

/// How EDM's network is called and read; `cosine` classes, too.
inline convention edm_convention(const settings& s) {
    return {.predicts = s.is("prediction_type", "v_prediction") ? output::preconditioned_velocity
                                                                : output::preconditioned,
            .scales = false,
            .sigma_data = s.number("sigma_data")};
}

}  // namespace fokker::diffusers::detail
