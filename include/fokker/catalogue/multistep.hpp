/// The catalogue of solvers of the probability-flow ODE with a history. A new solver is one line.
#pragma once

#include <fokker/catalogue/named_solver.hpp>
#include <fokker/solver/adams.hpp>
#include <fokker/solver/deis_in_time.hpp>
#include <fokker/solver/dpm_solver_pp.hpp>
#include <fokker/solver/exponential_multistep.hpp>
#include <fokker/solver/pndm.hpp>
#include <fokker/solver/published_dpm_solver.hpp>
#include <fokker/solver/published_pndm.hpp>
#include <fokker/solver/unipc.hpp>
#include <fokker/target.hpp>

namespace fokker::inline FOKKER_TARGET::detail {

/// Calls f with each of them.
template <class F>
void for_each_named_multistep_solver(F&& f) {
    f(named_solver<dpm_solver_2m>{"dpm-solver-2m", "dpm_solver_2m", 2,
                                  "Lu et al. 2022 (DPM-Solver++)"});
    f(named_solver<published_dpm_solver_3m>{"dpm-solver-3m-published", "published_dpm_solver_3m", 2,
                                            "Lu et al. 2022 (DPM-Solver++)"});
    f(named_solver<dpm_solver_pp_2m>{"dpm++2m", "dpm_solver_pp_2m", 2,
                                     "Lu et al. 2022 (DPM-Solver++)"});
    f(named_solver<dpm_solver_pp_3m<>>{"dpm++3m", "dpm_solver_pp_3m<>", 2,
                                       "Lu et al. 2022 (DPM-Solver++)"});
    f(named_solver<published_dpm_solver_pp_3m>{"dpm++3m-published", "published_dpm_solver_pp_3m", 2,
                                               "Lu et al. 2022 (DPM-Solver++)"});
    f(named_solver<res_multistep>{"res-multistep", "res_multistep", 2, "Zhang et al. 2023"});
    f(named_solver<deis<2>>{"deis", "deis<2>", 2, "Zhang & Chen 2023"});
    f(named_solver<deis<3>>{"deis3", "deis<3>", 2, "Zhang & Chen 2023"});
    f(named_solver<deis_in_time<3>>{"deis3-time", "deis_in_time<3>", 2, "Zhang & Chen 2023"});
    f(named_solver<lms<2>>{"lms2", "lms<2>", 2, "Zhang & Chen 2023"});
    f(named_solver<lms<4>>{"lms", "lms<4>", 2, "Zhang & Chen 2023"});
    f(named_solver<ipndm<2>>{"ipndm2", "ipndm<2>", 2, "Zhang & Chen 2023"});
    f(named_solver<ipndm<4>>{"ipndm", "ipndm<4>", 2, "Zhang & Chen 2023"});
    f(named_solver<pndm>{"pndm", "pndm", 2, "Liu et al. 2022"});
    f(named_solver<published_pndm<>>{"pndm-published", "published_pndm<>", 2, "Liu et al. 2022"});
    f(named_solver<gradient_estimation>{"gradient-estimation", "gradient_estimation", 1,
                                        "Permenter & Yuan 2024"});
    f(named_solver<unipc<2>>{"unipc", "unipc<2>", 3, "Zhao et al. 2023"});
    f(named_solver<unipc<2>>{"unipc-bh1",
                             "unipc<2>{.variant = unipc_variant::bh1}",
                             3,
                             "Zhao et al. 2023",
                             {.variant = unipc_variant::bh1}});
    f(named_solver<unipc<2>>{"unipc-bh2",
                             "unipc<2>{.variant = unipc_variant::bh2}",
                             3,
                             "Zhao et al. 2023",
                             {.variant = unipc_variant::bh2}});
    f(named_solver<unipc<3>>{"unipc3", "unipc<3>", 3, "Zhao et al. 2023"});
}

}  // namespace fokker::detail
