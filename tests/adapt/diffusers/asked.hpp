/// The arguments of set_timesteps and step as the files of the tests have them.
#pragma once

#include <optional>
#include <type_traits>
#include <vector>

#include <nlohmann/json.hpp>

#include <fokker/adapt/diffusers/timesteps.hpp>

namespace fokker_test {

inline fokker::diffusers::timesteps asked_in(const nlohmann::json& from) {
    fokker::diffusers::timesteps asked;
    asked.steps = from.value("steps", 0);
    asked.timesteps = from.value("timesteps", std::vector<double>{});
    asked.sigmas = from.value("sigmas", std::vector<double>{});
    asked.strength = from.value("strength", 1.0);
    const auto take = [](const nlohmann::json& object, const char* name, auto& to) {
        if (object.contains(name))
            to = object.at(name).get<typename std::decay_t<decltype(to)>::value_type>();
    };
    take(from, "mu", asked.mu);
    take(from, "image_seq_len", asked.image_seq_len);
    take(from, "original_inference_steps", asked.original_inference_steps);
    take(from, "jump_length", asked.jump_length);
    take(from, "jump_n_sample", asked.jump_n_sample);
    take(from, "max_timesteps", asked.max_timesteps);
    take(from, "intermediate_timesteps", asked.intermediate_timesteps);
    const nlohmann::json step = from.value("step", nlohmann::json::object());
    take(step, "eta", asked.step.eta);
    take(step, "use_clipped_model_output", asked.step.use_clipped_model_output);
    take(step, "s_churn", asked.step.s_churn);
    take(step, "s_tmin", asked.step.s_tmin);
    take(step, "s_tmax", asked.step.s_tmax);
    take(step, "s_noise", asked.step.s_noise);
    take(step, "order", asked.step.order);
    return asked;
}

}  // namespace fokker_test
