/// DPM-Solver with adaptive steps: Lu et al. 2022 (DPM-Solver), appendix C; with fresh noise as
/// k-diffusion has it.
#pragma once

#include <array>

#include <fokker/path/grid.hpp>
#include <fokker/path/knot.hpp>
#include <fokker/path/transition.hpp>
#include <fokker/solver/euler_ancestral.hpp>
#include <fokker/solver/exponential_form.hpp>
#include <fokker/solver/step_control.hpp>
#include <fokker/target.hpp>

FOKKER_MAY_SHADOW

namespace fokker::inline FOKKER_TARGET {

/// DPM-Solver-12 (Order = 2) and -23 (Order = 3): single steps in noise form whose length follows
/// the difference to the method of one order less, which needs no further call. Lu et al. 2022,
/// appendix C. Each step of the grid is made in as many parts as it takes: a grid of one step to
/// the path's least noise is the usual one. k-diffusion's sample_dpm_adaptive has the same steps
/// and errors; with step_rule::arctangent, error_over::batch and relative = 0 the same lengths, too
/// (its unit of the error is the larger of absolute and relative |x|, with the last state of the
/// lower order). With eta > 0 a part goes to a cleaner knot, but not beyond the end of the walk,
/// and fresh noise leads back, as there: no more than 256 such parts in a step of the grid, which
/// all samples of a batch take (so error_over::each_sample is refused for more than one).
/// `Order` calls a part, accepted or not; stochastic if eta > 0; any path, and a grid that knows
/// it. Steps from alpha = 0 and to sigma = 0 are one DDIM step. Throws fokker::error on bad
/// options.
template <int Order = 3>
    requires(Order == 2 || Order == 3)
struct dpm_solver_adaptive {
    static constexpr int history = 0;
    static constexpr int evaluations = Order;
    static constexpr int stages = Order == 2 ? 4 : 5;
    static constexpr bool tries_parts = true;

    step_control control{};
    double eta = 0.0;
    double s_noise = 1.0;

    detail::ancestral_options options() const { return {eta, s_noise}; }
    bool stochastic() const { return eta > 0; }
    int evaluations_in_step() const { return 0; }  // as many as it takes

    void check(const grid& walk) const {
        control.check();
        options().check();
        walk.require_path();
    }

    void step(auto& run) const {
        using form = detail::noise_form;
        const auto [s, t] = run.interval();
        if (s.alpha == 0 || t.sigma == 0) return detail::constant_data_step(run, run.x(), s, t);
        auto x = run.x();
        auto v = run.stage(0), high = run.stage(1), error = run.stage(2), u = run.stage(3);
        v = x;
        knot a, noisy;
        double std = 0.0;  // of the fresh noise
        const auto attempt = [&](double from, double to) {
            a = run.knot_at(from);
            noisy = run.knot_at(to);
            knot b = noisy;
            if (eta > 0) {
                b = detail::down_within_walk(run, options(), a, noisy);
                std = s_noise * transition_between(b, noisy).std;
            }
            const double h = eta > 0 ? b.lambda() - from : to - from;
            const double ratio = form::ratio(a, b), constant = form::constant(a, b);
            const auto eps_hat = form::prediction(run, v, a);
            const double r1 = Order == 2 ? 0.5 : 1.0 / 3.0;
            const knot m = run.knot_at(from + r1 * h);
            u = form::ratio(a, m) * v + form::constant(a, m) * eps_hat;
            const auto eps_hat_m = form::prediction(run, u, m);
            const double slope = constant / (2 * r1);
            if constexpr (Order == 2) {
                high = ratio * v + constant * eps_hat + slope * (eps_hat_m - eps_hat);
                error = slope * (eps_hat_m - eps_hat);
            } else {
                constexpr double r2 = 2.0 / 3.0;
                const knot n = run.knot_at(from + r2 * h);
                const auto to_n =
                    detail::exponential_weights<form>(std::array{0.0, r1 / r2}, n, r2 * h);
                auto w = run.stage(4);
                w = form::ratio(a, n) * v + to_n[0] * eps_hat + to_n[1] * eps_hat_m;
                const auto eps_hat_n = form::prediction(run, w, n);
                const auto to_b = detail::exponential_weights<form>(std::array{0.0, r2}, b, h);
                high = ratio * v + to_b[0] * eps_hat + to_b[1] * eps_hat_n;
                error = (to_b[0] - constant + slope) * eps_hat - slope * eps_hat_m +
                        to_b[1] * eps_hat_n;
            }
            return run.error_norm(error, v, high, control.tolerated);
        };
        const auto accept = [&] {
            if (std > 0)
                v = 1.0 * high + std * run.gaussian(a, noisy);
            else
                v = high;
        };
        // The error of a part with noise falls by another power of its length: k-diffusion's.
        control.walk(run, s.lambda(), t.lambda(), eta > 0 ? 1.5 : Order, attempt, accept);
        x = 1.0 * v;
    }
};

}  // namespace fokker

FOKKER_END_MAY_SHADOW
