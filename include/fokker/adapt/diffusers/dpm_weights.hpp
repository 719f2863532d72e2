/// The weights of DPM-Solver's steps, as diffusers has them.
#pragma once

#include <array>
#include <cmath>
#include <vector>

#include <fokker/adapt/diffusers/detail.hpp>
#include <fokker/adapt/diffusers/weighted_steps.hpp>
#include <fokker/path/knot.hpp>
#include <fokker/solver/exponential_form.hpp>
#include <fokker/solver/exponential_integrals.hpp>
#include <fokker/solver/published_dpm_solver.hpp>
#include <fokker/target.hpp>

FOKKER_MAY_SHADOW

namespace fokker::inline FOKKER_TARGET::diffusers::detail {

/// Those of a step from s to t by the data prediction or the noise prediction, of the ODE or of the
/// reverse SDE. Lu et al. 2022 (DPM-Solver++), appendix.
struct dpm_weights {
    double state, std;
    double constant;  ///< what the prediction counts where it is constant
    double line;      ///< what its slope counts, along the whole step
    double parabola;  ///< what half its second derivative counts, as published: half of Taylor's

    dpm_weights(const knot& s, const knot& t, bool in_data, bool stochastic)
        : from_(s), length_(t.lambda() - s.lambda()) {
        const double h = length_;
        const double twice = stochastic ? 2.0 : 1.0;
        if (t.sigma == 0) {
            state = std = line = parabola = 0.0;
            constant = t.alpha;
            return;
        }
        // In noise form the reverse SDE doubles the drift, in data form the exponent, too.
        const double exponent = in_data ? twice * h : -h;
        const double scale = (in_data ? t.alpha : -t.sigma) * twice * h;
        const auto moments = detail::exponential_moments<3>(exponent);
        constant = scale * moments[0];
        line = scale * moments[1];
        parabola = 0.5 * scale * moments[2];
        // The original's second difference has another sign here: -1/2 for +1/2.
        if (in_data && stochastic) parabola -= t.alpha;
        state = in_data ? t.sigma / s.sigma : t.alpha / s.alpha;
        std = 0.0;
        if (!stochastic) return;
        if (in_data) state *= std::exp(-h);
        std = t.sigma * std::sqrt(in_data ? -std::expm1(-2.0 * h) : std::expm1(2.0 * h));
    }

    /// Of this prediction and the one at `before`: a line, integrated exactly or by the midpoint
    /// rule.
    std::vector<weighted_step::term> along_line(const knot& before, bool exact) const {
        const double r = (from_.lambda() - before.lambda()) / length_;
        const double slope = (exact ? line : 0.5 * constant) / r;
        return {{constant + slope, 0}, {-slope, 1}};
    }
    /// Of three.
    std::vector<weighted_step::term> along_parabola(const knot& before, const knot& earlier) const {
        const double r0 = (from_.lambda() - before.lambda()) / length_;
        const double r1 = (before.lambda() - earlier.lambda()) / length_;
        const auto w = detail::published_weights(r0, r1, constant, line, parabola);
        return {{w[0], 0}, {w[1], 1}, {w[2], 2}};
    }

    double length() const { return length_; }

private:
    knot from_;
    double length_;
};

}  // namespace fokker::diffusers::detail

FOKKER_END_MAY_SHADOW
