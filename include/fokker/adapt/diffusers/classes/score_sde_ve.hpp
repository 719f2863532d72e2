/// ScoreSdeVeScheduler, walked as its pipeline does.
#pragma once

#include <array>
#include <cmath>
#include <cstddef>
#include <limits>
#include <utility>
#include <vector>

#include <fokker/adapt/diffusers/convention.hpp>
#include <fokker/adapt/diffusers/detail.hpp>
#include <fokker/adapt/diffusers/key.hpp>
#include <fokker/adapt/diffusers/plan.hpp>
#include <fokker/adapt/diffusers/settings.hpp>
#include <fokker/adapt/diffusers/sigma_spacing.hpp>
#include <fokker/adapt/diffusers/spacing.hpp>
#include <fokker/adapt/diffusers/step_rules.hpp>
#include <fokker/adapt/diffusers/timesteps.hpp>
#include <fokker/adapt/diffusers/training_table.hpp>
#include <fokker/adapt/diffusers/walk.hpp>
#include <fokker/path/prior.hpp>
#include <fokker/solver/predictor_corrector.hpp>
#include <fokker/target.hpp>

namespace fokker::inline FOKKER_TARGET::diffusers::detail {

/// num_train_timesteps says nothing here: the pipeline makes all levels anew.
inline constexpr std::array score_sde_ve_keys{
    whole("num_train_timesteps", 2000), number("snr", 0.15),          number("sigma_min", 0.01),
    number("sigma_max", 1348.0),        number("sampling_eps", 1e-5), whole("correct_steps", 1)};

/// Song et al. 2021, Algorithms 2 and 4: `correct_steps` Langevin steps of measured length and a
/// step of the reverse SDE, to the mean in the end (which the pipeline then clamps to [0, 1]). The
/// network says the score, and sees as its label the sigma at times from 1 to sampling_eps, which
/// is not quite that of the step.
inline plan plan_of_score_sde_ve(const settings& s, const timesteps& asked) {
    refuse_timesteps(s, asked);
    refuse_sigmas(s, asked);
    refuse_mu(s, asked);
    refuse_step_options(s, asked);
    s.require(asked.steps >= 2, "steps is ", asked.steps, "; ask for two at least");
    steps_asked_for(s, asked, (std::numeric_limits<int>::max)());
    s.require(asked.strength == 1, "strength is ", asked.strength,
              "; the pipeline has no image to image");
    const double low = s.number("sigma_min"), high = s.number("sigma_max"),
                 eps = s.number("sampling_eps");
    const int corrections = s.whole("correct_steps");
    s.require_of("sigma_min", low > 0, "it must be positive");
    s.require_of("sigma_max", high > low, "it must lie above sigma_min");
    s.require_of("snr", s.number("snr") > 0 && s.number("snr") < 1,
                 "it must lie strictly between 0 and 1");
    s.require_of("correct_steps", corrections >= 0 && corrections < 200, "it must lie in 0 .. 199");
    s.require_of("sampling_eps", eps > 0 && eps * (asked.steps - 1) < 1,
                 "it must be positive and less than the reciprocal of ", asked.steps - 1,
                 ", or the original takes levels twice");
    const std::vector<double> times = evenly_spaced(1.0, eps, asked.steps),
                              sigmas = detail::exponential_levels(high, low, asked.steps);
    std::vector<knot> knots;
    for (std::size_t i = 0; i < sigmas.size(); ++i)
        knots.push_back(knot_of_sigma(low * std::pow(high / low, times[i]), sigmas[i]));
    knots.push_back(knot_of_sigma(0.0, 0.0));
    return {.knots = grid(std::move(knots)).with_prior(prior::sigma),
            .solver = predictor_corrector{.corrections = corrections,
                                          .snr = s.number("snr"),
                                          .length = langevin_step::measured,
                                          .noise = predictor_noise::transition},
            .reads = {.predicts = output::score},
            .bounded = {},
            .whole_labels = false};
}

}  // namespace fokker::diffusers::detail
