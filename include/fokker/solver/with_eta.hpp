/// An eta that changes from step to step, for every solver that has one.
#pragma once

#include <concepts>
#include <cstddef>
#include <type_traits>
#include <utility>

#include <fokker/error.hpp>
#include <fokker/finite.hpp>
#include <fokker/model/second_output.hpp>
#include <fokker/path/grid.hpp>
#include <fokker/path/knot.hpp>
#include <fokker/solver/solver.hpp>
#include <fokker/target.hpp>

namespace fokker::inline FOKKER_TARGET {

namespace detail {

namespace types {

/// The solver, whose eta is in each step what the function says.
template <solver Solver, class Eta>
class solver_with_eta {
public:
    static constexpr int history = Solver::history;
    static constexpr int evaluations = Solver::evaluations;
    static constexpr int stages = static_cast<int>(stages_of<Solver>());
    static constexpr int memories = static_cast<int>(memories_of<Solver>());
    static constexpr bool tries_parts = detail::tries_parts<Solver>();
    static constexpr bool starts_from_memories = detail::starts_from_memories<Solver>();

    solver_with_eta(Solver method, Eta eta) : inner_(std::move(method)), eta_(std::move(eta)) {}

    int evaluations_in_step() const { return detail::evaluations_in_step(inner_); }
    /// A function is not asked.
    bool stochastic() const { return true; }
    bool takes_sample_parts() const { return detail::takes_sample_parts(inner_); }
    bool reads(second_output kind) const
        requires reads_second_output<Solver>
    {
        return inner_.reads(kind);
    }
    std::size_t map_elements() const
        requires requires(const Solver& s) { s.map_elements(); }
    {
        return inner_.map_elements();
    }

    void check(const grid& walk) const {
        for (int i = 0; i < walk.steps(); ++i) {
            if (walk.is_jump(i)) continue;
            const auto at = static_cast<std::size_t>(i);
            const Solver method = in_step(walk[at], walk[at + 1]);
            require(is_finite(method.eta) && method.eta >= 0, "eta is ", method.eta,
                    " in the step from t = ", walk[at].t, "; it must be finite and not negative");
            if constexpr (requires { method.check(walk); }) method.check(walk);
        }
    }

    void step(auto& run) const {
        const auto [s, t] = run.interval();
        in_step(s, t).step(run);
    }

private:
    Solver in_step(const knot& s, const knot& t) const {
        Solver method = inner_;
        method.eta = eta_(s, t);
        return method;
    }

    Solver inner_;
    Eta eta_;
};

}  // namespace types
using types::solver_with_eta;

}  // namespace detail

/// The solver with an eta for each step: with_eta(euler_ancestral{}, [](const knot& s, const knot&
/// t) { return t.sigma > 0.5 ? 1.0 : 0.0; }), where a step goes from s to t. For every solver with
/// a number `eta`, of the library or your own; it is copied in each step. A method that looks back
/// takes the step's eta for earlier ones, too. Throws fokker::error on an eta that the solver
/// refuses, in any step of the walk, before the network is called.
template <solver Solver, class Eta>
    requires std::is_invocable_r_v<double, const Eta&, const knot&, const knot&>
auto with_eta(Solver method, Eta eta) {
    static_assert(
        requires {
            { method.eta } -> std::same_as<double&>;
        }, "fokker: with_eta sets a number `eta` in each step, and this solver has none");
    return detail::solver_with_eta<Solver, Eta>(std::move(method), std::move(eta));
}

}  // namespace fokker
