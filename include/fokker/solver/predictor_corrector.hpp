/// Predictor-corrector sampling and annealed Langevin dynamics: Song & Ermon 2019, Song et al. 2021
/// (Score-Based Generative Modeling through Stochastic Differential Equations).
#pragma once

#include <fokker/error.hpp>
#include <fokker/finite.hpp>
#include <fokker/path/grid.hpp>
#include <fokker/path/knot.hpp>
#include <fokker/path/transition.hpp>
#include <fokker/solver/noise_step.hpp>
#include <fokker/target.hpp>

namespace fokker::inline FOKKER_TARGET {

/// How long a Langevin step is. `noise_level`: 2 (snr sigma)^2, which follows the noise level
/// alone, so that a sample does not depend on its neighbours; Song et al. 2021's annealed variant.
/// `measured`: 2 (snr |z| / |score|)^2 with both norms in the mean over the batch, Algorithms 4 and
/// 5 as in their code and diffusers' ScoreSdeVeScheduler. It ties the samples of a batch to each
/// other: a sample is another one in another batch, philox or not. (Their code takes it times
/// 1 - beta on discrete VP schedules.)
enum class langevin_step { noise_level, measured };

/// How much noise the predictor adds: that of the reverse SDE's exact step (`posterior`, ancestral
/// sampling), or that of the forward one (`transition`), which is more: Song et al. 2021, algorithm
/// 2, and diffusers' ScoreSdeVeScheduler. To clean data neither adds any.
enum class predictor_noise { posterior, transition };

/// `corrections` Langevin steps at the noise level of a step's beginning, and then a step of the
/// reverse SDE (ancestral, or none: annealed Langevin dynamics, where the next level takes the
/// state as it is). Song et al. 2021, Algorithms 2 to 5. `corrections` + 1 calls a step (without
/// predictor `corrections`, and one at the end); stochastic; any path. A Langevin step makes the
/// variance v of the samples v / (1 - step / (2 v)) in the long run, on any grid: choose snr small.
/// Throws fokker::error on bad options, and network_error where the norm of a score is measured
/// that is 0 everywhere or not finite.
struct predictor_corrector {
    static constexpr int history = 0;
    static constexpr int evaluations = 1;
    static constexpr int stages = 2;

    int corrections = 1;
    double snr = 0.16;
    bool predictor = true;
    langevin_step length = langevin_step::noise_level;
    predictor_noise noise = predictor_noise::posterior;

    int evaluations_in_step() const { return corrections + (predictor ? 1 : 0); }
    bool stochastic() const { return true; }

    void check(const grid& walk) const {
        detail::require(predictor || corrections > 0,
                        "without predictor there must be corrections; they are 0");
        detail::require(predictor || walk.front().alpha > 0,
                        "the grid starts at alpha = 0, where a state without predictor cannot be "
                        "carried on; start from alpha > 0, or with the predictor");
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
            correct(run, u, s);
        }
        if (!predictor && t.sigma > 0) {
            x = t.alpha / s.alpha * u;
            return;
        }
        run.begin_part();
        const posterior q = posterior_between(t, s);
        detail::assign_with_noise(run, q.state * u + q.data * run.data(u, s), added_std(s, t, q));
    }

private:
    double added_std(const knot& s, const knot& t, const posterior& q) const {
        if (noise == predictor_noise::posterior || t.sigma == 0) return q.std;
        return transition_between(t, s).std;
    }

    /// u + step score + sqrt(2 step) z, where score = -eps_hat / sigma.
    void correct(auto& run, const auto& u, const knot& s) const {
        const auto eps_hat = run.epsilon(u, s);
        const double root = snr * s.sigma;  // of step / 2
        if (length == langevin_step::noise_level) {
            u = u - 2 * root * root / s.sigma * eps_hat + 2 * root * run.gaussian();
            return;
        }
        auto z = run.stage(1);
        z = eps_hat;
        const double norm = run.norm(z);
        run.require_output(detail::is_finite(norm),
                           "the norm of the network's noise prediction is not finite",
                           "the network returned NaN or inf, or overflowed");
        run.require_output(norm > 0, "the network's noise prediction is 0 everywhere",
                           "a Langevin step of measured length is divided by its norm: use "
                           "langevin_step::noise_level");
        z = 1.0 * run.gaussian();
        const double measured = root * run.norm(z) / norm;
        u = u - 2 * measured * measured / s.sigma * eps_hat + 2 * measured * z;
    }
};

}  // namespace fokker
