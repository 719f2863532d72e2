/// PNDM as published, where that differs from the Runge-Kutta method.
#pragma once

#include <array>
#include <cmath>
#include <cstddef>
#include <utility>

#include <fokker/path/grid.hpp>
#include <fokker/solver/adams.hpp>
#include <fokker/solver/exponential_form.hpp>
#include <fokker/solver/known_times.hpp>
#include <fokker/solver/step_growth.hpp>
#include <fokker/target.hpp>

FOKKER_MAY_SHADOW

namespace fokker::inline FOKKER_TARGET {

/// Whose predictions PNDM takes the mean of.
enum class pndm_mixes {
    noise,    ///< as the paper does
    velocity  ///< of those that a network says which was trained on v, as the original does there
};

namespace detail {

namespace types {

/// DDIM's step by a velocity prediction v, in which eps_hat = alpha v + sigma x at the knot s where
/// the step begins, whichever knot v was said at. (Both are those of s scaled to alpha^2 + sigma^2
/// = 1.)
struct velocity_form {
    static auto prediction(auto& run, const auto& v, const knot& k) {
        const double n = std::hypot(k.alpha, k.sigma);
        return (n / k.alpha) * run.epsilon(v, k) - (k.sigma / (k.alpha * n)) * v;
    }
    static double ratio(const knot& s, const knot& t) {
        const double n = std::hypot(s.alpha, s.sigma);
        return noise_form::ratio(s, t) + noise_form::constant(s, t) * s.sigma / (n * n);
    }
    static double constant(const knot& s, const knot& t) {
        return noise_form::constant(s, t) * s.alpha / std::hypot(s.alpha, s.sigma);
    }
};

}  // namespace types
using types::velocity_form;

}  // namespace detail

/// Pseudo linear multistep as Liu et al. 2022, Algorithm 2, and diffusers' PNDMScheduler have it:
/// DDIM's step with the Adams-Bashforth mean of the last four predictions. The first three steps
/// are pseudo Runge-Kutta steps of four calls, whose stages lie at half of the step's time (`pndm`
/// halves sigma / alpha). Without `runge_kutta` (diffusers' skip_prk_steps) the first step is
/// repeated with the mean of the predictions at its two ends, and the next ones look back on fewer.
/// The last step has one call. With pndm_mixes::velocity the mean is one of velocities, for
/// networks that were trained on v: other numbers, since each was said of another x. Order 2 where
/// steps change smoothly, and 1 with velocities. One evaluation a step after the start;
/// deterministic; any path, and with `runge_kutta` a grid that knows it. Throws fokker::error on a
/// step that falls by more than 1e8 in sigma / alpha.
template <pndm_mixes Mixes = pndm_mixes::noise>
struct published_pndm {
    static constexpr int history = 3;
    static constexpr int evaluations = 4;
    static constexpr int stages = 3;
    static constexpr int memories = Mixes == pndm_mixes::velocity ? 4 : 0;

    bool runge_kutta = true;

    int evaluations_in_step() const { return 1; }  // after the start

    void check(const grid& walk) const {
        if (runge_kutta) detail::require_known_times("published_pndm", walk);
        detail::require_steps_of_noise_form(walk);
    }

    void step(auto& run) const {
        const auto [s, t] = run.interval();
        if (s.alpha == 0) return detail::constant_data_step(run, run.x(), s, t);
        if constexpr (Mixes == pndm_mixes::noise)
            step_in<detail::noise_form>(run, s, t);
        else
            step_in<detail::velocity_form>(run, s, t);
    }

private:
    template <class Form>
    void step_in(auto& run, const auto& s, const auto& t) const {
        const int past = detail::past_with_signal(run);
        const double ratio = Form::ratio(s, t), constant = Form::constant(s, t);
        auto x = run.x();
        const auto newest = Form::prediction(run, x, s);
        keep(run, newest);
        const bool starts = !run.last() && t.sigma > 0 && past < (runge_kutta ? 3 : 1);
        if (starts && runge_kutta) return runge_kutta_step<Form>(run, newest, s, t);
        if (starts) {
            auto end = run.stage(0);
            end = ratio * x + constant * newest;
            x = ratio * x + constant / 2 * (newest + Form::prediction(run, end, t));
            return;
        }
        detail::at_order<4>(past + 1, [&](auto order) {
            auto weights = detail::adams_bashforth<order>();
            for (double& weight : weights) weight *= constant;
            x = ratio * x + mean(run, weights, newest);
        });
    }

    template <class Form>
    void runge_kutta_step(auto& run, const auto& V1, const auto& s, const auto& t) const {
        const knot m = run.knot_at_time(0.5 * (s.time() + t.time()));
        auto x = run.x();
        auto u2 = run.stage(0), u3 = run.stage(1), u4 = run.stage(2);
        u2 = Form::ratio(s, m) * x + Form::constant(s, m) * V1;
        const auto V2 = Form::prediction(run, u2, m);
        u3 = Form::ratio(s, m) * x + Form::constant(s, m) * V2;
        const auto V3 = Form::prediction(run, u3, m);
        u4 = Form::ratio(s, t) * x + Form::constant(s, t) * V3;
        const auto V4 = Form::prediction(run, u4, t);
        x = Form::ratio(s, t) * x + Form::constant(s, t) / 6 * (V1 + 2 * V2 + 2 * V3 + V4);
    }

    /// A velocity is one of its own x, which is gone when later steps look back: so it is kept.
    static void keep(auto& run, const auto& newest) {
        if constexpr (Mixes == pndm_mixes::velocity) {
            auto kept = run.memory(run.index() % 4);
            kept = newest;
        }
    }

    template <std::size_t N>
    static auto mean(auto& run, const std::array<double, N>& weights, const auto& newest) {
        if constexpr (Mixes == pndm_mixes::noise)
            return detail::with_past(run, weights, newest);
        else
            return [&]<std::size_t... K>(std::index_sequence<K...>) {
                return ((weights[0] * newest) + ... +
                        (weights[K + 1] * run.memory((run.index() - static_cast<int>(K) - 1) % 4)));
            }(std::make_index_sequence<N - 1>{});
    }
};

}  // namespace fokker

FOKKER_END_MAY_SHADOW
