/// EulerDiscreteScheduler.
#pragma once

#include <array>
#include <cmath>
#include <cstddef>
#include <utility>
#include <vector>

#include <fokker/adapt/diffusers/churned_euler.hpp>
#include <fokker/adapt/diffusers/convention.hpp>
#include <fokker/adapt/diffusers/detail.hpp>
#include <fokker/adapt/diffusers/key.hpp>
#include <fokker/adapt/diffusers/plan.hpp>
#include <fokker/adapt/diffusers/settings.hpp>
#include <fokker/adapt/diffusers/sigma_spacing.hpp>
#include <fokker/adapt/diffusers/sigma_walk.hpp>
#include <fokker/adapt/diffusers/step_rules.hpp>
#include <fokker/adapt/diffusers/steps.hpp>
#include <fokker/adapt/diffusers/timesteps.hpp>
#include <fokker/adapt/diffusers/training_table.hpp>
#include <fokker/adapt/diffusers/walk.hpp>
#include <fokker/solver/euler.hpp>
#include <fokker/target.hpp>

namespace fokker::inline FOKKER_TARGET::diffusers::detail {

inline constexpr auto euler_keys =
    joined(training_keys(1e-4, 0.02),
           std::array{prediction_key("epsilon, sample, original_sample, v_prediction"),
                      word("interpolation_type", "linear", "linear, log_linear")},
           sigma_keys(), sigma_range_keys(), spacing_keys("linspace"),
           std::array{word("timestep_type", "discrete", "discrete, continuous"),
                      flag("rescale_betas_zero_snr", false),
                      word("final_sigmas_type", "zero", "zero, sigma_min")});

/// Levels that were given, the last of which is where the walk ends.
inline sigma_levels euler_given_levels(const settings& s, const timesteps& asked,
                                       const std::vector<double>& trained) {
    s.require(asked.steps == 0 && asked.timesteps.empty(),
              "sigmas were given beside steps or timesteps; give one of them");
    s.require(asked.sigmas.size() >= 2,
              "sigmas has one number; give those at which steps begin, and the end");
    sigma_levels levels{.labels = {}, .sigmas = asked.sigmas, .end = asked.sigmas.back()};
    levels.sigmas.pop_back();
    for (const double sigma : levels.sigmas) {
        s.require(sigma > 0, "sigmas has ", sigma, " before its end; it must be positive");
        levels.labels.push_back(time_of_sigma(sigma, trained));
    }
    return levels;
}

/// With "log_linear" the levels lie evenly in their logarithm over the whole training, whatever the
/// times of the walk, which are the labels nevertheless; the least one is where the walk ends.
inline sigma_levels euler_levels(const settings& s, const timesteps& asked,
                                 const std::vector<double>& trained) {
    if (!asked.sigmas.empty()) return euler_given_levels(s, asked, trained);
    std::vector<double> times =
        asked.timesteps.empty() ? sigma_walk_times(s, asked) : given_times(s, asked);
    const double end = s.is("final_sigmas_type", "zero") ? 0.0 : trained.front();
    sigma_levels levels;
    if (s.is("interpolation_type", "log_linear")) {
        levels.labels = std::move(times);
        levels.sigmas = detail::exponential_levels(trained.back(), trained.front(),
                                                   static_cast<int>(levels.labels.size()) + 1);
        if (!is_spaced_in_sigma(s)) {
            levels.end = levels.sigmas.back();
            levels.sigmas.pop_back();
            return levels;
        }
        levels = spaced_in_sigma(s, std::move(levels), trained);
    } else {
        levels = sigma_levels_of(s, std::move(times), trained);
    }
    levels.end = end;
    return levels;
}

/// Euler's method in sigma. With churn the noise comes after the network was called, and a velocity
/// is read at the level without it.
inline plan plan_of_euler(const settings& s, const timesteps& asked) {
    refuse_mu(s, asked);
    refuse_step_options(s, asked, {"s_churn", "s_tmin", "s_tmax", "s_noise"});
    require_one_spacing(s);
    const bool is_continuous =
        s.is("timestep_type", "continuous") && s.is("prediction_type", "v_prediction");
    s.require(asked.timesteps.empty() || (!is_spaced_in_sigma(s) && !is_continuous),
              "timesteps cannot be given with use_karras_sigmas, use_exponential_sigmas, "
              "use_beta_sigmas or continuous labels; give sigmas");
    const std::vector<double> trained = training_sigmas(rescaled_alpha_bars(s, 0x1p-24));
    sigma_levels levels = euler_levels(s, asked, trained);
    if (is_continuous)
        for (std::size_t i = 0; i < levels.labels.size(); ++i)
            levels.labels[i] = 0.25 * std::log(levels.sigmas[i]);

    const auto steps = static_cast<int>(levels.labels.size());
    const int first = first_step(s, asked, steps);
    std::vector<knot> knots = knots_of(levels);
    const convention reads{.predicts = output_of(s), .scales = true};
    any_solver solver = euler{};
    if (is_churned(s, asked)) {
        // The original counts its levels, of which "log_linear" has one that is not used.
        const bool has_one_more = asked.sigmas.empty() && !is_spaced_in_sigma(s) &&
                                  s.is("interpolation_type", "log_linear");
        const bool is_velocity = reads.predicts == output::v_prediction;
        solver = linear_steps(
            churned_euler(
                knots, steps + has_one_more, asked, [&](const knot& k) { return reads.at(k); },
                [&](const knot& k, const knot& hat) { return reads.at(is_velocity ? k : hat); }),
            first);
    }
    return {.knots = grid(std::move(knots)).from(first).with_prior(sigma_walk_prior(s)),
            .solver = std::move(solver),
            .reads = reads,
            .bounded = {},
            .whole_labels = false};
}

}  // namespace fokker::diffusers::detail
