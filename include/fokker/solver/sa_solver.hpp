/// SA-Solver: Xue et al. 2023 (SA-Solver: Stochastic Adams Solver for Fast Sampling of Diffusion
/// Models).
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <limits>

#include <fokker/error.hpp>
#include <fokker/finite.hpp>
#include <fokker/path/grid.hpp>
#include <fokker/path/knot.hpp>
#include <fokker/solver/dpm_solver_sde.hpp>
#include <fokker/solver/exponential_form.hpp>
#include <fokker/solver/step_growth.hpp>
#include <fokker/target.hpp>

namespace fokker::inline FOKKER_TARGET {

namespace detail {

/// A step of SA-Solver from s to t. From the data on, where tau is 0, it is in noise form, and D is
/// the noise prediction: what the corrector mends would grow in data form (see unipc).
struct sa_step : sde_step {
    sa_step(const auto& s, const auto& t, double eta, double noise)
        : sde_step(s, t, eta, noise), to(t), h(t.lambda() - s.lambda()) {
        if (h < 0) state = noise_form::ratio(s, t);
    }
    template <std::size_t N>
    std::array<double, N> weights(const std::array<double, N>& nodes) const {
        return h < 0 ? exponential_weights<noise_form>(nodes, to, h) : sde_step::weights(nodes);
    }

    knot to;
    double h;
};

/// Throws fokker::error on bad options that its forms share.
inline void check_sa(double tau, double sigma_min, double sigma_max, double s_noise,
                     double most_growth, int falling_steps) {
    require(is_finite(tau * tau) && tau >= 0, "tau is ", tau,
            "; it must not be negative, and its square must be finite");
    require(sigma_min <= sigma_max, "sigma_min is ", sigma_min, ", above sigma_max = ", sigma_max);
    check_sde(tau * tau, s_noise);
    require_growth(most_growth);
    require_falling(falling_steps);
}

}  // namespace detail

/// A stochastic Adams-Bashforth predictor through the last `Predictor` predictions, and an
/// Adams-Moulton corrector through the newest one and `Corrector` - 1 before it (0: none), which
/// repeats the step with the same noise, without another call. Xue et al. 2023, Algorithm 1, with
/// exact weights. tau is the amount of noise: the SDE's variance is tau^2 times that of the reverse
/// SDE where sigma_min <= sigma / alpha <= sigma_max at a step's beginning, and none elsewhere.
/// tau = 0 is the ODE, with the order of UniPC. One evaluation a step; stochastic if tau > 0; any
/// path. Throws fokker::error on bad options.
template <int Predictor = 2, int Corrector = 2>
    requires(Predictor >= 1 && Predictor <= 3 && Corrector >= 0 && Corrector <= 3)
struct sa_solver {
    static constexpr int history = Predictor - 1 > Corrector - 1 ? Predictor - 1 : Corrector - 1;
    static constexpr int evaluations = 1;
    static constexpr int memories = Corrector > 0 ? 2 : 0;

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
        if (s.alpha == 0 || t.sigma == 0)
            return detail::sde_multistep<1>(run, variance_at(s), s_noise);
        auto x = run.x();
        const auto D = t.lambda() < s.lambda() ? run.epsilon(x, s) : run.data(x, s);
        if constexpr (Corrector == 0) {
            predict(run, x, D, s, t);
        } else {
            const auto corrected = run.memory(0);
            // Not by the history, which with orders 1 and 1 keeps no prediction.
            if (run.first() || run.before(1).alpha == 0 || run.before(1).lambda() == s.lambda())
                corrected = x;
            else
                correct(run, D, run.before(1), s);
            predict(run, corrected, D, s, t);
        }
    }

private:
    double variance_at(const knot& s) const {
        const double sigma = s.noise_to_signal();
        return sigma >= sigma_min && sigma <= sigma_max ? tau * tau : 0.0;
    }

    /// The step from the knot r to s once more, now that the prediction at s is known.
    void correct(auto& run, const auto& D, const auto& r, const auto& s) const {
        const detail::sa_step sde(r, s, variance_at(r), s_noise);
        const auto corrected = run.memory(0);
        // Without the past it is r's own prediction that counts beside D, if it is kept.
        const int past = detail::usable_past(run, r, s, most_growth, detail::in_lambda, 1);
        // falling_steps would leave two to the last correction, and with D that is all it takes.
        const int used = (std::min)(past + 1, run.past_steps());
        detail::at_order<Corrector>(used + 1, [&](auto count) {
            const auto nodes = detail::nodes_between<count>(run, r, s);
            corrected = sde.state * corrected + sde.std * run.memory(1) +
                        detail::with_past(run, sde.weights(nodes), D);
        });
    }

    void predict(auto& run, const auto& v, const auto& D, const auto& s, const auto& t) const {
        auto x = run.x();
        const detail::sa_step sde(s, t, variance_at(s), s_noise);
        const auto mean = [&](auto order) {
            const auto nodes = detail::nodes_between<order>(run, s, t);
            return sde.state * v + detail::with_past(run, sde.weights(nodes), D);
        };
        const int past = detail::usable_past(run, s, t, most_growth, detail::in_lambda);
        const int used = detail::falling_past(run, past, falling_steps);
        detail::at_order<Predictor>(used + 1, [&](auto order) {
            if constexpr (Corrector > 0) {
                // The corrector takes the same noise once more.
                const auto z = run.memory(1);
                if (sde.std > 0)
                    z = run.gaussian();
                else
                    z = 0.0 * v;
                x = mean(order) + sde.std * z;
            } else {
                detail::assign_with_noise(run, mean(order), sde.std);
            }
        });
    }
};

}  // namespace fokker
