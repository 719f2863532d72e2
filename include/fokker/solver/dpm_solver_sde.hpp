/// SDE-DPM-Solver++: exponential integrators for the reverse SDE. Lu et al. 2022 (DPM-Solver++),
/// appendix; k-diffusion's "DPM++ 2M SDE", "3M SDE" and "SDE".
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>

#include <fokker/error.hpp>
#include <fokker/finite.hpp>
#include <fokker/path/grid.hpp>
#include <fokker/solver/exponential_form.hpp>
#include <fokker/solver/noise_step.hpp>
#include <fokker/solver/step_growth.hpp>
#include <fokker/target.hpp>

FOKKER_MAY_SHADOW

namespace fokker::inline FOKKER_TARGET {

namespace detail {

/// One step of the SDE whose noise has eta times the variance of the reverse SDE's,
///   x_t = sigma_t / sigma_s exp(-eta h) x_s + (1 + eta) sigma_t int exp(..) D dlambda + std z:
/// eta = 0 is the ODE, 1 the ancestral process. In k-diffusion's convention.
struct sde_step {
    double state, std, scale, exponent;

    sde_step(const auto& s, const auto& t, double eta, double s_noise) {
        const double h = t.lambda() - s.lambda();
        // Beyond this the weights are their limit, and they stay finite.
        exponent = (std::min)((1.0 + eta) * h, 1e300);
        state = t.sigma / s.sigma * std::exp(-eta * h);
        std = s_noise * t.sigma * std::sqrt((std::max)(0.0, -std::expm1(-2.0 * eta * h)));
        scale = t.alpha * exponent;
    }

    /// Weights of the predictions at `nodes` for this step.
    template <std::size_t N>
    std::array<double, N> weights(const std::array<double, N>& nodes) const {
        auto w = lagrange_weights(nodes, exponential_moments<N>(exponent));
        for (double& weight : w) weight *= scale;
        return w;
    }
};

inline void check_sde(double eta, double s_noise) {
    require(is_finite(eta) && eta >= 0, "eta is ", eta, "; it must not be negative");
    require_s_noise(s_noise);
}

/// The data prediction as a polynomial in lambda through the last Order steps, integrated exactly.
template <int Order>
void sde_multistep(auto& run, double eta, double s_noise, double most_growth = usual_growth,
                   int falling_steps = 0) {
    const auto [s, t] = run.interval();
    if (s.alpha == 0 || t.sigma == 0) {
        // The exact posterior of DDPM, of which the formula below is the limit.
        auto x = run.x();
        const auto D = run.data(x, s);
        if (t.sigma == 0 || eta == 0) {
            x = data_form::ratio(s, t) * x + data_form::constant(s, t) * D;
            return;
        }
        return detail::assign_with_noise(run, t.alpha * D, s_noise * t.sigma);
    }
    const auto D = run.data(run.x(), s);
    const sde_step sde(s, t, eta, s_noise);
    const int past = detail::usable_past(run, s, t, most_growth, in_lambda);
    at_order<Order>(detail::falling_past(run, past, falling_steps) + 1, [&](auto order) {
        const auto nodes = detail::nodes_between<order>(run, s, t);
        detail::assign_with_noise(
            run, sde.state * run.x() + detail::with_past(run, sde.weights(nodes), D), sde.std);
    });
}

}  // namespace detail

/// SDE-DPM-Solver++(Order M): the data prediction as a polynomial in lambda through the last
/// `Order` steps, integrated exactly against the reverse SDE with `eta` times its noise (eta = 0:
/// the ODE, deterministic, order min(Order, 2), as its first steps are of low order). Lu et al.
/// 2022 (DPM-Solver++), appendix; Order = 3 is k-diffusion's 3M SDE with the second difference not
/// halved. With noise the variance of the samples is of order min(Order, 2) at most, as past
/// predictions do not contain the noise that is added after them. One evaluation a step; stochastic
/// if eta > 0; any path. Throws fokker::error on bad options.
template <int Order = 2>
    requires(Order >= 1 && Order <= 3)
struct sde_dpm_solver_pp {
    static constexpr int history = Order - 1;
    static constexpr int evaluations = 1;

    double eta = 1.0;
    double s_noise = 1.0;
    /// A step that is more than this many times as long as an earlier one does not use it.
    double most_growth = detail::usual_growth;
    /// In so many last steps the order is at most the number of steps that are left.
    int falling_steps = 0;

    bool stochastic() const { return eta > 0; }
    void check(const grid&) const {
        detail::check_sde(eta, s_noise);
        detail::require_growth(most_growth);
        detail::require_falling(falling_steps);
    }
    void step(auto& run) const {
        detail::sde_multistep<Order>(run, eta, s_noise, most_growth, falling_steps);
    }
};

}  // namespace fokker

FOKKER_END_MAY_SHADOW
