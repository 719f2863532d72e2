/// The catalogue of solvers of the reverse SDE. A new solver is one line.
#pragma once

#include <fokker/catalogue/named_solver.hpp>
#include <fokker/solver/dpm_solver_sde.hpp>
#include <fokker/solver/er_sde.hpp>
#include <fokker/solver/predictor_corrector.hpp>
#include <fokker/solver/published_sa_solver.hpp>
#include <fokker/solver/published_sde_dpm_solver.hpp>
#include <fokker/solver/reverse_sde.hpp>
#include <fokker/solver/sa_solver.hpp>
#include <fokker/solver/sa_solver_pece.hpp>
#include <fokker/solver/seeds.hpp>
#include <fokker/target.hpp>

namespace fokker::inline FOKKER_TARGET::detail {

/// Calls f with each of them.
template <class F>
void for_each_named_sde_solver(F&& f) {
    f(named_solver<sde_dpm_solver_pp<2>>{"dpm++2m-sde", "sde_dpm_solver_pp<2>", 2,
                                         "Lu et al. 2022 (DPM-Solver++)"});
    f(named_solver<sde_dpm_solver_pp<3>>{"dpm++3m-sde", "sde_dpm_solver_pp<3>", 2,
                                         "Lu et al. 2022 (DPM-Solver++)"});
    f(named_solver<published_sde_dpm_solver_pp_2m>{"dpm++2m-sde-published",
                                                   "published_sde_dpm_solver_pp_2m", 2,
                                                   "Lu et al. 2022 (DPM-Solver++)"});
    f(named_solver<published_sde_dpm_solver_pp_3m>{"dpm++3m-sde-published",
                                                   "published_sde_dpm_solver_pp_3m", 2,
                                                   "Crowson 2022 (k-diffusion)"});
    f(named_solver<sa_solver<2, 2>>{"sa-solver", "sa_solver<2, 2>", 2, "Xue et al. 2023"});
    f(named_solver<sa_solver_pece<2, 2>>{"sa-solver-pece", "sa_solver_pece<2, 2>", 2,
                                         "Xue et al. 2023"});
    f(named_solver<published_sa_solver>{"sa-solver-published", "published_sa_solver", 0,
                                        "Xue et al. 2023"});
    f(named_solver<seeds<2>>{"seeds2", "seeds<2>", 2, "Gonzalez et al. 2023"});
    f(named_solver<seeds<3>>{"seeds3", "seeds<3>", 3, "Gonzalez et al. 2023"});
    f(named_solver<er_sde<3>>{"er-sde", "er_sde<3>", 0, "Cui et al. 2023"});
    f(named_solver<euler_maruyama>{"euler-maruyama", "euler_maruyama", 1, "Song et al. 2021"});
    f(named_solver<stochastic_heun>{"stochastic-heun", "stochastic_heun", 2,
                                    "Kloeden & Platen 1992"});
    f(named_solver<predictor_corrector>{"predictor-corrector", "predictor_corrector", 0,
                                        "Song et al. 2021"});
}

}  // namespace fokker::detail
