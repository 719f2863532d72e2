/// Checks that plans share.
#pragma once

#include <algorithm>
#include <cmath>
#include <initializer_list>
#include <string_view>
#include <utility>

#include <fokker/adapt/diffusers/convention.hpp>
#include <fokker/adapt/diffusers/detail.hpp>
#include <fokker/adapt/diffusers/key.hpp>
#include <fokker/adapt/diffusers/settings.hpp>
#include <fokker/adapt/diffusers/timesteps.hpp>
#include <fokker/target.hpp>

namespace fokker::inline FOKKER_TARGET::diffusers::detail {

inline constexpr std::string_view three_predictions = "epsilon, sample, v_prediction";
inline constexpr std::string_view four_predictions =
    "epsilon, sample, v_prediction, flow_prediction";

constexpr key prediction_key(std::string_view words, std::string_view value = "epsilon") {
    return word("prediction_type", value, words);
}

/// What the network predicts.
inline output output_of(const settings& s) {
    if (s.is("prediction_type", "sample") || s.is("prediction_type", "original_sample"))
        return output::sample;
    if (s.is("prediction_type", "v_prediction")) return output::v_prediction;
    if (s.is("prediction_type", "flow_prediction")) return output::flow_prediction;
    return output::epsilon;
}

/// Throws fokker::error on an option of `step` that the class does not have, and on a value that no
/// class can use.
inline void refuse_step_options(const settings& s, const timesteps& asked,
                                std::initializer_list<std::string_view> taken = {}) {
    const auto refuse = [&](bool given, std::string_view name) {
        if (!given || std::find(taken.begin(), taken.end(), name) != taken.end()) return;
        s.refuse("step.", name, " was given, and its step has no such option");
    };
    refuse(asked.step.eta.has_value(), "eta");
    refuse(asked.step.use_clipped_model_output.has_value(), "use_clipped_model_output");
    refuse(asked.step.s_churn.has_value(), "s_churn");
    refuse(asked.step.s_tmin.has_value(), "s_tmin");
    refuse(asked.step.s_tmax.has_value(), "s_tmax");
    refuse(asked.step.s_noise.has_value(), "s_noise");
    refuse(asked.step.order.has_value(), "order");
    const double eta = asked.step.eta.value_or(0.0), s_noise = asked.step.s_noise.value_or(1.0);
    s.require(eta >= 0 && eta <= 1, "step.eta is ", eta, "; it must lie in [0, 1]");
    s.require(s_noise >= 0 && std::isfinite(s_noise), "step.s_noise is ", s_noise,
              "; it must not be negative or infinite");
    for (const auto& [value, name] :
         {std::pair{asked.step.s_tmin, "s_tmin"}, std::pair{asked.step.s_tmax, "s_tmax"}})
        s.require(!std::isnan(value.value_or(0.0)), "step.", name, " is not a number");
}

}  // namespace fokker::diffusers::detail
