/// CFG++ (Chung et al. 2024) around methods of second order, as ComfyUI composes them: the names
/// that its users ask for. None has a derivation, and none an order (see euler_cfg_pp).
#pragma once

#include <array>
#include <cmath>

#include <fokker/error.hpp>
#include <fokker/finite.hpp>
#include <fokker/model/second_output.hpp>
#include <fokker/path/grid.hpp>
#include <fokker/path/knot.hpp>
#include <fokker/solver/cfg_pp.hpp>
#include <fokker/solver/euler_ancestral.hpp>
#include <fokker/solver/exponential_form.hpp>
#include <fokker/solver/step_growth.hpp>
#include <fokker/target.hpp>

namespace fokker::inline FOKKER_TARGET {

namespace detail {

/// Whether a step of these methods takes what it remembers of the step before: as usable_past.
bool looks_back(const auto& run, double h, double most_growth) {
    if (run.first() || run.before(1).alpha == 0) return false;
    const double last = run.before(0).lambda() - run.before(1).lambda();
    return last != 0 && std::abs(h) * (1.0 - 1e-9) <= most_growth * std::abs(last);
}

/// What memory 0 held is in stage 0 from here on, and in its place `value` for the next step.
void remember(auto& run, bool held, const auto& value) {
    auto old = run.stage(0);
    auto kept = run.memory(0);
    if (held) old = 1.0 * kept;
    kept = value;
}

}  // namespace detail

/// DPM-Solver++(2S) ancestral under CFG++, with the mistake of ComfyUI's dpmpp_2s_ancestral_cfg_pp,
/// for pictures that must equal its own: alpha_s (D - U) is added to the state, and then the method
/// goes by the guided prediction D. At the end of the step U is that of the middle, and D still
/// that of the beginning. So without a condition, too, it adds a difference, which many steps do
/// not make smaller: it is not dpm_solver_pp_2s_ancestral. For the networks of euler_cfg_pp. Two
/// evaluations a step, one from alpha = 0 and to sigma = 0; stochastic if eta > 0; any path, and a
/// grid that knows it. Throws fokker::error on bad options.
struct published_dpm_solver_pp_2s_ancestral_cfg_pp {
    static constexpr int history = 0;
    static constexpr int evaluations = 2;
    static constexpr int stages = 1;

    double eta = 1.0;
    double s_noise = 1.0;
    ancestral_rule rule = ancestral_rule::posterior;

    detail::ancestral_options options() const { return {eta, s_noise, rule}; }
    bool stochastic() const { return eta > 0; }
    bool reads(second_output kind) const { return kind == second_output::unconditional; }
    void check(const grid& walk) const {
        options().check();
        walk.require_path();
    }

    void step(auto& run) const {
        using form = detail::data_form;
        const auto [s, t] = run.interval();
        if (s.alpha == 0 || t.sigma == 0)
            return euler_ancestral_cfg_pp{eta, s_noise, rule}.step(run);
        const knot down = options().down(s, t);
        const knot m = run.knot_at(0.5 * (s.lambda() + down.lambda()));
        auto x = run.x();
        auto u = run.stage(0);
        const auto D = run.data(x, s);
        u = form::ratio(s, m) * (x + s.alpha * (D - run.unconditional())) +
            form::constant(s, m) * D;
        const auto D_m = run.data(u, m);
        const auto guided = x + s.alpha * (D - run.unconditional());
        detail::ancestral_noise(run, form::ratio(s, down) * guided + form::constant(s, down) * D_m,
                                down, t, s_noise);
    }
};

/// DPM-Solver++(2M) under CFG++: euler_cfg_pp, and the difference between the guided prediction and
/// the last unconditional one for the slope. ComfyUI's dpmpp_2m_cfg_pp. For the networks of
/// euler_cfg_pp; without a condition it is dpm_solver_pp_2m. One evaluation a step; deterministic;
/// any path. Throws fokker::error on bad options.
struct dpm_solver_pp_2m_cfg_pp {
    static constexpr int history = 0;
    static constexpr int evaluations = 1;
    static constexpr int stages = 1;
    static constexpr int memories = 1;

    /// A step that is more than this many times as long as the last one does not look back.
    double most_growth = detail::usual_growth;

    bool reads(second_output kind) const { return kind == second_output::unconditional; }
    void check(const grid&) const { detail::require_growth(most_growth); }

    void step(auto& run) const {
        using form = detail::data_form;
        const auto [s, t] = run.interval();
        auto x = run.x();
        const auto D = run.data(x, s);
        const auto U = run.unconditional();
        const double ratio = form::ratio(s, t), h = t.lambda() - s.lambda();
        const auto euler = t.alpha * D + ratio * x - ratio * s.alpha * U;
        const bool past = t.sigma > 0 && detail::looks_back(run, h, most_growth);
        detail::remember(run, past, U);
        if (past) {
            const double last = s.lambda() - run.before(1).lambda();
            x = euler + form::constant(s, t) * h / (2 * last) * (D - 1.0 * run.stage(0));
        } else {
            x = euler;
        }
    }
};

/// RES multistep under CFG++, ancestral where eta > 0: alpha_s (D - U) is added to the state, and
/// then the method goes by the unconditional prediction. (So the guidance counts alpha_t in the
/// first step, as in euler_cfg_pp, and alpha_s sigma_t / sigma_s in the others.) ComfyUI's
/// res_multistep_cfg_pp with eta = 0, and res_multistep_ancestral_cfg_pp with 1. For the networks
/// of euler_cfg_pp; without a condition it is res_multistep, or res_multistep_ancestral. One
/// evaluation a step; stochastic if eta > 0; any path. Throws fokker::error on bad options.
struct res_multistep_cfg_pp {
    static constexpr int history = 0;
    static constexpr int evaluations = 1;
    static constexpr int stages = 1;
    static constexpr int memories = 1;

    double eta = 0.0;
    double s_noise = 1.0;
    ancestral_rule rule = ancestral_rule::posterior;
    /// A step that is more than this many times as long as the last one does not look back.
    double most_growth = detail::usual_growth;

    detail::ancestral_options options() const { return {eta, s_noise, rule}; }
    bool stochastic() const { return eta > 0; }
    bool reads(second_output kind) const { return kind == second_output::unconditional; }
    void check(const grid&) const {
        options().check();
        detail::require_growth(most_growth);
    }

    void step(auto& run) const {
        using form = detail::data_form;
        const auto [s, t] = run.interval();
        const knot down = options().down(s, t);
        auto x = run.x();
        const auto D = run.data(x, s);
        const auto U = run.unconditional();
        const double ratio = form::ratio(s, down);
        const bool past =
            t.sigma > 0 && detail::looks_back(run, t.lambda() - s.lambda(), most_growth);
        detail::remember(run, past, U);
        if (!past)
            return detail::ancestral_noise(run, t.alpha * D + ratio * x - ratio * s.alpha * U, down,
                                           t, s_noise);
        const double h = down.lambda() - s.lambda();
        const knot& r = run.before(1);
        const double last = options().down(r, s).lambda() - r.lambda();
        const auto w = detail::exponential_weights<form>(std::array{0.0, -last / h}, down, h);
        detail::ancestral_noise(
            run, ratio * x + ratio * s.alpha * (D - U) + w[0] * U + w[1] * run.stage(0), down, t,
            s_noise);
    }
};

/// Gradient estimation under CFG++: euler_cfg_pp, with the noise of the unconditional prediction
/// taken beyond the newest one. ComfyUI's gradient_estimation_cfg_pp. For the networks of
/// euler_cfg_pp; without a condition it is gradient_estimation, but for a last step to sigma = 0,
/// which ends on the guided prediction. One evaluation a step; deterministic; any path. Throws
/// fokker::error on a gamma that is not finite.
struct gradient_estimation_cfg_pp {
    static constexpr int history = 0;
    static constexpr int evaluations = 1;
    static constexpr int stages = 1;
    static constexpr int memories = 1;

    double gamma = 2.0;

    bool reads(second_output kind) const { return kind == second_output::unconditional; }
    void check(const grid&) const {
        detail::require(detail::is_finite(gamma), "gamma is ", gamma, "; it must be finite");
    }

    void step(auto& run) const {
        const auto [s, t] = run.interval();
        auto x = run.x();
        const auto D = run.data(x, s);
        const auto eps_hat_u = (x - s.alpha * run.unconditional()) / s.sigma;
        const bool past = t.sigma > 0 && !run.first() && run.before(1).alpha > 0;
        detail::remember(run, past, eps_hat_u);
        const auto euler = t.alpha * D + t.sigma * eps_hat_u;
        if (past)
            x = euler +
                (gamma - 1) * detail::noise_form::constant(s, t) * (eps_hat_u - 1.0 * run.stage(0));
        else
            x = euler;
    }
};

}  // namespace fokker
