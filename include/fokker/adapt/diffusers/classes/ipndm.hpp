/// IPNDMScheduler.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <limits>
#include <numbers>
#include <utility>
#include <vector>

#include <fokker/adapt/diffusers/convention.hpp>
#include <fokker/adapt/diffusers/detail.hpp>
#include <fokker/adapt/diffusers/key.hpp>
#include <fokker/adapt/diffusers/plan.hpp>
#include <fokker/adapt/diffusers/settings.hpp>
#include <fokker/adapt/diffusers/spacing.hpp>
#include <fokker/adapt/diffusers/step_rules.hpp>
#include <fokker/adapt/diffusers/timesteps.hpp>
#include <fokker/adapt/diffusers/training_table.hpp>
#include <fokker/adapt/diffusers/walk.hpp>
#include <fokker/adapt/diffusers/weighted_steps.hpp>
#include <fokker/path/prior.hpp>
#include <fokker/solver/adams.hpp>
#include <fokker/solver/exponential_form.hpp>
#include <fokker/target.hpp>

namespace fokker::inline FOKKER_TARGET::diffusers::detail {

/// num_train_timesteps says nothing here: set_timesteps makes everything anew.
inline constexpr auto ipndm_keys =
    std::array{whole("num_train_timesteps", 1000), optional_numbers("trained_betas")};

using ipndm_steps = weighted_steps<detail::noise_form, 3>;

/// The sigmas of the walk, which the class calls betas. A list of them in `trained_betas` is the
/// walk, whatever the number of steps that is asked for.
inline std::vector<double> ipndm_sigmas(const settings& s, const timesteps& asked) {
    steps_asked_for(s, asked, (std::numeric_limits<int>::max)());
    std::vector<double> sigmas = s.numbers("trained_betas");
    if (sigmas.empty()) {
        for (const double u : evenly_spaced(1.0, 0.0, asked.steps + 1)) {
            const double root = std::sin(u * std::numbers::pi / 2);
            sigmas.push_back(root * root);
        }
        return sigmas;
    }
    s.require_of("trained_betas", sigmas.size() >= 2, "two are needed for one step");
    for (std::size_t i = 0; i < sigmas.size(); ++i)
        s.require_of("trained_betas",
                     sigmas[i] >= 0 && sigmas[i] <= 1 && (i == 0 || sigmas[i] < sigmas[i - 1]),
                     "they are the sigmas of the walk, and must fall from at most 1 to at least 0");
    return sigmas;
}

/// Liu et al. 2022 (PNDM), with Adams-Bashforth's weights of equal steps, for a network that
/// predicts v and is called with the angle of a knot, from 1 to 0. At alpha = 0 the prediction is
/// the noise itself, and the history keeps it.
inline plan plan_of_ipndm(const settings& s, const timesteps& asked) {
    refuse_timesteps(s, asked);
    refuse_sigmas(s, asked);
    refuse_mu(s, asked);
    refuse_step_options(s, asked);
    s.require(asked.strength == 1, "strength is ", asked.strength,
              "; the class has no add_noise, so that there is no image to image");
    const std::vector<double> sigmas = ipndm_sigmas(s, asked);
    std::vector<knot> knots;
    for (const double sigma : sigmas) {
        const double alpha = std::sqrt(1.0 - sigma * sigma);
        knots.push_back({std::atan2(sigma, alpha) / std::numbers::pi * 2, alpha, sigma});
    }
    std::vector<weighted_step> rules;
    for (std::size_t i = 0; i + 1 < knots.size(); ++i) {
        const knot &from = knots[i], &to = knots[i + 1];
        weighted_step step{.state = from.alpha > 0 ? to.alpha / from.alpha : 0.0};
        const double along = to.sigma - step.state * from.sigma;
        detail::at_order<4>(static_cast<int>(std::min<std::size_t>(i + 1, 4)), [&](auto n) {
            int back = 0;
            for (const double weight : detail::adams_bashforth<static_cast<std::size_t>(n)>())
                step.terms.push_back({along * weight, back++});
        });
        rules.push_back(std::move(step));
    }
    return {.knots = grid(std::move(knots)).with_prior(prior::standard),
            .solver = ipndm_steps(std::move(rules)),
            .reads = {.predicts = output::v_prediction},
            .bounded = {},
            .whole_labels = false};
}

}  // namespace fokker::diffusers::detail
