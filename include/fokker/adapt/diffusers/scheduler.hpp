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

#include <fokker/adapt/diffusers/classes/ddim.hpp>
#include <fokker/adapt/diffusers/classes/ddpm.hpp>
#include <fokker/adapt/diffusers/classes/deis.hpp>
#include <fokker/adapt/diffusers/classes/dpm_multistep.hpp>
#include <fokker/adapt/diffusers/classes/dpm_multistep_inverse.hpp>
#include <fokker/adapt/diffusers/classes/dpm_singlestep.hpp>
#include <fokker/adapt/diffusers/classes/pndm.hpp>
#include <fokker/adapt/diffusers/classes/sa_solver.hpp>
#include <fokker/adapt/diffusers/classes/unipc.hpp>
#include <fokker/adapt/diffusers/key.hpp>
#include <fokker/adapt/diffusers/plan.hpp>
#include <fokker/adapt/diffusers/settings.hpp>
#include <fokker/adapt/diffusers/timesteps.hpp>
#include <fokker/catalogue/nearest_name.hpp>
#include <fokker/error.hpp>
#include <fokker/target.hpp>

namespace fokker::inline FOKKER_TARGET::diffusers {

/// One scheduler class: its keys, and the walk that it makes of them.
struct scheduler_class {
    std::string_view name;
    std::span<const key> keys;
    plan (*make)(const settings&, const timesteps&);
};

/// All that are served.
inline constexpr std::array scheduler_classes{
    scheduler_class{"DDIMScheduler", ddim_keys, plan_of_ddim},
    scheduler_class{"DDIMParallelScheduler", ddim_keys, plan_of_ddim},
    scheduler_class{"DDPMScheduler", ddpm_keys, plan_of_ddpm},
    scheduler_class{"DDPMParallelScheduler", ddpm_keys, plan_of_ddpm},
    scheduler_class{"DPMSolverMultistepScheduler", dpm_multistep_keys, plan_of_dpm_multistep},
    scheduler_class{"DPMSolverMultistepInverseScheduler", dpm_multistep_inverse_keys,
                    plan_of_dpm_multistep_inverse},
    scheduler_class{"DPMSolverSinglestepScheduler", dpm_singlestep_keys, plan_of_dpm_singlestep},
    scheduler_class{"DEISMultistepScheduler", deis_keys, plan_of_deis},
    scheduler_class{"PNDMScheduler", pndm_keys, plan_of_pndm},
    scheduler_class{"SASolverScheduler", sa_solver_keys, plan_of_sa_solver},
    scheduler_class{"UniPCMultistepScheduler", unipc_keys, plan_of_unipc},
};

/// Keys that older releases wrote and today's do not read. At these values today's do what they
/// did then.
inline constexpr std::array<std::pair<std::string_view, std::string_view>, 3> retired_keys{{
    {"predict_epsilon", "true"},
    {"tensor_format", "\"pt\""},
    {"timestep_values", "null"},
}};

/// A configuration from a file. Python writes infinities into JSON, which has none
/// ("lambda_min_clipped": -Infinity): here they are read. Throws nlohmann::json::parse_error.
inline nlohmann::json read_configuration(std::istream& in) {
    const std::string text{std::istreambuf_iterator<char>(in), {}};
    std::string strict;
    bool quoted = false;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '"' && (i == 0 || text[i - 1] != '\\')) quoted = !quoted;
        const std::string_view rest = std::string_view(text).substr(i);
        const std::string_view found = quoted                          ? std::string_view{}
                                       : rest.starts_with("-Infinity") ? rest.substr(0, 9)
                                       : rest.starts_with("Infinity")  ? rest.substr(0, 8)
                                                                       : std::string_view{};
        if (found.empty()) {
            strict += text[i];
        } else {
            strict += '"' + std::string(found) + '"';
            i += found.size() - 1;
        }
    }
    return nlohmann::json::parse(strict);
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
    diffusers::plan plan(const timesteps& asked) const { return class_->make(settings_, asked); }

    /// Keys of the file that the class does not have and another one has.
    const std::vector<std::string>& ignored() const { return ignored_; }

private:
    static std::string name_in(const nlohmann::json& config) {
        detail::require(config.is_object(),
                        "the configuration is not an object; read it from a scheduler_config.json");
        const auto found = config.find("_class_name");
        detail::require(found != config.end() && found->is_string(),
                        "the configuration has no \"_class_name\"; name the class as the second "
                        "argument, such as \"DDIMScheduler\"");
        return found->get<std::string>();
    }

    static const scheduler_class& find(std::string_view name) {
        for (const scheduler_class& each : scheduler_classes)
            if (each.name == name) return each;
        std::string all;
        std::vector<std::string_view> names;
        for (const scheduler_class& each : scheduler_classes) {
            names.push_back(each.name);
            all += (all.empty() ? "" : ", ") + std::string(each.name);
        }
        const std::string_view nearest = detail::nearest_name(name, names);
        const std::string hint =
            nearest.empty() ? "." : "; did you mean '" + std::string(nearest) + "'?";
        detail::refuse("the scheduler class '", name, "' is not served", std::string_view(hint),
                       " Served are: ", std::string_view(all));
    }

    /// Values that were the defaults of the class that wrote the file are not those of another one.
    static nlohmann::json without_defaults(const nlohmann::json& config) {
        detail::require(config.is_object(),
                        "the configuration is not an object; read it from a scheduler_config.json");
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
                               [&](const key& k) { return k.name == name; });
        };
        if (name.starts_with('_') || has(*class_)) return;
        if (std::any_of(scheduler_classes.begin(), scheduler_classes.end(), has)) {
            ignored_.push_back(name);
            return;
        }
        const std::string text = value.dump();
        for (const auto& [retired, harmless] : retired_keys)
            if (name == retired) {
                settings_.require(text == harmless, std::string_view(name), " is ",
                                  std::string_view(text),
                                  ", a key of older releases which today's do not read; say it "
                                  "with prediction_type");
                ignored_.push_back(name);
                return;
            }
        std::vector<std::string_view> names;
        for (const key& each : class_->keys) names.push_back(each.name);
        const std::string_view nearest = detail::nearest_name(name, names);
        const std::string hint =
            nearest.empty() ? "" : "; did you mean '" + std::string(nearest) + "'?";
        settings_.refuse("there is no key '", std::string_view(name), "'", std::string_view(hint));
    }

    const scheduler_class* class_;
    settings settings_;
    std::vector<std::string> ignored_;
};

}  // namespace fokker::diffusers
