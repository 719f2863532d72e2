/// Adams methods for the noise prediction in sigma / alpha: LMS, iPNDM, and Euler with gradient
/// estimation.
#pragma once

#include <array>
#include <cstddef>

#include <fokker/error.hpp>
#include <fokker/finite.hpp>
#include <fokker/path/grid.hpp>
#include <fokker/solver/exponential_form.hpp>
#include <fokker/solver/multistep_start.hpp>
#include <fokker/solver/step_growth.hpp>
#include <fokker/target.hpp>

FOKKER_MAY_SHADOW

namespace fokker::inline FOKKER_TARGET {

namespace detail {

/// x_t = alpha_t / alpha_s x_s + alpha_t int eps_hat dnsr, nsr = sigma / alpha, with
/// weights(order) of the newest prediction and `past` before it, Order in all at most, whose sum is
/// 1.
template <int Order>
void noise_adams_step(auto& run, int past, const auto& weights) {
    const auto [s, t] = run.interval();
    if (s.alpha == 0) return detail::constant_data_step(run, run.x(), s, t);
    auto x = run.x();
    const auto eps_hat = run.epsilon(x, s);
    at_order<Order>(past + 1, [&](auto order) {
        auto w = weights(order);
        for (double& weight : w) weight *= noise_form::constant(s, t);
        x = noise_form::ratio(s, t) * x + detail::with_past(run, w, eps_hat);
    });
}

/// Adams-Bashforth weights for steps of equal length.
template <std::size_t N>
constexpr std::array<double, N> adams_bashforth() {
    if constexpr (N == 1)
        return std::array<double, N>{1.0};
    else if constexpr (N == 2)
        return {3.0 / 2, -1.0 / 2};
    else if constexpr (N == 3)
        return {23.0 / 12, -16.0 / 12, 5.0 / 12};
    else
        return {55.0 / 24, -59.0 / 24, 37.0 / 24, -9.0 / 24};
}

}  // namespace detail

/// Linear multistep (LMS): the noise prediction as a polynomial in sigma / alpha through the last
/// `Order` steps, integrated exactly. Adams-Bashforth with variable steps; the sampler of that name
/// in k-diffusion. DEIS (rho AB) of Zhang & Chen 2023 is the same method. Order 1 to 4 (from 3 on
/// where `Start` is one_step, else 2 on fine grids); one evaluation a step, Order - 1 in those
/// that a one-step start takes singly, which needs a grid that knows its path; deterministic; any
/// path.
template <int Order = 4, multistep_start Start = multistep_start::low_order>
    requires(Order >= 1 && Order <= 4)
struct lms {
    static constexpr int history = Order - 1;
    static constexpr int evaluations = detail::start_evaluations<Order, Start>;
    static constexpr int stages = detail::start_stages<Order, Start>;

    /// A step that is more than this many times as long as an earlier one does not use it.
    double most_growth = detail::usual_growth;
    /// In so many last steps the order is at most the number of steps that are left.
    int falling_steps = 0;

    int evaluations_in_step() const { return 1; }  // where it looks back

    void check(const grid& walk) const {
        detail::check_start<Order, Start>(walk, most_growth, falling_steps);
    }

    void step(auto& run) const {
        const auto [s, t] = run.interval();
        const int past = detail::usable_past(run, s, t, most_growth, detail::in_sigma);
        if (detail::takes_single_step<detail::noise_form, Order, Start>(run, past, falling_steps))
            return;
        const int used = detail::falling_past(run, past, falling_steps);
        detail::noise_adams_step<Order>(run, used, [&](auto order) {
            const auto nodes = detail::nodes_between<order>(run, s, t, detail::in_sigma);
            return detail::lagrange_weights(nodes, detail::power_moments<order>());
        });
    }
};

/// iPNDM: DDIM's step with the Adams-Bashforth mean of the last noise predictions. Liu et al. 2022
/// (PNDM), improved as in Zhang & Chen 2023 (DEIS), with the weights of steps of equal length: it
/// has its order on grids even in sigma / alpha and order 2 where steps change smoothly; lms is its
/// form for steps of any length. Up to four predictions; one evaluation a step; deterministic; any
/// path.
template <int Order = 4>
    requires(Order >= 1 && Order <= 4)
struct ipndm {
    static constexpr int history = Order - 1;
    static constexpr int evaluations = 1;

    /// In so many last steps the order is at most the number of steps that are left.
    int falling_steps = 0;

    void check(const grid&) const { detail::require_falling(falling_steps); }

    void step(auto& run) const {
        const int past = detail::falling_past(run, detail::past_with_signal(run), falling_steps);
        detail::noise_adams_step<Order>(
            run, past, [](auto order) { return detail::adams_bashforth<order>(); });
    }
};

/// Euler with gradient estimation: the noise prediction goes beyond the newest one, away from the
/// last. Permenter & Yuan 2024, Algorithm 2, with gamma = 2. Order 1; one evaluation a step;
/// deterministic; any path. gamma = 1 is Euler. Throws fokker::error on a gamma that is not finite.
struct gradient_estimation {
    static constexpr int history = 1;
    static constexpr int evaluations = 1;

    double gamma = 2.0;

    void check(const grid&) const {
        detail::require(detail::is_finite(gamma), "gamma is ", gamma, "; it must be finite");
    }

    void step(auto& run) const {
        detail::noise_adams_step<2>(run, detail::past_with_signal(run), [&](auto order) {
            if constexpr (order == 1)
                return std::array{1.0};
            else
                return std::array{gamma, 1.0 - gamma};
        });
    }
};

}  // namespace fokker

FOKKER_END_MAY_SHADOW
