/// A solver whose last step, to sigma = 0, is the data prediction.
#pragma once

#include <fokker/core/network_call.hpp>
#include <fokker/path/grid.hpp>
#include <fokker/solver/exponential_form.hpp>
#include <fokker/solver/solver.hpp>
#include <fokker/target.hpp>

namespace fokker::inline FOKKER_TARGET::by_name::detail {

/// The deterministic solver, and at sigma = 0 x = alpha_t D, whatever it would extrapolate there.
template <solver Solver>
struct ends_with_data {
    static constexpr int history = Solver::history;
    static constexpr int evaluations = Solver::evaluations;
    static constexpr int stages = static_cast<int>(fokker::detail::stages_of<Solver>());
    static constexpr int memories = static_cast<int>(fokker::detail::memories_of<Solver>());

    Solver inner{};

    void check(const grid& walk) const {
        if constexpr (requires { inner.check(walk); }) inner.check(walk);
    }

    void step(auto& run) const {
        const auto [s, t] = run.interval();
        if (t.sigma > 0) return inner.step(run);
        auto x = run.x();
        x = t.alpha * run.data(x, s);
    }
};

}  // namespace fokker::by_name::detail
