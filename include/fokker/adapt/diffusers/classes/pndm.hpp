/// PNDMScheduler.
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
#include <fokker/adapt/diffusers/spacing.hpp>
#include <fokker/adapt/diffusers/step_rules.hpp>
#include <fokker/adapt/diffusers/timesteps.hpp>
#include <fokker/adapt/diffusers/training_table.hpp>
#include <fokker/adapt/diffusers/walk.hpp>
#include <fokker/adapt/diffusers/weighted_steps.hpp>
#include <fokker/solver/adams.hpp>
#include <fokker/solver/exponential_form.hpp>
#include <fokker/solver/published_pndm.hpp>
#include <fokker/target.hpp>

FOKKER_MAY_SHADOW

namespace fokker::inline FOKKER_TARGET::diffusers::detail {

inline constexpr auto pndm_keys =
    joined(training_keys(1e-4, 0.02),
           std::array{flag("skip_prk_steps", false), flag("set_alpha_to_one", false),
                      prediction_key("epsilon, v_prediction")},
           spacing_keys("leading"));

/// The labels of a whole walk: those of the calls of the Runge-Kutta steps, if there are any, and
/// of the linear multistep ones. `half` is half a step.
struct pndm_labels {
    std::vector<int> runge_kutta, multistep;

    pndm_labels(const settings& s, const std::vector<double>& falling, int half) {
        std::vector<int> times;  // rising
        for (std::size_t i = falling.size(); i-- > 0;)
            times.push_back(static_cast<int>(falling[i]));
        const auto n = times.size();
        if (s.flag("skip_prk_steps")) {
            // The second one is visited twice.
            for (std::size_t i = n; i-- > 0;) {
                multistep.push_back(times[i]);
                if (i + 2 == n) multistep.push_back(times[i]);
            }
            return;
        }
        s.require(n >= 4, "steps is ", static_cast<int>(n),
                  "; the Runge-Kutta start needs at least 4 (or set skip_prk_steps)");
        // Three steps with a call at the beginning, two in the middle, and one at the end.
        for (std::size_t i = n - 1; i > n - 4; --i) {
            const int middle = times[i - 1] + half;
            runge_kutta.insert(runge_kutta.end(), {times[i], middle, middle, times[i - 1]});
        }
        for (std::size_t i = n - 3; i-- > 0;) multistep.push_back(times[i]);
    }

    std::vector<int> all() const {
        std::vector<int> made = runge_kutta;
        made.insert(made.end(), multistep.begin(), multistep.end());
        return made;
    }
};

/// published_pndm, but that each call is a step here. The original counts its calls, and goes by
/// that from where to where a step leads, whatever the state's level is: in a part of a walk, where
/// the walk is not "leading" and where a step has no whole half the two differ, and a solver, which
/// goes from knot to knot, cannot say it.
inline plan plan_of_pndm(const settings& s, const timesteps& asked) {
    refuse_timesteps(s, asked);
    refuse_sigmas(s, asked);
    refuse_mu(s, asked);
    refuse_step_options(s, asked);
    const std::vector<double> bars = training_alpha_bars(s);
    const auto trained = static_cast<int>(bars.size());
    s.require(trained == s.whole("num_train_timesteps"), "trained_betas has ", trained,
              " numbers, and num_train_timesteps is ", s.whole("num_train_timesteps"),
              "; they must agree");
    const int asked_steps = steps_asked_for(s, asked, trained);
    const std::vector<double> times = spaced_times(s, asked_steps, true);
    const int stride = trained / asked_steps;
    const pndm_labels labels(s, times, stride / 2);
    const std::vector<int> all = labels.all();
    const int first = first_step(s, asked, asked_steps);
    const bool velocity = s.is("prediction_type", "v_prediction");
    const double last = s.flag("set_alpha_to_one") ? 1.0 : bars.front();
    const auto runge_kutta = static_cast<int>(labels.runge_kutta.size());
    const auto bar_at = [&](int time) {
        if (time < 0) return last;
        s.require(time < trained, "with ", asked_steps, " steps the walk goes on from the time ",
                  time, ", and the training had 0 .. ", trained - 1);
        return bars[static_cast<std::size_t>(time)];
    };

    std::vector<knot> knots;
    std::vector<weighted_step> steps;
    std::vector<int> kept;  // the calls whose outputs the multistep method looks back on
    double end = last;
    const auto calls = static_cast<int>(all.size()) - first;
    for (int call = 0; call < calls; ++call) {
        const int label = all[static_cast<std::size_t>(first + call)];
        knots.push_back(knot_of_alpha_bar(label, bar_at(label)));
        int from = label, to = label - stride;
        weighted_step step;
        if (call < runge_kutta) {
            const int stage = call % 4;
            from = labels.runge_kutta[static_cast<std::size_t>(call - stage)];
            to = stage % 2 == 0 ? label - stride / 2 : label;
            if (stage == 0) kept.push_back(call);
            step.keeps = stage == 0;
            step.from_kept = stage > 0;
            step.terms = {{1.0, 0}};
            if (stage == 3) step.terms = {{1.0 / 6, 0}, {1.0 / 3, 1}, {1.0 / 3, 2}, {1.0 / 6, 3}};
        } else if (call == 1 && runge_kutta == 0) {
            // The first step once more, with the mean of its ends.
            from = label + stride;
            to = label;
            step.from_kept = true;
            step.terms = {{0.5, 0}, {0.5, 1}};
        } else {
            kept.push_back(call);
            if (kept.size() > 4) kept.erase(kept.begin());
            step.keeps = call == 0;
            const auto add = [&](auto weights) {
                for (std::size_t i = 0; i < weights.size(); ++i)
                    step.terms.push_back({weights[i], call - kept[kept.size() - 1 - i]});
            };
            detail::at_order<4>(static_cast<int>(kept.size()),
                                [&](auto order) { add(detail::adams_bashforth<order>()); });
        }
        end = bar_at(to);
        const knot s = knot_of_alpha_bar(from, bar_at(from)), e = knot_of_alpha_bar(to, end);
        const auto go = [&](auto form) {
            step.state = form.ratio(s, e);
            for (auto& term : step.terms) term.weight *= form.constant(s, e);
        };
        if (velocity)
            go(detail::velocity_form{});
        else
            go(detail::noise_form{});
        steps.push_back(std::move(step));
    }
    knots.push_back(knot_of_alpha_bar(0.0, end));
    const auto solver = [&]() -> any_solver {
        if (runge_kutta == 0)
            return weighted_steps<detail::noise_form, 4, keeps_states::yes>(std::move(steps));
        return weighted_steps<detail::noise_form, 12, keeps_states::yes>(std::move(steps));
    };
    return {.knots = grid(without_standstill(std::move(knots))).with_prior(prior::standard),
            .solver = solver(),
            .reads = {velocity ? output::mixed_velocity : output::epsilon}};
}

}  // namespace fokker::diffusers::detail

FOKKER_END_MAY_SHADOW
