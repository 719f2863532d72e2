/// The noise levels and labels of the multistep schedulers: DPM-Solver and its relatives.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <optional>
#include <utility>
#include <vector>

#include <fokker/adapt/diffusers/detail.hpp>
#include <fokker/adapt/diffusers/float_table.hpp>
#include <fokker/adapt/diffusers/key.hpp>
#include <fokker/adapt/diffusers/settings.hpp>
#include <fokker/adapt/diffusers/sigma_spacing.hpp>
#include <fokker/adapt/diffusers/spacing.hpp>
#include <fokker/adapt/diffusers/timesteps.hpp>
#include <fokker/adapt/diffusers/training_table.hpp>
#include <fokker/adapt/diffusers/walk.hpp>
#include <fokker/path/grid.hpp>
#include <fokker/target.hpp>

namespace fokker::inline FOKKER_TARGET::diffusers::detail {

/// A walk as the original lists it: its labels, and one level more, at which it ends.
struct level_list {
    std::vector<double> labels, sigmas;
};

/// The table, and what was trained.
struct trained_levels {
    std::vector<double> bars, sigmas;
    bool ends_in_noise = false;  ///< rescale_betas_zero_snr
    int count() const { return static_cast<int>(bars.size()); }
};

/// alpha_bar of the last training time with rescale_betas_zero_snr.
inline constexpr double least_alpha_bar = 0x1p-24;

inline trained_levels levels_trained(const settings& s, bool rescales) {
    trained_levels made;
    made.bars = rescales ? rescaled_alpha_bars(s, least_alpha_bar) : training_alpha_bars(s);
    made.ends_in_noise = rescales && s.flag("rescale_betas_zero_snr");
    made.sigmas = training_sigmas(made.bars);
    s.require(made.count() == s.whole("num_train_timesteps"), "trained_betas has ", made.count(),
              " numbers, and num_train_timesteps is ", s.whole("num_train_timesteps"),
              "; they must agree");
    return made;
}

/// How many training times are left of which lambda is not below lambda_min_clipped.
inline int times_above_lambda(const settings& s, const trained_levels& trained) {
    const double least = s.number("lambda_min_clipped");
    const auto below = std::count_if(trained.sigmas.begin(), trained.sigmas.end(),
                                     [&](double sigma) { return -std::log(sigma) < least; });
    s.require_of("lambda_min_clipped", below < trained.count() - 1,
                 "it leaves less than two training times");
    return trained.count() - static_cast<int>(below);
}

/// Training times, falling, of the first `last` ones: one more than is asked for, without the one
/// at the data.
inline std::vector<double> multistep_times(const settings& s, int steps, int last,
                                           const char* spacing = "timestep_spacing") {
    const int trained = s.whole("num_train_timesteps");
    std::vector<double> times;
    if (spacing == nullptr || s.is(spacing, "linspace")) {
        times = evenly_spaced(0.0, last - 1.0, steps + 1);
        std::reverse(times.begin(), times.end());
        times.pop_back();
        for (double& t : times) t = rounded(t);
    } else if (s.is(spacing, "leading")) {
        const int stride = last / (steps + 1);
        for (int i = steps; i > 0; --i)
            times.push_back(static_cast<double>(i * stride + s.whole("steps_offset")));
    } else {
        // numpy.arange(last, 0, -stride), which adds the difference of its first two.
        const double stride = static_cast<double>(trained) / steps;
        const double difference = (last - stride) - last;
        const auto count = static_cast<int>(std::ceil(last / stride));
        for (int i = 0; i < count; ++i) times.push_back(rounded(last + i * difference) - 1.0);
    }
    for (const double t : times)
        s.require(t >= 0 && t <= trained - 1.0, "with ", steps, " steps the walk visits the time ",
                  t, ", and the training had 0 .. ", trained - 1, "; see steps_offset");
    return times;
}

/// Throws fokker::error unless these are integers of the training, falling. No list: nothing.
inline void require_times(const settings& s, const timesteps& asked, int trained) {
    for (std::size_t i = 0; i < asked.timesteps.size(); ++i) {
        const double t = asked.timesteps[i];
        s.require(t == std::floor(t) && t >= 0 && t < trained, "timesteps has ", t,
                  "; it must hold integers from 0 to ", trained - 1);
        s.require(i == 0 || t < asked.timesteps[i - 1], "timesteps has ", t, " after ",
                  asked.timesteps[i == 0 ? 0 : i - 1], "; it must fall");
    }
    s.require(asked.timesteps.empty() || asked.steps == 0,
              "steps and timesteps were both given; give one of them");
}

/// Whether labels of karras sigmas are rounded: DPM-Solver cuts them on the cosine schedule.
enum class karras_labels { rounded, cut_if_cosine };

/// The levels of use_karras_sigmas, use_lu_lambdas, use_exponential_sigmas and use_beta_sigmas, in
/// this order, if one of them is set.
inline std::optional<level_list> spaced_levels(const settings& s, const trained_levels& trained,
                                               int steps, bool has_lu, karras_labels labels) {
    const bool karras = s.flag("use_karras_sigmas"), lu = has_lu && s.flag("use_lu_lambdas"),
               exponential = s.flag("use_exponential_sigmas"), beta = s.flag("use_beta_sigmas");
    if (!karras && !lu && !exponential && !beta) return std::nullopt;
    const float_table table(s, trained.ends_in_noise ? least_alpha_bar : 0.0);
    const auto between = [&](double max, double min) {
        if (karras || !lu) {
            max = s.optional_number("sigma_max").value_or(max);
            min = s.optional_number("sigma_min").value_or(min);
        }
        s.require(min > 0 && max > min, "sigma_min is ", min, " and sigma_max ", max,
                  "; they must be positive, and rise");
        return karras              ? detail::karras_levels(max, min, steps)
               : lu || exponential ? detail::exponential_levels(max, min, steps)
                                   : beta_sigmas(max, min, steps);
    };
    const bool rounds = (karras || lu) && !(labels == karras_labels::cut_if_cosine &&
                                            s.is("beta_schedule", "squaredcos_cap_v2"));
    level_list made;
    made.sigmas = between(trained.sigmas.back(), trained.sigmas.front());
    for (const double sigma : between(table.back(), table.front())) {
        const double t = table.time_of(sigma);
        made.labels.push_back(rounds ? rounded(t) : std::trunc(t));
    }
    return made;
}

/// Throws fokker::error on use_flow_sigmas with levels of another spacing, which lie above 1.
inline void refuse_spaced_flow(const settings& s, bool karras_too = true, bool has_lu = false) {
    if (!s.flag("use_flow_sigmas")) return;
    const auto refuse = [&](const char* name) {
        s.require(!s.flag(name), "use_flow_sigmas and ", name,
                  " exclude each other: such sigmas are no part of a flow");
    };
    if (karras_too) refuse("use_karras_sigmas");
    refuse("use_exponential_sigmas");
    refuse("use_beta_sigmas");
    if (has_lu) refuse("use_lu_lambdas");
}

/// flow_shift, or that of `mu`, with use_flow_sigmas.
inline double shift_of(const settings& s, const timesteps& asked) {
    if (!asked.mu) return s.number("flow_shift");
    s.require(
        s.flag("use_dynamic_shifting") && s.is("time_shift_type", "exponential"),
        "mu was given; it needs use_dynamic_shifting and the time_shift_type \"exponential\"");
    return std::exp(*asked.mu);
}

/// The levels of use_flow_sigmas, but for UniPC, which has its own.
inline level_list flow_levels(const settings& s, int steps, double shift) {
    s.require(shift > 0, "flow_shift is ", shift, "; it must be positive");
    const int trained = s.whole("num_train_timesteps");
    level_list made;
    const std::vector<double> alphas = evenly_spaced(1.0, 1.0 / trained, steps + 1);
    for (std::size_t i = alphas.size(); i-- > 1;) {
        made.sigmas.push_back(flow_shifted(1.0 - alphas[i], shift));
        made.labels.push_back(std::trunc(made.sigmas.back() * trained));
    }
    return made;
}

/// The levels of training times.
inline level_list levels_at(const std::vector<double>& times, const trained_levels& trained) {
    level_list made{times, {}};
    for (const double t : times) made.sigmas.push_back(sigma_at_time(t, trained.sigmas));
    return made;
}

/// Throws fokker::error on a prediction_type that the original reads otherwise than the state is:
/// with use_flow_sigmas x = (1 - sigma) x_0 + sigma eps, without it alpha^2 + sigma^2 = 1.
inline void require_flow_prediction(const settings& s) {
    const bool flow = s.flag("use_flow_sigmas");
    s.require(flow || !s.is("prediction_type", "flow_prediction"),
              "prediction_type is \"flow_prediction\", which needs use_flow_sigmas");
    s.require(!flow || !s.is("prediction_type", "v_prediction"),
              "prediction_type is \"v_prediction\", which has no meaning with use_flow_sigmas");
}

/// The grid of such a list. A step of no length at the end, for which the original calls the
/// network nevertheless, gets one of the length of a rounding.
inline grid multistep_grid(const settings& s, const level_list& levels, bool flow, int first,
                           bool rises = false) {
    std::vector<knot> knots;
    for (std::size_t i = 0; i < levels.sigmas.size(); ++i) {
        const double sigma = levels.sigmas[i];
        const double label = i < levels.labels.size() ? levels.labels[i] : 0.0;
        const double alpha = flow ? 1.0 - sigma : 1.0 / std::sqrt(sigma * sigma + 1.0);
        knot k{label, alpha, flow ? sigma : sigma * alpha};
        if (i > 0) {
            const double before = levels.sigmas[i - 1];
            const bool is_last = i + 1 == levels.sigmas.size();
            if (is_last && std::abs(sigma / before - 1.0) < 1e-9) {
                k = knots.back();
                k.t = label;
                k.sigma *= rises ? 1.0 + 1e-14 : 1.0 - 1e-14;
            } else {
                s.require(rises ? sigma > before : sigma < before,
                          "the walk goes from sigma = ", before, " to ", sigma, "; it must ",
                          rises ? "rise" : "fall", ": take fewer steps, or another spacing");
            }
        }
        knots.push_back(k);
    }
    if (!rises) return grid(std::move(knots)).from(first).with_prior(prior::standard);
    std::reverse(knots.begin(), knots.end());
    return grid(std::move(knots)).reversed().from(first).with_prior(prior::standard);
}

}  // namespace fokker::diffusers::detail
