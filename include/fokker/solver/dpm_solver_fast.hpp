/// DPM-Solver-fast: single steps of mixed orders for a given number of calls. Lu et al. 2022
/// (DPM-Solver), 3.4.
#pragma once

#include <fokker/error.hpp>
#include <fokker/path/grid.hpp>
#include <fokker/solver/exponential_form.hpp>
#include <fokker/solver/singlestep.hpp>
#include <fokker/target.hpp>

#if defined(__GNUC__)  // a global of the program's is not what a parameter of its name hides here
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wshadow"
#endif

namespace fokker::inline FOKKER_TARGET {

/// Uses exactly `calls` network calls: steps of DPM-Solver-3, and of lower order at the end, on a
/// grid of fast_steps(calls) steps, which should be uniform_lambda down to the path's least noise.
/// Lu et al. 2022, 3.4. Order 2 as a whole, which is that of the last steps (the others have 3);
/// deterministic; any path, and a grid that knows it. Throws fokker::error if the grid has another
/// number of steps, or jumps.
struct dpm_solver_fast {
    static constexpr int history = 0;
    static constexpr int evaluations = 3;
    static constexpr int stages = 2;

    int calls = 0;

    /// Steps of the grid for this many calls.
    static int fast_steps(int calls) { return calls / 3 + 1; }

    void check(const grid& walk) const {
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
        detail::at_order<3>(order, [&](auto p) { detail::singlestep<detail::noise_form, p>(run); });
    }
};

}  // namespace fokker

#if defined(__GNUC__)
#pragma GCC diagnostic pop
#endif
