/// FlowMatchHeunDiscreteScheduler.
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
#include <fokker/adapt/diffusers/flow_levels.hpp>
#include <fokker/adapt/diffusers/key.hpp>
#include <fokker/adapt/diffusers/plan.hpp>
#include <fokker/adapt/diffusers/settings.hpp>
#include <fokker/adapt/diffusers/sigma_spacing.hpp>
#include <fokker/adapt/diffusers/spacing.hpp>
#include <fokker/adapt/diffusers/step_rules.hpp>
#include <fokker/adapt/diffusers/timesteps.hpp>
#include <fokker/adapt/diffusers/walk.hpp>
#include <fokker/path/knot.hpp>
#include <fokker/solver/flow_heun.hpp>
#include <fokker/target.hpp>

namespace fokker::inline FOKKER_TARGET::diffusers::detail {

inline constexpr std::array flow_match_heun_keys{whole("num_train_timesteps", 1000),
                                                 number("shift", 1.0)};

/// `flow_heun` with the original's churn: the noise is added after the network's call, for the
/// state without it, and the second half of a step draws noise that it does not use.
struct churned_flow_heun {
    static constexpr int history = 0;
    static constexpr int evaluations = 2;
    static constexpr int stages = 2;

    double gamma, s_tmin, s_tmax, s_noise;

    bool stochastic() const { return true; }

    void step(auto& run) const {
        const auto [s, t] = run.interval();
        const bool churns = gamma > 0 && s_tmin <= s.sigma && s.sigma <= s_tmax;
        if (!churns) return flow_heun{}.step(run);
        const double risen = s.sigma * (1 + gamma), h = t.sigma - risen;
        const double std = s_noise * std::sqrt(risen * risen - s.sigma * s.sigma);
        auto x = run.x();
        const auto D = run.data(x, s);
        const auto slope = (x - D) / risen;
        if (t.sigma == 0) {
            x = x + h * slope + std * run.gaussian();
            return;
        }
        auto x_euler = run.stage(0);
        x_euler = x + h * slope + std * run.gaussian();
        const auto slope_euler = (x_euler - run.data(x_euler, t)) / t.sigma;
        auto unused = run.stage(1);
        unused = 0.0 * x + run.gaussian();
        x = x_euler + 0.5 * h * (slope_euler - slope);
    }
};

/// Heun's method for dx / dsigma = the network's velocity; two calls a step, one in the last.
inline plan plan_of_flow_match_heun(const settings& s, const timesteps& asked) {
    refuse_timesteps(s, asked);
    refuse_sigmas(s, asked);
    refuse_mu(s, asked);
    refuse_step_options(s, asked, {"s_churn", "s_tmin", "s_tmax", "s_noise"});
    const int steps = steps_asked_for(s, asked, (std::numeric_limits<int>::max)());
    const double shift = s.number("shift");
    flow_level_list levels{trained_flow_sigmas(s, steps, shift), {}};
    for (double& sigma : levels.sigmas) sigma = flow_shifted(sigma, shift);
    require_falling_levels(s, levels.sigmas);
    for (const double sigma : levels.sigmas)
        levels.labels.push_back(sigma * s.whole("num_train_timesteps"));
    const double churn = asked.step.s_churn.value_or(0.0);
    s.require(churn >= 0, "step.s_churn is ", churn, "; it must not be negative");
    const churned_flow_heun churned{
        (std::min)(churn / (2 * steps - 1), std::numbers::sqrt2 - 1),
        asked.step.s_tmin.value_or(0.0),
        asked.step.s_tmax.value_or(std::numeric_limits<double>::infinity()),
        asked.step.s_noise.value_or(1.0)};
    return {.knots = grid(flow_knots(levels))
                         .from(first_step(s, asked, steps, true))
                         .with_prior(prior::standard),
            .solver = churn > 0 ? any_solver(churned) : any_solver(flow_heun{}),
            .reads = {output::flow_prediction},
            .whole_labels = false};
}

}  // namespace fokker::diffusers::detail
