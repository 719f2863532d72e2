/// DPM-Solver in its noise form: Lu et al. 2022 (A Fast ODE Solver for Diffusion Probabilistic
/// Model Sampling in Around 10 Steps).
#pragma once

#include <fokker/solver/exponential_form.hpp>
#include <fokker/solver/singlestep.hpp>
#include <fokker/target.hpp>

namespace fokker::inline FOKKER_TARGET {

/// DPM-Solver-2. Lu et al. 2022, Algorithm 1, with its stage at r of the step in lambda (0.5).
/// Order 2; two evaluations a step, one from alpha = 0 and to sigma = 0; deterministic; any path,
/// and a grid that knows it. Throws fokker::error unless 0 < r < 1, and on
/// a step that falls by more than 1e8 in sigma / alpha.
using dpm_solver_2 = detail::one_stage_solver<detail::noise_form, detail::second_stage::midpoint>;

/// DPM-Solver-3. Lu et al. 2022, Algorithm 2, with its stages at r1 (1/3) and r2 (2/3). Order 3 (2
/// with another r2); three evaluations a step, one from alpha = 0 and to sigma = 0; deterministic;
/// any path, and a grid that knows it. Throws fokker::error unless 0 < r1 < r2 < 1, and
/// on a step that falls by more than 1e8 in sigma / alpha.
using dpm_solver_3 = detail::two_stage_solver<detail::noise_form>;

}  // namespace fokker
