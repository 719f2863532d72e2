/// Every solver of the library, once for each way in which it runs. A new solver is one line here.
#pragma once

#include <cstddef>

#include <fokker/fokker.hpp>

/// Calls visit(name, solver, arrays) for each; `arrays` is how many arrays of the state's size its
/// sweeps read or write in a step.
template <class Visit>
void for_each_solver(const Visit& visit) {
    using namespace fokker;
    const auto add = [&](const char* name, auto solver, std::size_t arrays) {
        visit(name, solver, arrays);
    };
    // Moments of a made-up network; what they are does not matter to the time.
    const analytic_variance variance{.gamma = {{0.0, 999.0}, {0.5, 0.9}}, .data_radius = 1.0};

    add("ddim", ddim{}, 3);
    add("ddim eta=1", ddim{.eta = 1.0}, 3);
    add("ddpm", ddpm{}, 3);
    add("analytic_ddim", analytic_ddim{.variance = variance}, 3);
    add("analytic_ddpm", analytic_ddpm{.variance = variance}, 3);
    add("euler", euler{}, 3);
    add("euler churn", euler{.s_churn = 40}, 5);
    add("heun", heun{}, 8);
    add("heun churn", heun{.s_churn = 40}, 10);
    add("dpm_solver_pp_2m", dpm_solver_pp_2m{}, 5);
}
