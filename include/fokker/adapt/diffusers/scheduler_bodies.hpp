/// The functions of a scheduler, and with them the plans of all classes.
#pragma once

#include <algorithm>
#include <istream>
#include <iterator>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

#include <fokker/adapt/diffusers/class_list.hpp>
#include <fokker/adapt/diffusers/compiled.hpp>
#include <fokker/adapt/diffusers/detail.hpp>
#include <fokker/adapt/diffusers/key.hpp>
#include <fokker/adapt/diffusers/plan.hpp>
#include <fokker/adapt/diffusers/scheduler.hpp>
#include <fokker/adapt/diffusers/settings.hpp>
#include <fokker/adapt/diffusers/timesteps.hpp>
#include <fokker/catalogue/nearest_name.hpp>
#include <fokker/error.hpp>
#include <fokker/target.hpp>

FOKKER_MAY_SHADOW

namespace fokker::inline FOKKER_TARGET::diffusers {

FOKKER_DIFFUSERS_INLINE nlohmann::json read_configuration(std::istream& in) {
    detail::require(!in.fail(), "the configuration cannot be read; is the file there?");
    const std::string text{std::istreambuf_iterator<char>(in), {}};
    std::string strict;
    bool quoted = false;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const std::string_view rest = std::string_view(text).substr(i);
        std::string_view found;
        if (!quoted)
            for (const std::string_view word : {"-Infinity", "Infinity", "NaN"})
                if (rest.starts_with(word)) found = word;
        if (!found.empty()) {
            strict += '"' + std::string(found) + '"';
            i += found.size() - 1;
            continue;
        }
        if (text[i] == '"') quoted = !quoted;
        strict += text[i];
        if (quoted && text[i] == '\\' && i + 1 < text.size()) strict += text[++i];
    }
    return nlohmann::json::parse(strict);
}

FOKKER_DIFFUSERS_INLINE scheduler::scheduler(const nlohmann::json& config,
                                             std::string_view class_name)
    : class_(&find(class_name)), settings_(settings_of(*class_, config)) {
    for (const auto& [name, value] : config.items()) look_at(name, value);
}

FOKKER_DIFFUSERS_INLINE diffusers::plan scheduler::plan(const timesteps& asked) const {
    refuse_foreign(asked.image_seq_len.has_value(), "image_seq_len");
    refuse_foreign(asked.original_inference_steps.has_value(), "original_inference_steps");
    refuse_foreign(asked.max_timesteps.has_value(), "max_timesteps");
    refuse_foreign(asked.intermediate_timesteps.has_value(), "intermediate_timesteps");
    refuse_foreign(asked.jump_length.has_value(), "jump_length");
    refuse_foreign(asked.jump_n_sample.has_value(), "jump_n_sample");
    return class_->make(settings_, asked);
}

FOKKER_DIFFUSERS_INLINE void scheduler::refuse_foreign(bool given, std::string_view name) const {
    settings_.require(!given || class_->takes.find(name) != std::string_view::npos, name,
                      " cannot be given; the class does not take it");
}

FOKKER_DIFFUSERS_INLINE void scheduler::require_object(const nlohmann::json& config) {
    detail::require(config.is_object(),
                    "the configuration is not an object; read it from a scheduler_config.json, as "
                    "read_configuration(std::ifstream(\"scheduler_config.json\"))");
}

FOKKER_DIFFUSERS_INLINE std::string scheduler::name_in(const nlohmann::json& config) {
    require_object(config);
    const auto found = config.find("_class_name");
    detail::require(found != config.end() && found->is_string(),
                    "the configuration has no \"_class_name\"; name the class as the second "
                    "argument, such as \"DDIMScheduler\"");
    return found->get<std::string>();
}

FOKKER_DIFFUSERS_INLINE const detail::scheduler_class& scheduler::find(std::string_view name) {
    for (const detail::scheduler_class& each : detail::scheduler_classes)
        if (each.name == name) return each;
    detail::require(!name.ends_with("Pipeline"), "'", name,
                    "' is a pipeline; the configuration of its scheduler is the file "
                    "scheduler/scheduler_config.json beside this one");
    std::string all;
    std::vector<std::string_view> names;
    for (const detail::scheduler_class& each : detail::scheduler_classes) {
        names.push_back(each.name);
        all += (all.empty() ? "" : ", ") + std::string(each.name);
    }
    std::string_view nearest = detail::nearest_name(name, names);
    if (nearest.empty()) nearest = detail::nearest_name(std::string(name) + "Scheduler", names);
    const std::string hint =
        nearest.empty() ? "." : "; did you mean '" + std::string(nearest) + "'?";
    for (const auto& [refused, reason] : detail::classes_refused)
        if (refused == name)
            detail::refuse("the scheduler class '", name, "' is not served: ", reason,
                           ". Served are: ", std::string_view(all));
    detail::refuse("the scheduler class '", name, "' is not served", std::string_view(hint),
                   " Served are: ", std::string_view(all));
}

FOKKER_DIFFUSERS_INLINE detail::settings scheduler::settings_of(const detail::scheduler_class& of,
                                                                const nlohmann::json& config) {
    require_object(config);
    nlohmann::json kept = config;
    const auto defaults = config.find("_use_default_values");
    if (defaults != config.end())
        for (const auto& name : *defaults)
            if (name.is_string()) kept.erase(name.get<std::string>());
    return {of.name, of.keys, kept};
}

FOKKER_DIFFUSERS_INLINE void scheduler::look_at(const std::string& name,
                                                const nlohmann::json& value) {
    const auto has = [&](const detail::scheduler_class& c) {
        return std::any_of(c.keys.begin(), c.keys.end(),
                           [&](const detail::key& k) { return k.name == name; });
    };
    if (name.starts_with('_') || has(*class_)) return;
    if (std::any_of(detail::scheduler_classes.begin(), detail::scheduler_classes.end(), has)) {
        ignored_.push_back(name);
        return;
    }
    const std::string text = value.dump();
    for (const auto& [retired, harmless] : detail::retired_keys)
        if (name == retired) {
            settings_.require(text == harmless, std::string_view(name), " is ",
                              std::string_view(text),
                              ", a key of older releases which today's do not read; say it "
                              "with prediction_type");
            ignored_.push_back(name);
            return;
        }
    std::vector<std::string_view> names;
    for (const detail::key& each : class_->keys) names.push_back(each.name);
    const std::string_view nearest = detail::nearest_name(name, names);
    const std::string hint =
        nearest.empty() ? "" : "; did you mean '" + std::string(nearest) + "'?";
    settings_.refuse("there is no key '", std::string_view(name), "'", std::string_view(hint));
}

}  // namespace fokker::diffusers

FOKKER_END_MAY_SHADOW
