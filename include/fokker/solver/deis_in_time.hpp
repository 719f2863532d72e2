/// DEIS with polynomials in time: Zhang & Chen 2023 (Fast Sampling of Diffusion Models with
/// Exponential Integrator).
#pragma once

#include <array>
#include <cmath>
#include <cstddef>

#include <fokker/path/grid.hpp>
#include <fokker/solver/adams.hpp>
#include <fokker/solver/exponential_form.hpp>
#include <fokker/solver/gauss_legendre.hpp>
#include <fokker/solver/known_times.hpp>
#include <fokker/solver/multistep_start.hpp>
#include <fokker/solver/step_growth.hpp>
#include <fokker/target.hpp>

FOKKER_MAY_SHADOW

namespace fokker::inline FOKKER_TARGET {

namespace detail {

/// The integrals of u^k over nsr = sigma / alpha from s to t, as parts of nsr_t - nsr_s, where u is
/// time, 0 at s and 1 at t. Over lambda, in which u is smooth to both ends of a path, as d nsr =
/// -nsr d lambda.
template <std::size_t N>
std::array<double, N> time_moments(const auto& run, const auto& s, const auto& t) {
    std::array<double, N> moments{1.0};
    if constexpr (N > 1) {
        const double h = t.lambda() - s.lambda();
        const double scale = 1 / exponential_moments<1>(h)[0];  // h nsr_s / (nsr_s - nsr_t)
        at_gauss_legendre([&](double v, double weight) {
            const double u = (run.time_at(s.lambda() + v * h) - s.time()) / (t.time() - s.time());
            double part = weight * scale * std::exp(-v * h) * u;
            for (std::size_t k = 1; k < N; ++k, part *= u) moments[k] += part;
        });
    }
    return moments;
}

}  // namespace detail

/// DEIS (tAB), the main method of its paper: the noise prediction as a polynomial in the path's
/// time through the last `Order` steps, integrated exactly over sigma / alpha. Zhang & Chen 2023,
/// eq. 15. (`deis` is the same with polynomials in lambda, `lms` in sigma / alpha, which on
/// edm_path is time.) The integral is a Gauss-Legendre sum of 16 knots of the path for a step,
/// exact to rounding on smooth paths (to 1e-7 in a step over three decades of sigma); on a table of
/// training times, which is smooth only between them, to some 1e-4 of a step of several. Order 1 to
/// 3 (3 where `Start` is one_step, else 2 on fine grids); one evaluation a step, Order - 1 in the
/// first ones of a one-step start; deterministic; any path, and a grid that knows it. Steps from
/// alpha = 0 and to sigma = 0 are of order 1. Throws fokker::error where a knot lies beyond the
/// grid's path.
template <int Order = 3, multistep_start Start = multistep_start::low_order>
    requires(Order >= 1 && Order <= 3)
struct deis_in_time {
    static constexpr int history = Order - 1;
    static constexpr int evaluations = detail::start_evaluations<Order, Start>;
    static constexpr int stages = detail::start_stages<Order, Start>;

    /// A step that is more than this many times as long as an earlier one does not use it.
    double most_growth = detail::usual_growth;
    /// In so many last steps the order is at most the number of steps that are left.
    int falling_steps = 0;

    int evaluations_in_step() const { return 1; }  // where it looks back
    void check(const grid& walk) const {
        detail::require_growth(most_growth);
        detail::require_falling(falling_steps);
        detail::require_known_times("deis_in_time", walk);
    }

    void step(auto& run) const {
        const auto [s, t] = run.interval();
        if (t.sigma == 0) return detail::exponential_adams_step<detail::noise_form, 1>(run, 0);
        const int past = detail::usable_past(run, s, t, most_growth, detail::in_time);
        if (detail::takes_single_step<detail::noise_form, Order, Start>(run, past, falling_steps))
            return;
        const int used = detail::falling_past(run, past, falling_steps);
        detail::noise_adams_step<Order>(run, used, [&](auto order) {
            return detail::lagrange_weights(
                detail::nodes_between<order>(run, s, t, detail::in_time),
                detail::time_moments<order>(run, s, t));
        });
    }
};

}  // namespace fokker

FOKKER_END_MAY_SHADOW
