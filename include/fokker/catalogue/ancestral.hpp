/// The catalogue of the ancestral process and its relatives. A new solver is one line.
#pragma once

#include <fokker/catalogue/named_solver.hpp>
#include <fokker/solver/analytic.hpp>
#include <fokker/solver/cfg_pp.hpp>
#include <fokker/solver/cfg_pp_multistep.hpp>
#include <fokker/solver/ddpm.hpp>
#include <fokker/solver/ddpm_learned.hpp>
#include <fokker/solver/dpm2.hpp>
#include <fokker/solver/dpm_solver_pp_sde.hpp>
#include <fokker/solver/euler_ancestral.hpp>
#include <fokker/solver/exponential_multistep.hpp>
#include <fokker/solver/extended_analytic.hpp>
#include <fokker/target.hpp>

namespace fokker::inline FOKKER_TARGET::detail {

/// Calls f with each of them. The analytic ones want the network's moments in `variance.gamma`, the
/// learned one, the extended ones and those of CFG++ a network with a second output.
template <class F>
void for_each_named_ancestral_solver(F&& f) {
    f(named_solver<ddpm>{"ddpm", "ddpm", 0, "Ho, Jain & Abbeel 2020"});
    f(named_solver<ddpm>{"ddpm-upper",
                         "ddpm{.variance = ddpm_variance::upper_bound}",
                         0,
                         "Ho, Jain & Abbeel 2020",
                         {.variance = ddpm_variance::upper_bound}});
    f(named_solver<euler_ancestral>{"euler-a", "euler_ancestral", 1, "Crowson 2022 (k-diffusion)"});
    f(named_solver<euler_ancestral>{"euler-a-flow",
                                    "euler_ancestral{.rule = ancestral_rule::flow}",
                                    1,
                                    "Crowson 2022 (k-diffusion)",
                                    {.rule = ancestral_rule::flow}});
    f(named_solver<dpm2_ancestral>{"dpm2-a", "dpm2_ancestral", 2, "Crowson 2022 (k-diffusion)"});
    f(named_solver<dpm_solver_pp_2s_ancestral>{"dpm++2s-a", "dpm_solver_pp_2s_ancestral", 2,
                                               "Crowson 2022 (k-diffusion)"});
    f(named_solver<res_multistep_ancestral>{"res-multistep-a", "res_multistep_ancestral", 2,
                                            "Zhang et al. 2023"});
    f(named_solver<dpm_solver_pp_sde>{"dpm++sde", "dpm_solver_pp_sde", 2,
                                      "Crowson 2022 (k-diffusion)"});
    f(named_solver<ddpm_learned>{"ddpm-learned", "ddpm_learned", 0, "Nichol & Dhariwal 2021"});
    f(named_solver<euler_cfg_pp>{"euler-cfg++", "euler_cfg_pp", 0, "Chung et al. 2024"});
    f(named_solver<euler_ancestral_cfg_pp>{"euler-a-cfg++", "euler_ancestral_cfg_pp", 0,
                                           "Chung et al. 2024"});
    f(named_solver<published_dpm_solver_pp_2s_ancestral_cfg_pp>{
        "dpm++2s-a-cfg++-published", "published_dpm_solver_pp_2s_ancestral_cfg_pp", 0,
        "ComfyUI 2024"});
    f(named_solver<dpm_solver_pp_2m_cfg_pp>{"dpm++2m-cfg++", "dpm_solver_pp_2m_cfg_pp", 0,
                                            "ComfyUI 2024"});
    f(named_solver<res_multistep_cfg_pp>{"res-multistep-cfg++", "res_multistep_cfg_pp", 0,
                                         "ComfyUI 2024"});
    f(named_solver<gradient_estimation_cfg_pp>{"gradient-estimation-cfg++",
                                               "gradient_estimation_cfg_pp", 0, "ComfyUI 2025"});
    f(named_solver<analytic_ddpm>{"analytic-ddpm", "analytic_ddpm", 0, "Bao et al. 2022"});
    f(named_solver<analytic_ddim>{"analytic-ddim", "analytic_ddim", 0, "Bao et al. 2022"});
    f(named_solver<extended_analytic_ddpm>{"extended-analytic-ddpm", "extended_analytic_ddpm", 0,
                                           "Bao et al. 2022"});
    f(named_solver<extended_analytic_ddim>{"extended-analytic-ddim", "extended_analytic_ddim", 0,
                                           "Bao et al. 2022"});
}

}  // namespace fokker::detail
