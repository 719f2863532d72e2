/// A scheduler of diffusers, out of its scheduler_config.json.
#pragma once

#include <algorithm>
#include <array>
#include <istream>
#include <iterator>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

#include <fokker/adapt/diffusers/class_list.hpp>
#include <fokker/adapt/diffusers/detail.hpp>
#include <fokker/adapt/diffusers/key.hpp>
#include <fokker/adapt/diffusers/plan.hpp>
#include <fokker/adapt/diffusers/settings.hpp>
#include <fokker/adapt/diffusers/timesteps.hpp>
#include <fokker/catalogue/nearest_name.hpp>
#include <fokker/error.hpp>
#include <fokker/target.hpp>

namespace fokker::inline FOKKER_TARGET::diffusers {

using detail::scheduler_class, detail::scheduler_classes;

/// A configuration from a file. Python writes infinities into JSON, which has none
/// ("lambda_min_clipped": -Infinity): here they become words in quotes, which the keys take. Throws
/// nlohmann::json::parse_error, and fokker::error where there is no file.
inline nlohmann::json read_configuration(std::istream& in) {
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
inline nlohmann::json read_configuration(std::istream&& in) {
    return diffusers::read_configuration(in);
}

/// A scheduler with its configuration. It never changes: threads may share it.
class scheduler {
public:
    /// From a scheduler_config.json, whose "_class_name" says which. Every key is honoured or
    /// refused by name, but for those of other classes, which diffusers does not look at either:
    /// see ignored(). Throws fokker::error on a class that is not served, an unknown key and a
    /// value that a key cannot have.
    explicit scheduler(const nlohmann::json& config) : scheduler(config, name_in(config)) {}

    /// The same as another class, as in DPMSolverMultistepScheduler.from_config(config).
    scheduler(const nlohmann::json& config, std::string_view class_name)
        : class_(&find(class_name)),
          settings_(class_->name, class_->keys, without_defaults(config)) {
        for (const auto& [name, value] : config.items()) look_at(name, value);
    }

    std::string_view class_name() const { return class_->name; }

    /// The walk that these arguments ask for. Throws fokker::error on those that the class cannot
    /// use.
    diffusers::plan plan(const timesteps& asked) const {
        refuse_foreign(asked.image_seq_len.has_value(), "image_seq_len");
        refuse_foreign(asked.original_inference_steps.has_value(), "original_inference_steps");
        refuse_foreign(asked.max_timesteps.has_value(), "max_timesteps");
        refuse_foreign(asked.intermediate_timesteps.has_value(), "intermediate_timesteps");
        refuse_foreign(asked.jump_length.has_value(), "jump_length");
        refuse_foreign(asked.jump_n_sample.has_value(), "jump_n_sample");
        return class_->make(settings_, asked);
    }

    /// Keys of the file that the class does not have and another one has.
    const std::vector<std::string>& ignored() const { return ignored_; }

private:
    void refuse_foreign(bool given, std::string_view name) const {
        settings_.require(!given || class_->takes.find(name) != std::string_view::npos, name,
                          " cannot be given; the class does not take it");
    }

    static void require_object(const nlohmann::json& config) {
        detail::require(config.is_object(),
                        "the configuration is not an object; read it from a scheduler_config.json, "
                        "as read_configuration(std::ifstream(\"scheduler_config.json\"))");
    }

    static std::string name_in(const nlohmann::json& config) {
        require_object(config);
        const auto found = config.find("_class_name");
        detail::require(found != config.end() && found->is_string(),
                        "the configuration has no \"_class_name\"; name the class as the second "
                        "argument, such as \"DDIMScheduler\"");
        return found->get<std::string>();
    }

    static const scheduler_class& find(std::string_view name) {
        for (const scheduler_class& each : scheduler_classes)
            if (each.name == name) return each;
        detail::require(!name.ends_with("Pipeline"), "'", name,
                        "' is a pipeline; the configuration of its scheduler is the file "
                        "scheduler/scheduler_config.json beside this one");
        std::string all;
        std::vector<std::string_view> names;
        for (const scheduler_class& each : scheduler_classes) {
            names.push_back(each.name);
            all += (all.empty() ? "" : ", ") + std::string(each.name);
        }
        const std::string_view nearest = detail::nearest_name(name, names);
        const std::string hint =
            nearest.empty() ? "." : "; did you mean '" + std::string(nearest) + "'?";
        for (const auto& [refused, reason] : detail::classes_refused)
            if (refused == name)
                detail::refuse("the scheduler class '", name, "' is not served: ", reason,
                               ". Served are: ", std::string_view(all));
        detail::refuse("the scheduler class '", name, "' is not served", std::string_view(hint),
                       " Served are: ", std::string_view(all));
    }

    /// Values that were the defaults of the class that wrote the file are not those of another one.
    static nlohmann::json without_defaults(const nlohmann::json& config) {
        require_object(config);
        nlohmann::json kept = config;
        const auto defaults = config.find("_use_default_values");
        if (defaults != config.end())
            for (const auto& name : *defaults)
                if (name.is_string()) kept.erase(name.get<std::string>());
        return kept;
    }

    void look_at(const std::string& name, const nlohmann::json& value) {
        const auto has = [&](const scheduler_class& c) {
            return std::any_of(c.keys.begin(), c.keys.end(),
                               [&](const detail::key& k) { return k.name == name; });
        };
        if (name.starts_with('_') || has(*class_)) return;
        if (std::any_of(scheduler_classes.begin(), scheduler_classes.end(), has)) {
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

    const scheduler_class* class_;
    detail::settings settings_;
    std::vector<std::string> ignored_;
};

}  // namespace fokker::diffusers
