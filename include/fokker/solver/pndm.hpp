/// PNDM: Liu et al. 2022 (Pseudo Numerical Methods for Diffusion Models on Manifolds).
#pragma once

#include <cmath>

#include <fokker/path/grid.hpp>
#include <fokker/solver/adams.hpp>
#include <fokker/solver/exponential_form.hpp>
#include <fokker/solver/step_growth.hpp>
#include <fokker/target.hpp>

namespace fokker::inline FOKKER_TARGET {

/// Pseudo linear multistep with a pseudo Runge-Kutta start: DDIM's step with the Adams-Bashforth
/// mean of the last four noise predictions, and with the classical Runge-Kutta mean of four in the
/// first three steps. Liu et al. 2022, Algorithm 2, but for the middle of a Runge-Kutta step: here
/// it is that of sigma / alpha, over which is integrated; there, and in diffusers' PNDMScheduler,
/// that of time, which costs the start its order where sigma / alpha is not linear in time. Its
/// weights are those of steps of equal length: it has order 4 on grids even in sigma / alpha and
/// order 2 where steps change smoothly (lms<4> keeps its order there). One evaluation a step, four
/// in each of the first three; deterministic; any path, and a grid that knows it. Throws
/// fokker::error on a step that falls by more than 1e8 in sigma / alpha.
struct pndm {
    static constexpr int history = 3;
    static constexpr int evaluations = 4;
    static constexpr int stages = 3;

    int evaluations_in_step() const { return 1; }  // after the start

    void check(const grid& walk) const {
        walk.require_path();
        detail::require_steps_of_noise_form(walk);
    }

    void step(auto& run) const {
        using form = detail::noise_form;
        const auto [s, t] = run.interval();
        const int past = detail::past_with_signal(run);
        if (s.alpha == 0 || t.sigma == 0 || past == 3)
            return detail::noise_adams_step<4>(
                run, past, [](auto order) { return detail::adams_bashforth<order>(); });
        // The middle of the step, where the integral's variable has its middle.
        const double middle = 0.5 * (s.noise_to_signal() + t.noise_to_signal());
        const knot m = run.knot_at(-std::log(middle));
        auto x = run.x();
        auto u2 = run.stage(0), u3 = run.stage(1), u4 = run.stage(2);
        const auto E1 = run.epsilon(x, s);
        u2 = form::ratio(s, m) * x + form::constant(s, m) * E1;
        const auto E2 = run.epsilon(u2, m);
        u3 = form::ratio(s, m) * x + form::constant(s, m) * E2;
        const auto E3 = run.epsilon(u3, m);
        u4 = form::ratio(s, t) * x + form::constant(s, t) * E3;
        const auto E4 = run.epsilon(u4, t);
        x = form::ratio(s, t) * x + form::constant(s, t) / 6 * (E1 + 2 * E2 + 2 * E3 + E4);
    }
};

}  // namespace fokker
