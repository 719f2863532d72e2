/// SA-Solver with an evaluation after the correction: Xue et al. 2023 (SA-Solver), appendix D, mode
/// PECE.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <limits>

#include <fokker/path/grid.hpp>
#include <fokker/path/knot.hpp>
#include <fokker/solver/dpm_solver_sde.hpp>
#include <fokker/solver/exponential_form.hpp>
#include <fokker/solver/sa_solver.hpp>
#include <fokker/solver/step_growth.hpp>
#include <fokker/target.hpp>

namespace fokker::inline FOKKER_TARGET {

/// Predict, evaluate, correct, evaluate: as sa_solver, but the network is called once more on the
/// corrected state, and that prediction is the one that later steps look back on. The predictor
/// goes through the last `Predictor` predictions, the corrector through the one at the step's end
/// and `Corrector` - 1 before it, with the same noise. tau = 0 is the ODE, of order `Corrector`,
/// but of no more than `Predictor` + 1, less what first steps of low order leave. Two evaluations a
/// step, one from alpha = 0 and to sigma = 0; stochastic if tau > 0; any path. Throws fokker::error
/// on bad options.
template <int Predictor = 2, int Corrector = 2>
    requires(Predictor >= 1 && Predictor <= 3 && Corrector >= 2 && Corrector <= 4)
struct sa_solver_pece {
    static constexpr int history = (std::max)(Predictor - 1, Corrector - 2);
    static constexpr int evaluations = 2;
    static constexpr int stages = 2;

    double tau = 1.0;
    double sigma_min = 0.0;  ///< sigma / alpha, as sigma_max
    double sigma_max = std::numeric_limits<double>::infinity();
    double s_noise = 1.0;
    /// A step that is more than this many times as long as an earlier one does not use it.
    double most_growth = detail::usual_growth;
    /// In so many last steps the order is at most the number of steps that are left.
    int falling_steps = 0;

    bool stochastic() const { return tau > 0; }
    void check(const grid&) const {
        detail::check_sa(tau, sigma_min, sigma_max, s_noise, most_growth, falling_steps);
    }

    void step(auto& run) const {
        const auto [s, t] = run.interval();
        const double sigma = s.noise_to_signal();
        const double variance = sigma >= sigma_min && sigma <= sigma_max ? tau * tau : 0.0;
        if (s.alpha == 0 || t.sigma == 0 || s.lambda() == t.lambda())
            return detail::sde_multistep<1>(run, variance, s_noise);
        const detail::sa_step sde(s, t, variance, s_noise);
        const auto prediction = [&](const auto& v, const knot& k) {
            return sde.h < 0 ? run.epsilon(v, k) : run.data(v, k);
        };
        const int past = detail::falling_past(
            run, detail::usable_past(run, s, t, most_growth, detail::in_lambda), falling_steps);
        auto x = run.x();
        auto predicted = run.stage(0), z = run.stage(1);
        const auto D = prediction(x, s);
        if (sde.std > 0) z = 1.0 * run.gaussian();
        detail::at_order<Predictor>(past + 1, [&](auto order) {
            const auto nodes = detail::nodes_between<order>(run, s, t);
            with_noise(predicted, z, sde,
                       sde.state * x + detail::with_past(run, sde.weights(nodes), D));
        });
        const auto D_t = prediction(predicted, t);
        detail::at_order<Corrector - 1>(past + 1, [&](auto order) {
            std::array<double, order + 1> nodes{1.0};
            const auto known = detail::nodes_between<order>(run, s, t);
            std::copy(known.begin(), known.end(), nodes.begin() + 1);
            const auto weights = sde.weights(nodes);
            std::array<double, order> of_known;
            std::copy(weights.begin() + 1, weights.end(), of_known.begin());
            with_noise(x, z, sde,
                       sde.state * x + weights[0] * D_t + detail::with_past(run, of_known, D));
        });
    }

private:
    /// out = mean + std z.
    static void with_noise(const auto& out, const auto& z, const detail::sa_step& sde,
                           const auto& mean) {
        if (sde.std > 0)
            out = mean + sde.std * z;
        else
            out = mean;
    }
};

}  // namespace fokker
