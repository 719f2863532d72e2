/// The walk as one solver sees it: what its type must say is asked by the compiler.
#pragma once

#include <cstddef>
#include <string>
#include <type_traits>
#include <utility>

#include <fokker/core/handle.hpp>
#include <fokker/core/network_call.hpp>
#include <fokker/core/slots.hpp>
#include <fokker/core/type_name.hpp>
#include <fokker/core/walk.hpp>
#include <fokker/error.hpp>
#include <fokker/kernel/array_shape.hpp>
#include <fokker/kernel/linear.hpp>
#include <fokker/kernel/squared.hpp>
#include <fokker/model/second_output.hpp>
#include <fokker/path/grid.hpp>
#include <fokker/path/knot.hpp>
#include <fokker/solver/solver.hpp>
#include <fokker/target.hpp>

FOKKER_MAY_SHADOW

namespace fokker::inline FOKKER_TARGET::core {

/// The facts of a run of this solver, for a model with these bounds and a network that is called
/// for so many outputs beside its prediction.
template <solver Solver>
constexpr run_facts facts_of(bounding bounds, int further) {
    return {Solver::history,
            Solver::evaluations,
            static_cast<int>(detail::stages_of<Solver>()),
            static_cast<int>(detail::memories_of<Solver>()),
            bounds,
            further,
            detail::tries_parts<Solver>(),
            detail::starts_from_memories<Solver>()};
}

namespace types {

/// Adds questions to the walk: every word that needs a fact of the solver's type refuses to compile
/// without it. And it knows what the outputs mean that a network has beside its prediction, of
/// which the walk knows only how many there are.
template <solver Solver>
class solver_walk : public walk {
    static_assert(Solver::history >= 0 && Solver::evaluations >= 1,
                  "fokker: a solver has history >= 0 and evaluations >= 1");
    static_assert(detail::memories_of<Solver>() <= 64, "fokker: a solver has at most 64 memories");

public:
    solver_walk(grid&& knots, const run_facts& facts, array_shape shape, std::size_t map_elements,
                second_output kind = second_output::none)
        : walk(std::move(knots), facts, shape, map_elements), kind_(kind) {}

    handle stage(int k) {
        static_assert(detail::stages_of<Solver>() > 0,
                      "fokker: stage(k) needs `static constexpr int stages` in the solver");
        return walk::stage(k);
    }
    handle memory(int k) {
        static_assert(detail::memories_of<Solver>() > 0,
                      "fokker: memory(k) needs `static constexpr int memories` in the solver");
        return walk::memory(k);
    }
    bool remembers() const {
        static_assert(detail::starts_from_memories<Solver>(),
                      "fokker: a solver that asks remembers() says so: give it static constexpr "
                      "bool starts_from_memories = true");
        return walk::remembers();
    }
    auto past(int k) const {
        static_assert(Solver::history > 0,
                      "fokker: past(k) needs `static constexpr int history` of at least k in the "
                      "solver");
        return walk::past(k);
    }
    void try_part() {
        require_tries();
        walk::try_part();
    }
    void reject_part() {
        require_tries();
        walk::reject_part();
    }

    /// What the network's second output is: none, or the kind that the model says.
    second_output second_kind() const { return kind_; }
    /// The second output of this step's last network call, as it came. Valid until the step ends.
    sum<1> second() const {
        require_reads();
        require_second("second()");
        return walk::further(0, "second()");
    }
    /// The data prediction without the condition, at the state and knot of this step's last network
    /// call, lazily linear and never bounded; of a network whose second output it is.
    expression unconditional() const {
        require_reads();
        constexpr const char* word = "unconditional()";
        require_second(word);
        const expression read = walk::further_data(0, word);
        detail::require(kind_ == second_output::unconditional, word,
                        " was asked for, and the network's second output is ",
                        detail::name_of(kind_));
        return read;
    }

    auto gaussian() {
        require_stochastic();
        return walk::gaussian();
    }
    auto gaussian(const knot& s, const knot& t) {
        require_stochastic();
        return walk::gaussian(s, t);
    }
    auto gaussian_with_variance(double constant, const auto& varying,
                                const kernel::variance_limits& limits = {}) {
        require_stochastic();
        using varying_type = decltype(1.0 * varying);
        static_assert(std::is_same_v<varying_type, sum<1>> ||
                          std::is_same_v<varying_type, kernel::excess<slot>>,
                      "fokker: the variance of a Gaussian comes from one array, as in a, b * "
                      "run.second(); assign a longer sum to a stage, and pass that");
        return walk::gaussian_with_variance(constant, 1.0 * varying, limits);
    }
    auto gaussian_with_log_variance(double constant, const auto& varying) {
        require_stochastic();
        static_assert(std::is_same_v<decltype(1.0 * varying), sum<1>>,
                      "fokker: the variance of a Gaussian comes from one array, as in a, b * "
                      "run.second(); assign a longer sum to a stage, and pass that");
        return walk::gaussian_with_log_variance(constant, 1.0 * varying);
    }
    auto gaussian_with_variance_map(const auto& variance) {
        require_stochastic();
        static_assert(
            requires(const Solver& solver) { solver.map_elements(); },
            "fokker: a solver with a map of variances says so: give it std::size_t map_elements() "
            "const, the elements of a sample");
        return walk::gaussian_with_variance_map(variance);
    }

private:
    static constexpr void require_reads() {
        static_assert(detail::reads_second_output<Solver>,
                      "fokker: a solver that reads the network's second output says so: give it "
                      "bool reads(fokker::second_output) const");
    }
    static constexpr void require_tries() {
        static_assert(detail::tries_parts<Solver>(),
                      "fokker: a solver that may reject a part of its step says so: give it "
                      "static constexpr bool tries_parts = true");
    }
    static constexpr void require_stochastic() {
        static_assert(
            requires(const Solver& solver) { solver.stochastic(); },
            "fokker: a solver that draws noise says so: give it bool stochastic() const");
    }

    void require_second(const char* word) const {
        detail::require(kind_ != second_output::none, word,
                        " was asked for, and the network has no second output");
    }

    second_output kind_;
};

}  // namespace types
using types::solver_walk;

/// One step of a solver. Not inlined: one compiled version, so that a step's bits do not depend on
/// who asks for it.
template <solver Solver>
FOKKER_NEVER_INLINE void take_step(const Solver& method, solver_walk<Solver>& w) {
    w.begin_step();
    do { method.step(w); } while (w.next_path());
    w.end_step();
}

/// What a run keeps of a walk, and what it asks of a solver: here the solver's type answers, for
/// any_solver the solver that it holds.
template <solver Solver>
class walk_holder {
public:
    static constexpr bool may_try_parts = detail::tries_parts<Solver>();

    static constexpr run_facts facts(const Solver&, bounding bounds, int further) {
        return facts_of<Solver>(bounds, further);
    }
    /// Slots of a run whose arrays live without the heap; 0: they are on it.
    static constexpr int fixed_slots(bounding bounds, int further) {
        return slot_plan(facts_of<Solver>(bounds, further)).count;
    }
    static constexpr bool tries_parts(const Solver&) { return may_try_parts; }
    static bool takes_sample_parts(const Solver& method) {
        return detail::takes_sample_parts(method);
    }
    static std::string type_of(const Solver&) { return detail::type_name<Solver>(); }

    walk_holder(const Solver&, grid&& knots, const run_facts& facts, array_shape shape,
                std::size_t map_elements, second_output kind)
        : walk_(std::move(knots), facts, shape, map_elements, kind) {}

    walk& base() { return walk_; }
    const walk& base() const { return walk_; }
    void take_step(const Solver& method) { core::take_step(method, walk_); }

private:
    solver_walk<Solver> walk_;
};

}  // namespace fokker::core

FOKKER_END_MAY_SHADOW
