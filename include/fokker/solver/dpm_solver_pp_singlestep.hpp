/// DPM-Solver++ with stages, in its data form: Lu et al. 2022 (DPM-Solver++).
#pragma once

#include <fokker/solver/exponential_form.hpp>
#include <fokker/solver/singlestep.hpp>
#include <fokker/target.hpp>

namespace fokker::inline FOKKER_TARGET {

/// DPM-Solver++(2S). Lu et al. 2022 (DPM-Solver++), Algorithm 1, with its stage at r of the step in
/// lambda (0.5). Order 2; two evaluations a step, one from alpha = 0 and to sigma = 0;
/// deterministic; any path, and a grid that knows it. Throws fokker::error unless 0 < r < 1.
using dpm_solver_pp_2s =
    detail::one_stage_solver<detail::data_form, detail::second_stage::midpoint>;

/// DPM-Solver++(3S): DPM-Solver-3 in its data form, with its stages at r1 (1/3) and r2 (2/3). Order
/// 3 (2 with another r2); three evaluations a step, one from alpha = 0 and to sigma = 0;
/// deterministic; any path, and a grid that knows it. Throws fokker::error unless 0 < r1 < r2 < 1.
using dpm_solver_pp_3s = detail::two_stage_solver<detail::data_form>;

/// RES 2S: DPM-Solver++(2S) with the exact weights of exponential Runge-Kutta methods, whose c_2 is
/// r. Zhang et al. 2023 (Improved Order Analysis and Design of Exponential Integrator for Diffusion
/// Models Sampling). Order 2; two evaluations a step, one from alpha = 0 and to sigma = 0;
/// deterministic; any path, and a grid that knows it. Throws fokker::error unless 0 < r < 1.
using res_2s = detail::one_stage_solver<detail::data_form, detail::second_stage::exact>;

}  // namespace fokker
