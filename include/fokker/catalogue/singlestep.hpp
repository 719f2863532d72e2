/// The catalogue of single steps of the probability-flow ODE. A new solver is one line.
#pragma once

#include <fokker/catalogue/named_solver.hpp>
#include <fokker/solver/asynchronous_leapfrog.hpp>
#include <fokker/solver/bdia.hpp>
#include <fokker/solver/ddim.hpp>
#include <fokker/solver/ddim_inversion.hpp>
#include <fokker/solver/dormand_prince.hpp>
#include <fokker/solver/dpm2.hpp>
#include <fokker/solver/dpm_solver.hpp>
#include <fokker/solver/dpm_solver_adaptive.hpp>
#include <fokker/solver/dpm_solver_fast.hpp>
#include <fokker/solver/dpm_solver_pp_singlestep.hpp>
#include <fokker/solver/euler.hpp>
#include <fokker/solver/flow_heun.hpp>
#include <fokker/solver/heun.hpp>
#include <fokker/solver/krogstad.hpp>
#include <fokker/solver/reversible_heun.hpp>
#include <fokker/solver/runge_kutta.hpp>
#include <fokker/target.hpp>

namespace fokker::inline FOKKER_TARGET::detail {

/// Calls f with each of them. dpm_solver_fast wants its `calls` set, and a grid to match;
/// ddim_inversion a reversed grid.
template <class F>
void for_each_named_singlestep_solver(F&& f) {
    f(named_solver<ddim>{"ddim", "ddim", 1, "Song, Meng & Ermon 2021"});
    f(named_solver<euler>{"euler", "euler", 1, "Karras et al. 2022"});
    f(named_solver<heun>{"heun", "heun", 2, "Karras et al. 2022"});
    f(named_solver<flow_heun>{"heun-flow", "flow_heun", 2, "Liu et al. 2022 (Rectified flow)"});
    f(named_solver<dpm2>{"dpm2", "dpm2", 2, "Karras et al. 2022"});
    f(named_solver<dpm_solver_2>{"dpm-solver-2", "dpm_solver_2", 2, "Lu et al. 2022 (DPM-Solver)"});
    f(named_solver<dpm_solver_3>{"dpm-solver-3", "dpm_solver_3", 3, "Lu et al. 2022 (DPM-Solver)"});
    f(named_solver<dpm_solver_fast>{"dpm-fast", "dpm_solver_fast", 2,
                                    "Lu et al. 2022 (DPM-Solver)"});
    f(named_solver<dpm_solver_adaptive<2>>{"dpm-adaptive-2", "dpm_solver_adaptive<2>", 2,
                                           "Lu et al. 2022 (DPM-Solver)"});
    f(named_solver<dpm_solver_adaptive<3>>{"dpm-adaptive", "dpm_solver_adaptive<3>", 3,
                                           "Lu et al. 2022 (DPM-Solver)"});
    f(named_solver<dpm_solver_pp_2s>{"dpm++2s", "dpm_solver_pp_2s", 2,
                                     "Lu et al. 2022 (DPM-Solver++)"});
    f(named_solver<dpm_solver_pp_3s>{"dpm++3s", "dpm_solver_pp_3s", 3,
                                     "Lu et al. 2022 (DPM-Solver++)"});
    f(named_solver<res_2s>{"res-2s", "res_2s", 2, "Zhang et al. 2023"});
    f(named_solver<krogstad>{"krogstad", "krogstad", 4, "Krogstad 2005"});
    f(named_solver<rk4>{"rk4", "rk4", 4, "Kutta 1901"});
    f(named_solver<flow_rk4>{"rk4-flow", "flow_rk4", 4, "Kutta 1901"});
    f(named_solver<dormand_prince>{"dopri5", "dormand_prince", 5, "Dormand & Prince 1980"});
    f(named_solver<asynchronous_leapfrog>{"asynchronous-leapfrog", "asynchronous_leapfrog", 2,
                                          "Mutze 2013; Zhuang et al. 2021"});
    f(named_solver<reversible_heun>{"reversible-heun", "reversible_heun", 2, "Kidger et al. 2021"});
    f(named_solver<bdia>{"bdia", "bdia", 2, "Zhang, Lewis & Kleijn 2024"});
    f(named_solver<ddim_inversion>{"ddim-inversion", "ddim_inversion", 1,
                                   "Song, Meng & Ermon 2021; Pan et al. 2023"});
}

}  // namespace fokker::detail
