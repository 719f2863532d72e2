/// Krogstad's exponential Runge-Kutta method: Krogstad 2005 (Generalized integrating factor methods
/// for stiff PDEs); Hochbruck & Ostermann 2005, for its order.
#pragma once

#include <fokker/path/grid.hpp>
#include <fokker/path/knot.hpp>
#include <fokker/solver/exponential_form.hpp>
#include <fokker/target.hpp>

namespace fokker::inline FOKKER_TARGET {

/// ETDRK4-B of Krogstad 2005, in data form: two stages in the middle of the step in lambda and one
/// at its end. Order 4; four evaluations a step, one from alpha = 0 and to sigma = 0;
/// deterministic; any path, and a grid that knows it. For references, encoding and likelihoods; in
/// few steps methods with a history do more with as many calls.
struct krogstad {
    static constexpr int history = 0;
    static constexpr int evaluations = 4;
    static constexpr int stages = 3;

    void check(const grid& walk) const { walk.require_path(); }

    void step(auto& run) const {
        const auto [s, t] = run.interval();
        if (s.alpha == 0 || t.sigma == 0) return detail::constant_data_step(run, run.x(), s, t);
        using form = detail::data_form;
        const double h = t.lambda() - s.lambda();
        const knot m = run.knot_at(s.lambda() + 0.5 * h);
        // h phi_1(-h), h phi_2(-h), h phi_3(-h) of the whole step, and of half of it.
        const phi_functions whole(t, h), half(m, 0.5 * h);
        auto x = run.x();
        auto x_2 = run.stage(0), x_3 = run.stage(1), x_4 = run.stage(2);
        const auto D_1 = run.data(x, s);
        x_2 = form::ratio(s, m) * x + half.one * D_1;
        const auto D_2 = run.data(x_2, m);
        x_3 = form::ratio(s, m) * x + (half.one - 2 * half.two) * D_1 + 2 * half.two * D_2;
        const auto D_3 = run.data(x_3, m);
        x_4 = form::ratio(s, t) * x + (whole.one - 2 * whole.two) * D_1 + 2 * whole.two * D_3;
        const auto D_4 = run.data(x_4, t);
        x = form::ratio(s, t) * x + (whole.one - 3 * whole.two + 4 * whole.three) * D_1 +
            (2 * whole.two - 4 * whole.three) * D_2 + (2 * whole.two - 4 * whole.three) * D_3 +
            (4 * whole.three - whole.two) * D_4;
    }

private:
    struct phi_functions {
        phi_functions(const knot& end, double length) {
            const auto moments = detail::exponential_moments<3>(length);  // k! phi_{k + 1}(-h)
            const double scale = detail::data_form::scale(end, length);
            one = scale * moments[0];
            two = scale * moments[1];
            three = 0.5 * scale * moments[2];
        }
        double one, two, three;
    };
};

}  // namespace fokker
