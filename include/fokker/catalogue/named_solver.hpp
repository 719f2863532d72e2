/// A solver with the name under which users ask for it, and what is known of it.
#pragma once

#include <string_view>

#include <fokker/core/network_call.hpp>
#include <fokker/core/slots.hpp>
#include <fokker/core/solver_walk.hpp>
#include <fokker/error.hpp>
#include <fokker/model/second_output.hpp>
#include <fokker/path/grid.hpp>
#include <fokker/solver/solver.hpp>
#include <fokker/target.hpp>

namespace fokker::inline FOKKER_TARGET {

namespace detail {

/// Whether noise can be switched on and off by this member alone.
template <solver Solver, class Option>
bool switched_by(Solver method, Option Solver::*option) {
    method.*option = 0.0;
    const bool without = detail::is_stochastic(method);
    method.*option = 1.0;
    return !without && detail::is_stochastic(method);
}

}  // namespace detail

/// An entry of the catalogue. What is typed in are the first four members; the functions ask the
/// solver, with its options as they are in `solver` now.
template <solver Solver>
struct named_solver {
    using solver_type = Solver;

    std::string_view name = {};  ///< after those of other programs, such as "dpm++2m"
    std::string_view spelling =
        {};  ///< in C++, such as "unipc<2>"; empty: it goes by its name alone
    /// Of convergence on fine grids, of the ODE solver that it is, or would be without its noise
    /// (eta = 0, tau = 0). What first steps of low order lose counts: lms<4> has 2 here, and 4 with
    /// multistep_start::one_step. 0: it solves no ODE.
    int order = 0;
    std::string_view reference = {};  ///< authors and year
    Solver solver = {};               ///< with usual options; change them before use

    /// Whether `text` is its name or its spelling.
    bool is_called(std::string_view text) const {
        return text == name || (text == spelling && !spelling.empty());
    }

    /// Network calls in a step after the start; 0: a tolerance decides.
    int evaluations() const { return detail::evaluations_in_step(solver); }
    /// The same for any step, where a first one takes more.
    int most_evaluations() const {
        return evaluations() < Solver::evaluations && evaluations() > 0 ? Solver::evaluations
                                                                        : evaluations();
    }
    /// Whether its steps are as long as a tolerance allows, and the grid's are only where they end.
    bool adaptive() const { return evaluations() == 0; }

    /// Predictions of earlier steps that it reads, scratch states, states that survive a step.
    static constexpr int history() { return Solver::history; }
    static constexpr int stages() { return static_cast<int>(detail::stages_of<Solver>()); }
    static constexpr int memories() { return static_cast<int>(detail::memories_of<Solver>()); }
    /// Arrays of the state's size that a run makes beside the state, with a network of one output
    /// that is not bounded. A memory is two of them, and three where parts may be rejected.
    static constexpr int arrays() {
        return core::slot_plan(core::facts_of<Solver>(core::bounding::none, 0)).preview - 1;
    }

    /// Whether it draws noise in its steps.
    bool stochastic() const { return detail::is_stochastic(solver); }
    /// The member that makes it stochastic where it is positive: "eta", "s_churn", "tau", "gamma",
    /// or nothing where no member does.
    std::string_view noise_option() const {
        std::string_view found;
        if constexpr (requires { &Solver::eta; })
            if (detail::switched_by(solver, &Solver::eta)) found = "eta";
        if constexpr (requires { &Solver::s_churn; })
            if (detail::switched_by(solver, &Solver::s_churn)) found = "s_churn";
        if constexpr (requires { &Solver::tau; })
            if (detail::switched_by(solver, &Solver::tau)) found = "tau";
        if constexpr (requires { &Solver::gamma; })
            if (detail::switched_by(solver, &Solver::gamma)) found = "gamma";
        return found;
    }

    /// Whether it walks from data to noise, on reversed grids.
    static constexpr bool inverts() { return detail::is_inversion<Solver>(); }

    /// Whether it walks with a network of two knots (flow_map), if its options allow it.
    static constexpr bool takes_flow_maps() { return detail::takes_flow_maps<Solver>; }

    /// Whether it refuses a grid that was made by hand, without a path.
    bool needs_path() const {
        if constexpr (requires(const grid& walk) { solver.check(walk); }) {
            try {
                solver.check(grid{{2.0, 0.5, 1.0}, {1.0, 0.8, 0.6}});
            } catch (const detail::no_path&) { return true; } catch (const error&) {
                return false;  // of an option, such as one that is to be set first
            }
        }
        return false;
    }

    /// Whether it can use a network whose second output is of this kind, and whether it must have
    /// one.
    bool reads(second_output kind) const {
        if constexpr (detail::reads_second_output<Solver>)
            return solver.reads(kind);
        else
            return kind == second_output::none;
    }
    bool needs_second_output() const { return !reads(second_output::none); }
};

}  // namespace fokker
