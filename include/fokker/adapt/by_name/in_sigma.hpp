/// Solvers that take a rectified flow for a walk with alpha = 1.
#pragma once

#include <cmath>
#include <limits>
#include <type_traits>
#include <utility>

#include <fokker/core/network_call.hpp>
#include <fokker/model/second_output.hpp>
#include <fokker/path/grid.hpp>
#include <fokker/path/knot.hpp>
#include <fokker/solver/solver.hpp>
#include <fokker/target.hpp>

FOKKER_MAY_SHADOW

namespace fokker::inline FOKKER_TARGET::by_name::detail {

using fokker::detail::grid_knot;

/// A knot of a flow as these programs take it.
inline grid_knot with_alpha_one(const knot& k) {
    return {{k.t, 1.0, k.sigma}, std::numeric_limits<double>::quiet_NaN()};
}
inline knot of_flow(const knot& k) { return {k.t, 1.0 - k.sigma, k.sigma}; }

/// What a solver sees of a run on a flow: the same states and data predictions at knots with
/// alpha = 1. On a flow dx / dsigma = (x - D) / sigma, which is the equation of those knots, too.
template <class Run, int History, bool Remembers>
class view_in_sigma {
public:
    explicit view_in_sigma(Run& run) : run_(run) {}

    std::pair<grid_knot, grid_knot> interval() const {
        const auto [s, t] = run_.interval();
        return {with_alpha_one(s), with_alpha_one(t)};
    }
    grid_knot before(int k) const { return with_alpha_one(run_.before(k)); }
    bool first() const { return run_.first(); }
    bool last() const { return run_.last(); }
    int past_steps() const { return run_.past_steps(); }
    int steps() const { return run_.steps(); }
    int solver_steps() const { return run_.solver_steps(); }
    int index() const { return run_.index(); }
    knot end() const { return with_alpha_one(run_.end()); }
    knot knot_at(double lambda) const {
        // sigma = exp(-lambda) here, and ln((1 - sigma) / sigma) is lambda there.
        return with_alpha_one(run_.knot_at(std::log(std::expm1(lambda))));
    }

    auto x() { return run_.x(); }
    auto stage(int k) { return run_.stage(k); }
    auto memory(int k) { return run_.memory(k); }
    auto data(const auto& v, const knot& k) { return run_.data(v, of_flow(k)); }
    auto data(const auto& v, const knot& k, const knot& to) {
        return run_.data(v, of_flow(k), of_flow(to));
    }
    /// (x - D) / sigma, kept for later steps where the solver has a history.
    auto epsilon(const auto& v, const knot& k) {
        const auto slope = (1.0 / k.sigma) * v - (1.0 / k.sigma) * data(v, k);
        if constexpr (Remembers) {
            const auto kept = run_.memory(place(0));
            kept = slope;
            return 1.0 * kept;
        } else {
            return slope;
        }
    }
    auto past(int k) const {
        if constexpr (Remembers)
            return 1.0 * run_.memory(place(k));
        else
            return run_.past(k);
    }
    auto unconditional() const { return run_.unconditional(); }
    auto gaussian() { return run_.gaussian(); }
    auto gaussian(const knot& s, const knot& t) { return run_.gaussian(of_flow(s), of_flow(t)); }

    void begin_part() { run_.begin_part(); }
    void try_part() { run_.try_part(); }
    void reject_part() { run_.reject_part(); }
    void keep_part_prediction() { run_.keep_part_prediction(); }
    double error_norm(const auto& error, const auto& a, const auto& b, const auto& wanted) {
        return run_.error_norm(error, a, b, wanted);
    }
    void require_output(bool is_good, const char* what, const char* remedy) const {
        run_.require_output(is_good, what, remedy);
    }

private:
    /// Which memory holds the slope of the step k before this one: they go round.
    int place(int k) const {
        const int count = History + 1;
        return (run_.index() - k + count * (k / count + 1)) % count;
    }

    Run& run_;
};

enum class kept { data, slope };

/// The solver on such a view. `Kept`: in which form it looks back on its predictions.
template <solver Solver, kept Kept = kept::data>
struct in_sigma {
    static constexpr bool remembers = Kept == kept::slope && Solver::history > 0;
    static constexpr int history = Solver::history;
    static constexpr int evaluations = Solver::evaluations;
    static constexpr int stages = static_cast<int>(fokker::detail::stages_of<Solver>());
    static constexpr int memories =
        remembers ? Solver::history + 1 : static_cast<int>(fokker::detail::memories_of<Solver>());
    static constexpr bool tries_parts = fokker::detail::tries_parts<Solver>();
    static_assert(!remembers || fokker::detail::memories_of<Solver>() == 0);

    Solver inner{};

    int evaluations_in_step() const { return fokker::detail::evaluations_in_step(inner); }
    bool stochastic() const { return fokker::detail::is_stochastic(inner); }
    bool takes_sample_parts() const { return fokker::detail::takes_sample_parts(inner); }
    void check(const grid& walk) const {
        if constexpr (requires { inner.check(walk); }) inner.check(walk);
    }

    void step(auto& run) const {
        view_in_sigma<std::remove_reference_t<decltype(run)>, history, remembers> view(run);
        inner.step(view);
    }
};

/// The same for a solver that reads the network's second output.
template <solver Solver>
struct in_sigma_reading : in_sigma<Solver> {
    bool reads(second_output kind) const { return this->inner.reads(kind); }
};

}  // namespace fokker::by_name::detail

FOKKER_END_MAY_SHADOW
