/// All scheduler classes: those that are served, and why the others are not.
#pragma once

#include <array>
#include <span>
#include <string_view>
#include <utility>

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
#include <fokker/adapt/diffusers/classes/flow_map_euler.hpp>
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
#include <fokker/adapt/diffusers/detail.hpp>
#include <fokker/adapt/diffusers/key.hpp>
#include <fokker/adapt/diffusers/plan.hpp>
#include <fokker/adapt/diffusers/settings.hpp>
#include <fokker/adapt/diffusers/timesteps.hpp>
#include <fokker/target.hpp>

namespace fokker::inline FOKKER_TARGET::diffusers::detail {

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
    scheduler_class{"FlowMapEulerDiscreteScheduler", flow_map_euler_keys, plan_of_flow_map_euler},
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
inline constexpr std::array<std::pair<std::string_view, std::string_view>, 12> classes_refused{{
    {"AmusedScheduler", of_tokens},
    {"BlockRefinementScheduler", of_tokens},
    {"DiscreteDDIMScheduler", of_tokens},
    {"EntropyBoundScheduler", of_tokens},
    {"VQDiffusionScheduler", of_tokens},
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

}  // namespace fokker::diffusers::detail
