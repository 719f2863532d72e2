// From an entry of the catalogue to a sampler of pictures.
#pragma once

#include <array>
#include <cmath>
#include <fokker/fokker.hpp>
#include <stdexcept>
#include <string>
#include <type_traits>

#include "samplers.hpp"

namespace fashion {

// visit(name, member...) for each option that this solver has; one value may set two members.
template <class Solver, class Visit>
void for_each_option(Solver& solver, const Visit& visit) {
    if constexpr (requires { solver.eta; }) visit("--eta", solver.eta);
    if constexpr (requires { solver.s_churn; }) visit("--churn", solver.s_churn);
    if constexpr (requires { solver.s_noise; }) visit("--s-noise", solver.s_noise);
    if constexpr (requires { solver.tau; }) visit("--tau", solver.tau);
    if constexpr (requires { solver.gamma; }) visit("--gamma", solver.gamma);
    if constexpr (requires { solver.snr; }) visit("--snr", solver.snr);
    if constexpr (requires { solver.corrections; }) visit("--corrections", solver.corrections);
    if constexpr (requires { solver.control.tolerated; })
        visit("--tolerance", solver.control.tolerated.absolute, solver.control.tolerated.relative);
}

template <class Number>
void set(const std::string& name, Number& member, double value) {
    if (std::is_integral_v<Number> && value != std::floor(value))
        throw std::invalid_argument(name + ": it takes a whole number");
    member = static_cast<Number>(value);
}

// The value of an option, which the catalogue's solvers have the same at every knot.
double value_of(const auto& member) {
    if constexpr (requires { member.at(fokker::knot{}); })
        return member.at(fokker::knot{});
    else
        return static_cast<double>(member);
}

template <class Solver>
sampler make_sampler(fokker::named_solver<Solver> entry, const solver_settings& settings) {
    sampler made;
    made.name = entry.name;
    made.spelling = entry.spelling;
    made.order = entry.order;
    made.calls = entry.adaptive() ? "-" : std::to_string(entry.evaluations());
    made.reads_residual =
        entry.needs_second_output() && entry.reads(fokker::second_output::residual_squared);
    if (entry.needs_second_output() && !made.reads_residual)
        made.refusal = "needs a second output that the network does not have";
    if (entry.inverts()) made.refusal = "walks from pictures to noise, and pictures are wanted";
    for_each_option(entry.solver, [&](const char* name, auto&... members) {
        const auto chosen = settings.options.find(name);
        if (chosen != settings.options.end()) (set(name, members, chosen->second), ...);
        made.options.push_back({name, std::array{value_of(members)...}[0]});
    });
    if constexpr (requires { entry.solver.variance.data_radius; }) {
        // Pictures lie in [-1, 1]. The last noise that is added is never taken away again, so it is
        // bounded to what the eye forgives: two grey levels, and one with DDIM's kernel.
        entry.solver.variance.data_radius = 1.0;
        entry.solver.variance.bounded_steps = 1;
        if constexpr (requires { entry.solver.eta; }) entry.solver.variance.bounded_to = 1.0;
    }
    if constexpr (requires { entry.solver.variance.gamma; })
        entry.solver.variance.gamma = settings.gamma;
    if constexpr (requires { entry.solver.calls; }) {
        entry.solver.calls = settings.steps;
        made.walk = walks::counted_calls;
    }
    if (entry.adaptive()) made.walk = walks::its_own_length;
    made.noise = entry.stochastic() ? "yes" : "no";
    made.method = entry.solver;
    return made;
}

}  // namespace fashion
