/// The steps of the catalogue's solvers, for the compiled form: each is compiled once in the
/// library.
#pragma once

#include <fokker/catalogue/ancestral.hpp>
#include <fokker/catalogue/few_step.hpp>
#include <fokker/catalogue/multistep.hpp>
#include <fokker/catalogue/sde.hpp>
#include <fokker/catalogue/singlestep.hpp>
#include <fokker/compiled.hpp>
#include <fokker/core/solver_walk.hpp>
#include <fokker/target.hpp>

#ifdef FOKKER_TEMPLATE

namespace fokker::inline FOKKER_TARGET::core {

FOKKER_TEMPLATE void take_step(const ddim&, solver_walk<ddim>&);
FOKKER_TEMPLATE void take_step(const euler&, solver_walk<euler>&);
FOKKER_TEMPLATE void take_step(const heun&, solver_walk<heun>&);
FOKKER_TEMPLATE void take_step(const flow_heun&, solver_walk<flow_heun>&);
FOKKER_TEMPLATE void take_step(const dpm2&, solver_walk<dpm2>&);
FOKKER_TEMPLATE void take_step(const dpm_solver_2&, solver_walk<dpm_solver_2>&);
FOKKER_TEMPLATE void take_step(const dpm_solver_3&, solver_walk<dpm_solver_3>&);
FOKKER_TEMPLATE void take_step(const dpm_solver_fast&, solver_walk<dpm_solver_fast>&);
FOKKER_TEMPLATE void take_step(const dpm_solver_adaptive<2>&, solver_walk<dpm_solver_adaptive<2>>&);
FOKKER_TEMPLATE void take_step(const dpm_solver_adaptive<3>&, solver_walk<dpm_solver_adaptive<3>>&);
FOKKER_TEMPLATE void take_step(const dpm_solver_pp_2s&, solver_walk<dpm_solver_pp_2s>&);
FOKKER_TEMPLATE void take_step(const dpm_solver_pp_3s&, solver_walk<dpm_solver_pp_3s>&);
FOKKER_TEMPLATE void take_step(const res_2s&, solver_walk<res_2s>&);
FOKKER_TEMPLATE void take_step(const krogstad&, solver_walk<krogstad>&);
FOKKER_TEMPLATE void take_step(const rk4&, solver_walk<rk4>&);
FOKKER_TEMPLATE void take_step(const flow_rk4&, solver_walk<flow_rk4>&);
FOKKER_TEMPLATE void take_step(const dormand_prince&, solver_walk<dormand_prince>&);
FOKKER_TEMPLATE void take_step(const asynchronous_leapfrog&, solver_walk<asynchronous_leapfrog>&);
FOKKER_TEMPLATE void take_step(const reversible_heun&, solver_walk<reversible_heun>&);
FOKKER_TEMPLATE void take_step(const bdia&, solver_walk<bdia>&);
FOKKER_TEMPLATE void take_step(const ddim_inversion&, solver_walk<ddim_inversion>&);
FOKKER_TEMPLATE void take_step(const dpm_solver_2m&, solver_walk<dpm_solver_2m>&);
FOKKER_TEMPLATE void take_step(const published_dpm_solver_3m&,
                               solver_walk<published_dpm_solver_3m>&);
FOKKER_TEMPLATE void take_step(const dpm_solver_pp_2m&, solver_walk<dpm_solver_pp_2m>&);
FOKKER_TEMPLATE void take_step(const dpm_solver_pp_3m<>&, solver_walk<dpm_solver_pp_3m<>>&);
FOKKER_TEMPLATE void take_step(const published_dpm_solver_pp_3m&,
                               solver_walk<published_dpm_solver_pp_3m>&);
FOKKER_TEMPLATE void take_step(const res_multistep&, solver_walk<res_multistep>&);
FOKKER_TEMPLATE void take_step(const deis<2>&, solver_walk<deis<2>>&);
FOKKER_TEMPLATE void take_step(const deis<3>&, solver_walk<deis<3>>&);
FOKKER_TEMPLATE void take_step(const deis_in_time<3>&, solver_walk<deis_in_time<3>>&);
FOKKER_TEMPLATE void take_step(const lms<2>&, solver_walk<lms<2>>&);
FOKKER_TEMPLATE void take_step(const lms<4>&, solver_walk<lms<4>>&);
FOKKER_TEMPLATE void take_step(const ipndm<2>&, solver_walk<ipndm<2>>&);
FOKKER_TEMPLATE void take_step(const ipndm<4>&, solver_walk<ipndm<4>>&);
FOKKER_TEMPLATE void take_step(const pndm&, solver_walk<pndm>&);
FOKKER_TEMPLATE void take_step(const published_pndm<>&, solver_walk<published_pndm<>>&);
FOKKER_TEMPLATE void take_step(const gradient_estimation&, solver_walk<gradient_estimation>&);
FOKKER_TEMPLATE void take_step(const unipc<2>&, solver_walk<unipc<2>>&);
FOKKER_TEMPLATE void take_step(const unipc<3>&, solver_walk<unipc<3>>&);
FOKKER_TEMPLATE void take_step(const ddpm&, solver_walk<ddpm>&);
FOKKER_TEMPLATE void take_step(const euler_ancestral&, solver_walk<euler_ancestral>&);
FOKKER_TEMPLATE void take_step(const dpm2_ancestral&, solver_walk<dpm2_ancestral>&);
FOKKER_TEMPLATE void take_step(const dpm_solver_pp_2s_ancestral&,
                               solver_walk<dpm_solver_pp_2s_ancestral>&);
FOKKER_TEMPLATE void take_step(const res_multistep_ancestral&,
                               solver_walk<res_multistep_ancestral>&);
FOKKER_TEMPLATE void take_step(const dpm_solver_pp_sde&, solver_walk<dpm_solver_pp_sde>&);
FOKKER_TEMPLATE void take_step(const ddpm_learned&, solver_walk<ddpm_learned>&);
FOKKER_TEMPLATE void take_step(const euler_cfg_pp&, solver_walk<euler_cfg_pp>&);
FOKKER_TEMPLATE void take_step(const euler_ancestral_cfg_pp&, solver_walk<euler_ancestral_cfg_pp>&);
FOKKER_TEMPLATE void take_step(const published_dpm_solver_pp_2s_ancestral_cfg_pp&,
                               solver_walk<published_dpm_solver_pp_2s_ancestral_cfg_pp>&);
FOKKER_TEMPLATE void take_step(const dpm_solver_pp_2m_cfg_pp&,
                               solver_walk<dpm_solver_pp_2m_cfg_pp>&);
FOKKER_TEMPLATE void take_step(const res_multistep_cfg_pp&, solver_walk<res_multistep_cfg_pp>&);
FOKKER_TEMPLATE void take_step(const gradient_estimation_cfg_pp&,
                               solver_walk<gradient_estimation_cfg_pp>&);
FOKKER_TEMPLATE void take_step(const analytic_ddpm&, solver_walk<analytic_ddpm>&);
FOKKER_TEMPLATE void take_step(const analytic_ddim&, solver_walk<analytic_ddim>&);
FOKKER_TEMPLATE void take_step(const extended_analytic_ddpm&, solver_walk<extended_analytic_ddpm>&);
FOKKER_TEMPLATE void take_step(const extended_analytic_ddim&, solver_walk<extended_analytic_ddim>&);
FOKKER_TEMPLATE void take_step(const sde_dpm_solver_pp<2>&, solver_walk<sde_dpm_solver_pp<2>>&);
FOKKER_TEMPLATE void take_step(const sde_dpm_solver_pp<3>&, solver_walk<sde_dpm_solver_pp<3>>&);
FOKKER_TEMPLATE void take_step(const published_sde_dpm_solver_pp_2m&,
                               solver_walk<published_sde_dpm_solver_pp_2m>&);
FOKKER_TEMPLATE void take_step(const published_sde_dpm_solver_pp_3m&,
                               solver_walk<published_sde_dpm_solver_pp_3m>&);
FOKKER_TEMPLATE void take_step(const sa_solver<2, 2>&, solver_walk<sa_solver<2, 2>>&);
FOKKER_TEMPLATE void take_step(const sa_solver_pece<2, 2>&, solver_walk<sa_solver_pece<2, 2>>&);
FOKKER_TEMPLATE void take_step(const published_sa_solver&, solver_walk<published_sa_solver>&);
FOKKER_TEMPLATE void take_step(const seeds<2>&, solver_walk<seeds<2>>&);
FOKKER_TEMPLATE void take_step(const seeds<3>&, solver_walk<seeds<3>>&);
FOKKER_TEMPLATE void take_step(const er_sde<3>&, solver_walk<er_sde<3>>&);
FOKKER_TEMPLATE void take_step(const euler_maruyama&, solver_walk<euler_maruyama>&);
FOKKER_TEMPLATE void take_step(const stochastic_heun&, solver_walk<stochastic_heun>&);
FOKKER_TEMPLATE void take_step(const predictor_corrector&, solver_walk<predictor_corrector>&);
FOKKER_TEMPLATE void take_step(const consistency_sampler&, solver_walk<consistency_sampler>&);
FOKKER_TEMPLATE void take_step(const tcd&, solver_walk<tcd>&);
FOKKER_TEMPLATE void take_step(const gamma_sampler&, solver_walk<gamma_sampler>&);

}  // namespace fokker::core

#endif
