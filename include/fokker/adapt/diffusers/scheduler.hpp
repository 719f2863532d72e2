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

#include <fokker/adapt/diffusers/classes/cogvideox.hpp>
#include <fokker/adapt/diffusers/classes/consistency.hpp>
#include <fokker/adapt/diffusers/classes/consistency_decoder.hpp>
#include <fokker/adapt/diffusers/classes/cosine_dpm_solver.hpp>
#include <fokker/adapt/diffusers/classes/ddim.hpp>
#include <fokker/adapt/diffusers/classes/ddim_inverse.hpp>
#include <fokker/adapt/diffusers/classes/ddpm.hpp>
#include <fokker/adapt/diffusers/classes/ddpm_wuerstchen.hpp>
#include <fokker/adapt/diffusers/classes/deis.hpp>
#include <fokker/adapt/diffusers/classes/dpm_multistep.hpp>
#include <fokker/adapt/diffusers/classes/dpm_multistep_inverse.hpp>
#include <fokker/adapt/diffusers/classes/dpm_singlestep.hpp>
#include <fokker/adapt/diffusers/classes/dpm_solver_sde.hpp>
#include <fokker/adapt/diffusers/classes/edm_dpm_solver.hpp>
#include <fokker/adapt/diffusers/classes/edm_euler.hpp>
#include <fokker/adapt/diffusers/classes/euler.hpp>
#include <fokker/adapt/diffusers/classes/euler_ancestral.hpp>
#include <fokker/adapt/diffusers/classes/flow_match_euler.hpp>
#include <fokker/adapt/diffusers/classes/flow_match_heun.hpp>
#include <fokker/adapt/diffusers/classes/flow_match_lcm.hpp>
#include <fokker/adapt/diffusers/classes/heun.hpp>
#include <fokker/adapt/diffusers/classes/ipndm.hpp>
#include <fokker/adapt/diffusers/classes/kdpm2.hpp>
#include <fokker/adapt/diffusers/classes/lcm.hpp>
#include <fokker/adapt/diffusers/classes/lms.hpp>
#include <fokker/adapt/diffusers/classes/ltx_euler_ancestral.hpp>
#include <fokker/adapt/diffusers/classes/pndm.hpp>
#include <fokker/adapt/diffusers/classes/repaint.hpp>
#include <fokker/adapt/diffusers/classes/sa_solver.hpp>
#include <fokker/adapt/diffusers/classes/scm.hpp>
#include <fokker/adapt/diffusers/classes/score_sde_ve.hpp>
#include <fokker/adapt/diffusers/classes/tcd.hpp>
#include <fokker/adapt/diffusers/classes/unclip.hpp>
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
    /// Arguments that few classes take, with ", " between them.
    std::string_view takes = {};
};

/// All that are served.
inline constexpr std::array scheduler_classes{
    scheduler_class{"DDIMScheduler", ddim_keys, plan_of_ddim},
    scheduler_class{"DDIMParallelScheduler", ddim_keys, plan_of_ddim},
    scheduler_class{"DDPMScheduler", ddpm_keys, plan_of_ddpm},
    scheduler_class{"DDPMParallelScheduler", ddpm_keys, plan_of_ddpm},
    scheduler_class{"EulerDiscreteScheduler", euler_keys, plan_of_euler},
    scheduler_class{"EulerAncestralDiscreteScheduler", euler_ancestral_keys,
                    plan_of_euler_ancestral},
    scheduler_class{"HeunDiscreteScheduler", heun_keys, plan_of_heun},
    scheduler_class{"LMSDiscreteScheduler", lms_keys, plan_of_lms},
    scheduler_class{"KDPM2DiscreteScheduler", kdpm2_keys, plan_of_kdpm2},
    scheduler_class{"KDPM2AncestralDiscreteScheduler", kdpm2_keys, plan_of_kdpm2_ancestral},
    scheduler_class{"EDMEulerScheduler", edm_euler_keys, plan_of_edm_euler},
    scheduler_class{"EDMDPMSolverMultistepScheduler", edm_dpm_solver_keys, plan_of_edm_dpm_solver},
    scheduler_class{"CMStochasticIterativeScheduler", consistency_keys, plan_of_consistency},
    scheduler_class{"IPNDMScheduler", ipndm_keys, plan_of_ipndm},
    scheduler_class{"ScoreSdeVeScheduler", score_sde_ve_keys, plan_of_score_sde_ve},
    scheduler_class{"DPMSolverSDEScheduler", dpm_solver_sde_keys, plan_of_dpm_solver_sde},
    scheduler_class{"CosineDPMSolverMultistepScheduler", cosine_dpm_solver_keys,
                    plan_of_cosine_dpm_solver},
    scheduler_class{"FlowMatchEulerDiscreteScheduler", flow_match_euler_keys,
                    plan_of_flow_match_euler, "image_seq_len"},
    scheduler_class{"FlowMatchHeunDiscreteScheduler", flow_match_heun_keys,
                    plan_of_flow_match_heun},
    scheduler_class{"FlowMatchLCMScheduler", flow_match_lcm_keys, plan_of_flow_match_lcm,
                    "image_seq_len"},
    scheduler_class{"LTXEulerAncestralRFScheduler", ltx_euler_ancestral_keys,
                    plan_of_ltx_euler_ancestral, "image_seq_len"},
    scheduler_class{"DDPMWuerstchenScheduler", ddpm_wuerstchen_keys, plan_of_ddpm_wuerstchen},
    scheduler_class{"LCMScheduler", few_step_keys, plan_of_lcm, "original_inference_steps"},
    scheduler_class{"TCDScheduler", few_step_keys, plan_of_tcd, "original_inference_steps"},
    scheduler_class{"SCMScheduler", scm_keys, plan_of_scm, "max_timesteps, intermediate_timesteps"},
    scheduler_class{"DDIMInverseScheduler", ddim_inverse_keys, plan_of_ddim_inverse},
    scheduler_class{"RePaintScheduler", repaint_keys, plan_of_repaint,
                    "jump_length, jump_n_sample"},
    scheduler_class{"UnCLIPScheduler", unclip_keys, plan_of_unclip},
    scheduler_class{"CogVideoXDDIMScheduler", cogvideox_keys, plan_of_cogvideox_ddim},
    scheduler_class{"CogVideoXDPMScheduler", cogvideox_keys, plan_of_cogvideox_dpm},
    scheduler_class{"ConsistencyDecoderScheduler", consistency_decoder_keys,
                    plan_of_consistency_decoder},
    scheduler_class{"DPMSolverMultistepScheduler", dpm_multistep_keys, plan_of_dpm_multistep},
    scheduler_class{"DPMSolverMultistepInverseScheduler", dpm_multistep_inverse_keys,
                    plan_of_dpm_multistep_inverse},
    scheduler_class{"DPMSolverSinglestepScheduler", dpm_singlestep_keys, plan_of_dpm_singlestep},
    scheduler_class{"DEISMultistepScheduler", deis_keys, plan_of_deis},
    scheduler_class{"PNDMScheduler", pndm_keys, plan_of_pndm},
    scheduler_class{"SASolverScheduler", sa_solver_keys, plan_of_sa_solver},
    scheduler_class{"UniPCMultistepScheduler", unipc_keys, plan_of_unipc},
};

/// Classes that are not served, each with the reason.
inline constexpr std::string_view of_tokens = "it samples tokens, which are no numbers";
inline constexpr std::string_view of_one_model = "its steps are those of one model's pipeline";
inline constexpr std::array<std::pair<std::string_view, std::string_view>, 13> classes_refused{{
    {"AmusedScheduler", of_tokens},
    {"BlockRefinementScheduler", of_tokens},
    {"DiscreteDDIMScheduler", of_tokens},
    {"EntropyBoundScheduler", of_tokens},
    {"VQDiffusionScheduler", of_tokens},
    {"FlowMapEulerDiscreteScheduler",
     "its networks take the time of a step's end, too, and a network here takes one time"},
    {"HeliosDMDScheduler", of_one_model},
    {"HeliosScheduler", of_one_model},
    {"KarrasVeScheduler",
     "diffusers has retired it; what it did is fokker::heun, with its churn, on "
     "fokker::karras(..)"},
    {"MiniMaxH3Scheduler", of_one_model},
    {"PiflowScheduler", of_one_model},
    {"RFD4ProteinaScheduler", of_one_model},
    {"ScoreSdeVpScheduler",
     "diffusers has retired it; what it did is fokker::euler_maruyama on a fokker::vp_path"},
}};

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
        for (const auto& [refused, reason] : classes_refused)
            if (refused == name)
                detail::refuse("the scheduler class '", name, "' is not served: ", reason,
                               ". Served are: ", std::string_view(all));
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
