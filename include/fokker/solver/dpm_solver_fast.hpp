/// DPM-Solver-fast: single steps of mixed orders for a given number of calls. Lu et al. 2022
/// (DPM-Solver), 3.4; with fresh noise as k-diffusion has it.
#pragma once

#include <fokker/error.hpp>
#include <fokker/path/grid.hpp>
#include <fokker/path/knot.hpp>
#include <fokker/solver/euler_ancestral.hpp>
#include <fokker/solver/exponential_form.hpp>
#include <fokker/solver/singlestep.hpp>
#include <fokker/target.hpp>

FOKKER_MAY_SHADOW

namespace fokker::inline FOKKER_TARGET {

/// Uses exactly `calls` network calls: steps of DPM-Solver-3, and of lower order at the end, on a
/// grid of fast_steps(calls) steps, which should be uniform_lambda down to the path's least noise.
/// Lu et al. 2022, 3.4. Order 2 as a whole, which is that of the last steps (the others have 3).
/// With eta > 0 a step goes to a cleaner knot, but not beyond the end of the walk, and fresh noise
/// leads back: k-diffusion's, 1 being the ancestral process. Stochastic if eta > 0; any path, and a
/// grid that knows it. Throws fokker::error on bad options, and if the grid has another number of
/// steps, or jumps.
struct dpm_solver_fast {
    static constexpr int history = 0;
    static constexpr int evaluations = 3;
    static constexpr int stages = 2;

    int calls = 0;
    double eta = 0.0;
    double s_noise = 1.0;

    detail::ancestral_options options() const { return {eta, s_noise}; }
    bool stochastic() const { return eta > 0; }

    /// Steps of the grid for this many calls.
    static int fast_steps(int calls) { return calls / 3 + 1; }

    void check(const grid& walk) const {
        options().check();
        walk.require_path();
        detail::require(calls >= 1, "dpm_solver_fast{.calls = ", calls,
                        "}: say how many network calls it may make");
        detail::require(walk.steps() == fast_steps(calls), "with ", calls,
                        " calls dpm_solver_fast takes a grid of ", fast_steps(calls),
                        " steps, and this one has ", walk.steps(),
                        "; see dpm_solver_fast::fast_steps");
        detail::require(walk.jumps() == 0,
                        "dpm_solver_fast shares its calls out over one descent, and the grid has "
                        "jumps; take dpm_solver_3");
    }

    void step(auto& run) const {
        const int left = run.steps() - run.index();
        const int order = calls % 3 == 0 ? (left > 2 ? 3 : left) : (left > 1 ? 3 : calls % 3);
        const auto [s, t] = run.interval();
        const knot down = detail::down_within_walk(run, options(), s, t);
        const auto end = [&, &noisy = t](auto& walk, const auto& mean) {
            detail::ancestral_noise(walk, mean, down, noisy, s_noise);
        };
        detail::at_order<3>(order, [&](auto p) {
            if (eta > 0)
                detail::singlestep_to<detail::noise_form, p>(run, down, end);
            else
                detail::singlestep<detail::noise_form, p>(run);
        });
    }
};

}  // namespace fokker

FOKKER_END_MAY_SHADOW
