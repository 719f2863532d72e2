/// CMStochasticIterativeScheduler.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <utility>
#include <vector>

#include <fokker/adapt/diffusers/convention.hpp>
#include <fokker/adapt/diffusers/detail.hpp>
#include <fokker/adapt/diffusers/edm_levels.hpp>
#include <fokker/adapt/diffusers/key.hpp>
#include <fokker/adapt/diffusers/plan.hpp>
#include <fokker/adapt/diffusers/settings.hpp>
#include <fokker/adapt/diffusers/spacing.hpp>
#include <fokker/adapt/diffusers/step_rules.hpp>
#include <fokker/adapt/diffusers/steps.hpp>
#include <fokker/adapt/diffusers/timesteps.hpp>
#include <fokker/adapt/diffusers/walk.hpp>
#include <fokker/model/bounds.hpp>
#include <fokker/path/prior.hpp>
#include <fokker/target.hpp>

namespace fokker::inline FOKKER_TARGET::diffusers::detail {

inline constexpr auto consistency_keys =
    joined(std::array{whole("num_train_timesteps", 40)}, edm_range_keys(0.002, 80.0, 0.5),
           std::array{number("s_noise", 1.0), number("rho", 7.0), flag("clip_denoised", true)});

/// Places among the training levels, falling. They are counted from sigma_max on, so that the walk
/// takes them in the other order.
inline std::vector<double> consistency_places(const settings& s, const timesteps& asked) {
    const int trained = s.whole("num_train_timesteps");
    s.require_of("num_train_timesteps", trained >= 2, "it must be at least 2");
    std::vector<double> places = asked.timesteps;
    if (places.empty()) {
        const int steps = steps_asked_for(s, asked, trained), stride = trained / steps;
        for (int i = 0; i < steps; ++i) places.push_back(i * stride);
        return places;
    }
    s.require(asked.steps == 0, "steps and timesteps were both given; give one of them");
    for (std::size_t i = 0; i < places.size(); ++i) {
        const double t = places[i];
        s.require(t == std::floor(t) && t >= 0 && t < trained, "timesteps has ", t,
                  "; it must hold integers from 0 to ", trained - 1);
        s.require(i == 0 || t < places[i - 1], "timesteps has ", t, " after ",
                  i == 0 ? t : places[i - 1], "; it must fall");
    }
    s.require(places.back() == 0 || asked.strength < 1, "timesteps ends with ", places.back(),
              ", so that the walk begins below sigma_max, and the original begins it with noise of "
              "sigma_max nevertheless; end with 0");
    std::reverse(places.begin(), places.end());
    return places;
}

/// Song et al. 2023 (Consistency Models), Algorithm 1: the data prediction, with noise of the next
/// level. Noise is drawn in every step of a walk of more than one.
inline plan plan_of_consistency(const settings& s, const timesteps& asked) {
    refuse_sigmas(s, asked);
    refuse_mu(s, asked);
    refuse_step_options(s, asked);
    require_edm_range(s);
    const std::vector<double> places = consistency_places(s, asked);
    const double low = s.number("sigma_min"), high = s.number("sigma_max"), rho = s.number("rho");
    const double from = std::pow(high, 1 / rho), to = std::pow(low, 1 / rho);
    std::vector<knot> knots;
    for (const double place : places) {
        const double part = place / (s.whole("num_train_timesteps") - 1);
        const double sigma = std::pow(from + part * (to - from), rho);
        knots.push_back(knot_of_sigma(1000.0 * edm_label(sigma), sigma));
    }
    knots.push_back(knot_of_sigma(0.0, low));
    std::vector<linear_step> rules;
    for (std::size_t i = 0; i < places.size(); ++i) {
        const double next = std::clamp(knots[i + 1].sigma, low, high);
        rules.push_back({.data = 1.0,
                         .std = s.number("s_noise") * std::sqrt(next * next - low * low),
                         .draws = places.size() > 1});
    }
    const int first = first_step(s, asked, static_cast<int>(places.size()));
    return {
        .knots = grid(without_standstill(std::move(knots))).from(first).with_prior(prior::sigma),
        .solver = linear_steps(std::move(rules), first),
        .reads = {.predicts = output::consistency,
                  .scales = false,
                  .sigma_data = s.number("sigma_data"),
                  .sigma_min = low},
        .bounded = s.flag("clip_denoised") ? bounds(detail::fixed_bounds{-1.0, 1.0}) : bounds(),
        .whole_labels = false};
}

}  // namespace fokker::diffusers::detail
