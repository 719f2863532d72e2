/// SCMScheduler.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
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
#include <fokker/adapt/diffusers/steps.hpp>
#include <fokker/adapt/diffusers/timesteps.hpp>
#include <fokker/adapt/diffusers/training_table.hpp>
#include <fokker/adapt/diffusers/walk.hpp>
#include <fokker/target.hpp>

namespace fokker::inline FOKKER_TARGET::diffusers::detail {

inline constexpr std::array scm_keys{whole("num_train_timesteps", 1000),
                                     prediction_key("trigflow", "trigflow"),
                                     number("sigma_data", 0.5)};

/// The angles of a walk with its end: those given, or from max_timesteps to 0 by way of
/// intermediate_timesteps in two steps, evenly in others.
inline std::vector<double> scm_times(const settings& s, const timesteps& asked) {
    const double first = asked.max_timesteps.value_or(1.5708);
    std::vector<double> times = asked.timesteps;
    if (times.empty()) {
        const int steps = steps_asked_for(s, asked, s.whole("num_train_timesteps"));
        s.require(!asked.intermediate_timesteps || steps == 2,
                  "intermediate_timesteps is for two steps, and steps is ", steps);
        times = steps == 2 ? std::vector{first, asked.intermediate_timesteps.value_or(1.3), 0.0}
                           : evenly_spaced(first, 0.0, steps + 1);
    } else {
        s.require(
            !asked.max_timesteps && !asked.intermediate_timesteps,
            "timesteps were given, so that max_timesteps and intermediate_timesteps cannot be");
        s.require(times.size() >= 2, "timesteps must hold two times at least: it has the end, too");
        s.require(asked.steps == 0 || static_cast<std::size_t>(asked.steps) == times.size() - 1,
                  "steps is ", asked.steps, ", and timesteps has ", times.size(),
                  " entries; it must have one more than steps");
    }
    for (std::size_t i = 0; i < times.size(); ++i) {
        s.require(times[i] >= 0 && times[i] < 1.571, "the walk has the time ", times[i],
                  "; times are angles from 0, the data, to 1.5708");
        s.require(i == 0 || times[i] < times[i - 1], "the walk has the time ", times[i], " after ",
                  times[i == 0 ? 0 : i - 1], "; they must fall");
    }
    return times;
}

/// Consistency sampling along x = cos t x_0 + sin t z (TrigFlow, Lu & Song 2025), all of it
/// sigma_data times as large: the state at the end is sigma_data times the data. Each step draws.
/// The pipelines start from sigma_data z, whatever the first time.
inline plan plan_of_scm(const settings& s, const timesteps& asked) {
    refuse_sigmas(s, asked);
    refuse_mu(s, asked);
    refuse_step_options(s, asked);
    const double sigma_data = s.number("sigma_data");
    s.require_of("sigma_data", sigma_data > 0, "it must be positive");
    const std::vector<double> times = scm_times(s, asked);
    std::vector<knot> knots;
    std::vector<linear_step> rules;
    for (std::size_t i = 0; i < times.size(); ++i) {
        const double c = sigma_data * std::cos(times[i]), sn = sigma_data * std::sin(times[i]);
        knots.push_back({times[i], (std::max)(c, 0.0), sn});
        if (i > 0) rules.push_back({.data = c, .std = sn, .draws = true});
    }
    const int first = first_step(s, asked, static_cast<int>(rules.size()), true);
    return {.knots = grid(std::move(knots)).from(first).with_prior(prior::unit_data),
            .solver = linear_steps(std::move(rules), first),
            .reads = {.predicts = output::trigflow, .sigma_data = sigma_data},
            .whole_labels = false};
}

}  // namespace fokker::diffusers::detail
