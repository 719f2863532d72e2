/// Predictor-corrector sampling and annealed Langevin dynamics: Song & Ermon 2019, Song et al. 2021
/// (Score-Based Generative Modeling through Stochastic Differential Equations).
#pragma once

#include <fokker/error.hpp>
#include <fokker/finite.hpp>
#include <fokker/path/grid.hpp>
#include <fokker/path/transition.hpp>
#include <fokker/solver/noise_step.hpp>

namespace fokker {

/// `corrections` Langevin steps at the noise level of a step's beginning, and then a step of the
/// reverse SDE (ancestral, or none: annealed Langevin dynamics, where the next level takes the
/// state as it is). Song et al. 2021, Algorithms 2 to 5; the Langevin step is that of their
/// annealed variant, x - 2 snr^2 sigma E + 2 snr sigma z, whose length follows the noise level and
/// not a norm over the batch, so that a sample does not depend on its neighbours. `corrections` + 1
/// calls a step (without predictor `corrections`, and one at the end); stochastic; any path. Throws
/// fokker::error on bad options.
struct predictor_corrector {
    static constexpr int history = 0;
    static constexpr int evaluations = 1;
    static constexpr int stages = 1;

    int corrections = 1;
    double snr = 0.16;
    bool predictor = true;

    bool stochastic() const { return true; }

    void check(const grid&) const {
        detail::require(corrections >= 0 && corrections < 200, "corrections is ", corrections,
                        "; it must lie in 0 .. 199");
        detail::require(detail::is_finite(snr) && snr > 0 && snr < 1, "snr is ", snr,
                        "; it must lie between 0 and 1");
    }

    void step(auto& run) const {
        const auto [s, t] = run.interval();
        auto x = run.x();
        auto u = run.stage(0);
        u = x;
        for (int i = 0; i < corrections && s.alpha > 0; ++i) {
            run.begin_part();
            u = u - 2 * snr * snr * s.sigma * run.epsilon(u, s) +
                2 * snr * s.sigma * run.gaussian();
        }
        if (!predictor && t.sigma > 0) {
            x = t.alpha / s.alpha * u;
            return;
        }
        run.begin_part();
        const posterior q = posterior_between(t, s);
        detail::assign_with_noise(run, q.state * u + q.data * run.data(u, s), q.std);
    }
};

}  // namespace fokker
