/// LMSDiscreteScheduler.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <utility>
#include <vector>

#include <fokker/adapt/diffusers/convention.hpp>
#include <fokker/adapt/diffusers/detail.hpp>
#include <fokker/adapt/diffusers/key.hpp>
#include <fokker/adapt/diffusers/plan.hpp>
#include <fokker/adapt/diffusers/settings.hpp>
#include <fokker/adapt/diffusers/sigma_walk.hpp>
#include <fokker/adapt/diffusers/spacing.hpp>
#include <fokker/adapt/diffusers/step_rules.hpp>
#include <fokker/adapt/diffusers/timesteps.hpp>
#include <fokker/adapt/diffusers/training_table.hpp>
#include <fokker/adapt/diffusers/walk.hpp>
#include <fokker/adapt/diffusers/weighted_steps.hpp>
#include <fokker/solver/exponential_form.hpp>
#include <fokker/solver/exponential_integrals.hpp>
#include <fokker/target.hpp>

namespace fokker::inline FOKKER_TARGET::diffusers::detail {

inline constexpr auto lms_keys =
    joined(training_keys(1e-4, 0.02), sigma_keys(), sigma_range_keys(),
           std::array{prediction_key(three_predictions)}, spacing_keys("linspace"));

using lms_steps = weighted_steps<detail::noise_form, 3>;

/// The step from knot i: the integral of the polynomial through the noise predictions at the last
/// `order` levels, of which only the newest `made` count.
inline weighted_step lms_step(const std::vector<knot>& knots, std::size_t i, int order, int made) {
    weighted_step step{.state = 1.0};
    const double from = knots[i].sigma, h = knots[i + 1].sigma - from;
    detail::at_order<4>(order, [&](auto n) {
        std::array<double, n> nodes;
        for (std::size_t k = 0; k < nodes.size(); ++k) nodes[k] = (knots[i - k].sigma - from) / h;
        const auto weights = detail::lagrange_weights(nodes, detail::power_moments<n>());
        for (int k = 0; k < made; ++k)
            step.terms.push_back({h * weights[static_cast<std::size_t>(k)], k});
    });
    return step;
}

/// Linear multistep in sigma. A walk that begins in the middle (image to image) has the weights of
/// a whole one: its first steps take those of predictions that were never made for 0. sigma_min and
/// sigma_max do not count for Karras's levels here.
inline plan plan_of_lms(const settings& s, const timesteps& asked) {
    refuse_timesteps(s, asked);
    refuse_sigmas(s, asked);
    refuse_mu(s, asked);
    refuse_step_options(s, asked, {"order"});
    require_one_spacing(s);
    const int most = asked.step.order.value_or(4);
    s.require(most >= 1 && most <= 4, "step.order is ", most, "; served are 1 to 4");
    const sigma_levels levels = sigma_levels_of(s, sigma_walk_times(s, asked),
                                                training_sigmas(training_alpha_bars(s)), false);
    std::vector<knot> knots = knots_of(levels);
    const auto steps = static_cast<int>(levels.labels.size());
    const int first = first_step(s, asked, steps);
    std::vector<weighted_step> rules(static_cast<std::size_t>(first));
    for (int i = first; i < steps; ++i) {
        const int order = (std::min)(i + 1, most);
        rules.push_back(
            lms_step(knots, static_cast<std::size_t>(i), order, (std::min)(i + 1 - first, order)));
    }
    return {.knots = grid(std::move(knots)).from(first).with_prior(sigma_walk_prior(s)),
            .solver = lms_steps(std::move(rules), first),
            .reads = {.predicts = output_of(s), .scales = true},
            .bounded = {},
            .whole_labels = false};
}

}  // namespace fokker::diffusers::detail
