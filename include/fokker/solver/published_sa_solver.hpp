/// SA-Solver as diffusers has it, where that differs from exact weights.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <limits>
#include <type_traits>

#include <fokker/error.hpp>
#include <fokker/finite.hpp>
#include <fokker/path/grid.hpp>
#include <fokker/solver/dpm_solver_sde.hpp>
#include <fokker/solver/exponential_form.hpp>
#include <fokker/solver/step_growth.hpp>
#include <fokker/target.hpp>

FOKKER_MAY_SHADOW

namespace fokker::inline FOKKER_TARGET {

/// SA-Solver, Xue et al. 2023, Algorithm 1, as the SASolverScheduler of diffusers has it: with two
/// predictions the newer one, beyond the older, counts half a step in place of its integral, which
/// keeps the order (the function B(h) = h of UniPC's bh1); weights of other numbers of predictions
/// are exact, as all of sa_solver's are. A predictor through so many predictions and a corrector
/// through so many, which repeats the step with the same noise when the next one begins. The SDE's
/// variance is tau^2 times that of the reverse SDE where a step begins at a label from least_label
/// to most_label, and none elsewhere. With `in_noise` it extrapolates noise predictions, which is
/// another discretisation of the SDE; so it does from the data on. One evaluation a step;
/// stochastic if tau > 0; any path. Throws fokker::error on bad options.
struct published_sa_solver {
    static constexpr int history = 3;
    static constexpr int evaluations = 1;
    static constexpr int memories = 2;

    int predictor = 2;  ///< 1 to 4
    int corrector = 2;  ///< 1 to 4; diffusers knows no walk without
    double tau = 1.0;
    double least_label = -std::numeric_limits<double>::infinity();  ///< t of a knot, as most_label
    double most_label = std::numeric_limits<double>::infinity();
    double s_noise = 1.0;
    bool in_noise = false;
    /// A step that is more than this many times as long as an earlier one does not use it.
    double most_growth = detail::longest_growth;
    /// In so many last steps the order is at most the number of steps that are left.
    int falling_steps = 0;

    bool stochastic() const { return tau > 0; }

    void check(const grid&) const {
        using detail::require;
        require(predictor >= 1 && predictor <= 4, "predictor is ", predictor,
                "; it must lie in 1 .. 4");
        require(corrector >= 1 && corrector <= 4, "corrector is ", corrector,
                "; it must lie in 1 .. 4");
        // Its halved weights grow with tau^2, where the exact ones have a limit.
        require(tau >= 0 && tau <= 1000, "tau is ", tau, "; it must lie in [0, 1000]");
        require(least_label <= most_label, "least_label is ", least_label,
                ", above most_label = ", most_label);
        detail::check_sde(tau * tau, s_noise);
        detail::require_growth(most_growth);
        detail::require_falling(falling_steps);
    }

    void step(auto& run) const {
        const auto [s, t] = run.interval();
        if (s.alpha == 0 || t.sigma == 0)
            return detail::sde_multistep<1>(run, variance_at(s), s_noise);
        // What the corrector mends would grow from the data on in data form: see unipc.
        if (in_noise || t.lambda() < s.lambda())
            step_in<detail::noise_form>(run, s, t);
        else
            step_in<detail::data_form>(run, s, t);
    }

private:
    /// A step from s to t.
    template <class Form>
    struct one_step {
        double state, std, scale, exponent, h;

        one_step(const auto& s, const auto& t, double variance, double s_noise)
            : state(Form::ratio(s, t)), h(t.lambda() - s.lambda()) {
            if constexpr (std::is_same_v<Form, detail::data_form>) {
                const detail::sde_step sde(s, t, variance, s_noise);
                state = sde.state, std = sde.std, scale = sde.scale, exponent = sde.exponent;
            } else {
                std = s_noise * std::sqrt(variance) * t.sigma *
                      std::sqrt((std::max)(0.0, std::expm1(2.0 * h)));
                scale = (1.0 + variance) * Form::scale(t, h);
                exponent = Form::exponent(h);
            }
        }

        template <std::size_t N>
        std::array<double, N> weights(const std::array<double, N>& nodes) const {
            auto w = detail::lagrange_weights(nodes, detail::exponential_moments<N>(exponent));
            for (double& weight : w) weight *= scale;
            return w;
        }

        /// Of two, of which the one at the node 0 gets what is left of a constant.
        std::array<double, 2> halved(std::array<double, 2> w, std::size_t other,
                                     double node) const {
            if constexpr (std::is_same_v<Form, detail::noise_form>) return w;
            const double constant = w[0] + w[1];
            w[other] = 0.5 * scale / node;
            w[1 - other] = constant - w[other];
            return w;
        }
    };

    double variance_at(const knot& s) const {
        return s.t >= least_label && s.t <= most_label ? tau * tau : 0.0;
    }

    template <class Form>
    void step_in(auto& run, const auto& s, const auto& t) const {
        auto x = run.x();
        const auto newest = Form::prediction(run, x, s);
        auto corrected = run.memory(0), z = run.memory(1);
        if (run.first() || run.before(1).alpha == 0 || run.before(1).lambda() == s.lambda())
            corrected = x;
        else
            correct<Form>(run, newest, run.before(1), s);
        if (tau > 0 && s_noise > 0)
            z = run.gaussian();
        else
            z = 0.0 * x;
        const one_step<Form> here(s, t, variance_at(s), s_noise);
        const int usable = detail::usable_past(run, s, t, most_growth, detail::in_lambda);
        const int order =
            (std::min)(predictor, detail::falling_past(run, usable, falling_steps) + 1);
        detail::at_order<4>(order, [&](auto count) {
            const auto nodes = detail::nodes_between<count>(run, s, t);
            auto w = here.weights(nodes);
            if constexpr (count == 2) w = here.halved(w, 1, nodes[1]);
            x = here.state * corrected + detail::with_past(run, w, newest) + here.std * z;
        });
    }

    /// The step from the knot r to s once more, now that the prediction at s is known.
    template <class Form>
    void correct(auto& run, const auto& newest, const auto& r, const auto& s) const {
        auto corrected = run.memory(0), z = run.memory(1);
        const one_step<Form> before(r, s, variance_at(r), s_noise);
        const int usable = detail::usable_past(run, r, s, most_growth, detail::in_lambda, 1);
        const int order = detail::falling_past(run, usable, falling_steps, 1) + 1;
        detail::at_order<4>((std::min)(corrector, order + 1), [&](auto count) {
            const auto nodes = detail::nodes_between<count>(run, r, s);
            auto w = before.weights(nodes);
            if constexpr (count == 2) w = before.halved(w, 0, nodes[0]);
            corrected =
                before.state * corrected + before.std * z + detail::with_past(run, w, newest);
        });
    }
};

}  // namespace fokker

FOKKER_END_MAY_SHADOW
