/// The times of the walks of LCM and TCD.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <vector>

#include <fokker/adapt/diffusers/detail.hpp>
#include <fokker/adapt/diffusers/key.hpp>
#include <fokker/adapt/diffusers/settings.hpp>
#include <fokker/adapt/diffusers/spacing.hpp>
#include <fokker/adapt/diffusers/step_rules.hpp>
#include <fokker/adapt/diffusers/timesteps.hpp>
#include <fokker/adapt/diffusers/walk.hpp>
#include <fokker/target.hpp>

namespace fokker::inline FOKKER_TARGET::diffusers::detail {

/// The keys of LCMScheduler and TCDScheduler.
inline constexpr auto few_step_keys = joined(
    training_keys(0.00085, 0.012, "scaled_linear"), clip_keys(false),
    std::array{whole("original_inference_steps", 50), flag("set_alpha_to_one", true),
               prediction_key(three_predictions), number("timestep_scaling", 10.0)},
    threshold_keys(), spacing_keys("leading"), std::array{flag("rescale_betas_zero_snr", false)});

/// The times, falling, and whether the last one ends the walk: of a list that strength has cut the
/// original never finds the end, and draws noise in its last step.
struct few_step_times {
    std::vector<double> times;
    bool has_end;
};

/// Times that were given, of which strength leaves the last part.
inline few_step_times given_few_step_times(const settings& s, const timesteps& asked, int trained) {
    s.require(asked.steps == 0, "steps and timesteps were both given; give one of them");
    require_whole_times(s, asked.timesteps, trained);
    const int first = first_step(s, asked, static_cast<int>(asked.timesteps.size()));
    return {{asked.timesteps.begin() + first, asked.timesteps.end()}, first == 0};
}

/// Times out of `known` ones, which rise: every so many-th, counted from the last.
inline few_step_times few_step_times_of(const settings& s, const timesteps& asked,
                                        const std::vector<double>& known, int original) {
    const int trained = s.whole("num_train_timesteps");
    const int steps = steps_asked_for(s, asked, (std::min)(trained, original));
    s.require(static_cast<std::size_t>(steps) <= known.size(), "steps is ", steps,
              ", and original_inference_steps with this strength leave ", known.size());
    const double stride = static_cast<double>(known.size()) / steps;
    std::vector<double> times;
    for (int i = 0; i < steps; ++i)
        times.push_back(known[known.size() - 1 - static_cast<std::size_t>(i * stride)]);
    return {times, true};
}

/// The times of the distillation: original_inference_steps, evenly spaced, as many of which, from
/// the data on, as strength leaves.
inline std::vector<double> distilled_times(const settings& s, const timesteps& asked,
                                           int original) {
    const int trained = s.whole("num_train_timesteps");
    s.require(original >= 1 && original <= trained, "original_inference_steps is ", original,
              "; it must lie between 1 and num_train_timesteps, which is ", trained);
    std::vector<double> known;
    for (int i = 1; i <= static_cast<int>(original * asked.strength); ++i)
        known.push_back(i * (trained / original) - 1.0);
    return known;
}

inline void require_strength(const settings& s, const timesteps& asked) {
    s.require(asked.strength > 0 && asked.strength <= 1, "strength is ", asked.strength,
              "; it must lie in (0, 1]");
}

}  // namespace fokker::diffusers::detail
