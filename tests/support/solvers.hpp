/// The one list of solvers: every property test and the step benchmark run over all of them. A
/// new solver joins here.
#pragma once

#include <string>
#include <vector>

#include <fokker/moments.hpp>
#include <fokker/solver/analytic.hpp>
#include <fokker/solver/ddim.hpp>
#include <fokker/solver/ddpm.hpp>
#include <fokker/solver/dpm_solver_pp.hpp>
#include <fokker/solver/euler.hpp>
#include <fokker/solver/heun.hpp>

namespace fokker_test {

template <class Solver>
struct listed {
    std::string name;
    Solver solver;
    double order;                 // of the ODE solver; 0 for a stochastic one
    int arrays;                   // of the state's size, that its sweeps read or write in a step
    bool keeps_marginals = true;  // whether many fine steps reproduce the data's distribution
};

inline fokker::moments plain_moments(double gamma = 0.6) { return {{0.0, 1000.0}, {gamma, gamma}}; }

/// Calls f with every entry. The analytic ones have moments of no network, so they sample nothing
/// in particular.
template <class F>
void for_each_solver(const F& f) {
    using namespace fokker;
    const analytic_variance variance{.gamma = plain_moments()};
    f(listed<ddim>{"ddim", {.eta = 0.0}, 1.0, 3});
    f(listed<ddim>{"ddim{.eta = 0.5}", {.eta = 0.5}, 0.0, 3});
    f(listed<ddim>{"ddim{.eta = 1}", {.eta = 1.0}, 0.0, 3});
    f(listed<ddpm>{"ddpm", {}, 0.0, 3});
    f(listed<ddpm>{"ddpm{upper_bound}", {.variance = ddpm_variance::upper_bound}, 0.0, 3});
    f(listed<euler>{"euler", {}, 1.0, 3});
    f(listed<euler>{"euler{.s_churn = 20}", {.s_churn = 20.0}, 0.0, 5});
    f(listed<heun>{"heun", {}, 2.0, 8});
    f(listed<heun>{"heun{.s_churn = 20}", {.s_churn = 20.0}, 0.0, 10});
    f(listed<dpm_solver_pp_2m>{"dpm_solver_pp_2m", {}, 2.0, 5});
    f(listed<analytic_ddpm>{"analytic_ddpm", {.variance = variance}, 0.0, 3, false});
    f(listed<analytic_ddim>{
        "analytic_ddim{.eta = 0.5}", {.eta = 0.5, .variance = variance}, 0.0, 3, false});
}

template <class Solver>
bool is_stochastic(const Solver& s) {
    return fokker::detail::is_stochastic(s);
}

}  // namespace fokker_test
