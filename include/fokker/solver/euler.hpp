/// Euler's method in sigma / alpha, with churn: Karras et al. 2022 (EDM).
#pragma once

#include <limits>

#include <fokker/path/grid.hpp>
#include <fokker/path/knot.hpp>
#include <fokker/solver/churn.hpp>
#include <fokker/target.hpp>

FOKKER_MAY_SHADOW

namespace fokker::inline FOKKER_TARGET {

/// Solves dX/dnsr = (X - D) / nsr, with X = x / alpha and nsr = sigma / alpha. Karras et al. 2022,
/// Algorithm 2 without the correction. Order 1; one evaluation a step; stochastic if s_churn > 0;
/// any path. Without churn it is ddim{.eta = 0}. Throws fokker::error on bad churn options.
struct euler {
    static constexpr int history = 0;
    static constexpr int evaluations = 1;
    static constexpr int stages = 1;

    double s_churn = 0.0;
    double s_min = 0.0;
    double s_max = std::numeric_limits<double>::infinity();
    double s_noise = 1.0;

    detail::churn_options churn() const { return {s_churn, s_min, s_max, s_noise}; }
    bool stochastic() const { return s_churn > 0; }
    void check(const grid& walk) const { churn().check(walk); }
    knot target(const auto&, const knot&, const knot& t) const { return t; }

    void step(auto& run) const {
        const knot& t = run.interval().second;
        churn().lift(run, run.stage(0), [&](const auto& v, const knot& hat) {
            auto x = run.x();
            const double ratio = t.sigma / hat.sigma;
            x = ratio * v + (t.alpha - ratio * hat.alpha) * run.data(v, hat, t);
        });
    }
};

}  // namespace fokker

FOKKER_END_MAY_SHADOW
