/// Exponential Adams-Bashforth methods in lambda, under the names that they are known by.
#pragma once

#include <array>

#include <fokker/path/grid.hpp>
#include <fokker/path/knot.hpp>
#include <fokker/solver/euler_ancestral.hpp>
#include <fokker/solver/exponential_form.hpp>
#include <fokker/solver/multistep_start.hpp>
#include <fokker/solver/step_growth.hpp>
#include <fokker/target.hpp>

namespace fokker::inline FOKKER_TARGET {

/// DEIS (tAB in log rho): the noise prediction as a polynomial in lambda through the last `Order`
/// steps, integrated exactly. Zhang & Chen 2023, eq. 15; DPM-Solver's multistep methods in noise
/// form with exact weights. Order 1 to 3 (3 where `Start` is one_step, else 2 on fine grids); one
/// evaluation a step, Order - 1 in those that a one-step start takes singly, which needs a grid
/// that knows its path; deterministic; any path.
template <int Order = 2, multistep_start Start = multistep_start::low_order>
    requires(Order >= 1 && Order <= 3)
struct deis {
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
        const int past = detail::usable_exact_past<detail::noise_form>(run, most_growth);
        if (detail::takes_single_step<detail::noise_form, Order, Start>(run, past, falling_steps))
            return;
        detail::exponential_adams_step<detail::noise_form, Order>(
            run, detail::falling_past(run, past, falling_steps));
    }
};

/// DPM-Solver++(3M): the data prediction as a parabola in lambda through the last three steps,
/// integrated exactly. Lu et al. 2022 (DPM-Solver++), appendix B, with the second difference that
/// Taylor's formula asks for: the code that was published halves it, and has order 2 (see
/// published_dpm_solver_pp_3m). Order 3 where `Start` is one_step, else 2 on fine grids; one
/// evaluation a step, two in those that a one-step start takes singly, which needs a grid that
/// knows its path; deterministic; any path.
template <multistep_start Start = multistep_start::low_order>
struct dpm_solver_pp_3m {
    static constexpr int history = 2;
    static constexpr int evaluations = detail::start_evaluations<3, Start>;
    static constexpr int stages = detail::start_stages<3, Start>;

    /// A step that is more than this many times as long as an earlier one does not use it.
    double most_growth = detail::usual_growth;
    /// In so many last steps the order is at most the number of steps that are left.
    int falling_steps = 0;

    int evaluations_in_step() const { return 1; }  // where it looks back

    void check(const grid& walk) const {
        detail::check_start<3, Start>(walk, most_growth, falling_steps);
    }

    void step(auto& run) const {
        const int past = detail::usable_exact_past<detail::data_form>(run, most_growth);
        if (detail::takes_single_step<detail::data_form, 3, Start>(run, past, falling_steps))
            return;
        detail::exponential_adams_step<detail::data_form, 3>(
            run, detail::falling_past(run, past, falling_steps));
    }
};

/// RES multistep: the data prediction as a line through the last two steps, integrated exactly.
/// Zhang et al. 2023 (Improved Order Analysis and Design of Exponential Integrator for Diffusion
/// Models Sampling). Order 2; one evaluation a step; deterministic; any path.
struct res_multistep {
    static constexpr int history = 1;
    static constexpr int evaluations = 1;

    /// A step that is more than this many times as long as an earlier one does not use it.
    double most_growth = detail::usual_growth;
    /// In so many last steps the order is at most the number of steps that are left.
    int falling_steps = 0;

    void check(const grid&) const {
        detail::require_growth(most_growth);
        detail::require_falling(falling_steps);
    }

    void step(auto& run) const {
        const int past = detail::usable_exact_past<detail::data_form>(run, most_growth);
        detail::exponential_adams_step<detail::data_form, 2>(
            run, detail::falling_past(run, past, falling_steps));
    }
};

/// RES multistep to a knot cleaner than t, and fresh noise back. The last step counts as long as
/// its deterministic part was. ComfyUI's res_multistep_ancestral. Order 2 at eta = 0, where it is
/// res_multistep; one evaluation a step; stochastic if eta > 0; any path. Throws fokker::error on
/// bad options.
struct res_multistep_ancestral {
    static constexpr int history = 1;
    static constexpr int evaluations = 1;

    double eta = 1.0;
    double s_noise = 1.0;
    ancestral_rule rule = ancestral_rule::posterior;
    /// A step that is more than this many times as long as an earlier one does not use it.
    double most_growth = detail::usual_growth;

    detail::ancestral_options options() const { return {eta, s_noise, rule}; }
    bool stochastic() const { return eta > 0; }
    void check(const grid&) const {
        options().check();
        detail::require_growth(most_growth);
    }

    void step(auto& run) const {
        using form = detail::data_form;
        const auto [s, t] = run.interval();
        const bool past = t.sigma > 0 && detail::usable_exact_past<form>(run, most_growth) > 0;
        if (!past) return euler_ancestral{eta, s_noise, rule}.step(run);
        const knot down = options().down(s, t);
        const double h = down.lambda() - s.lambda();
        const knot& r = run.before(1);
        const double last = options().down(r, s).lambda() - r.lambda();
        const auto w = detail::exponential_weights<form>(std::array{0.0, -last / h}, down, h);
        const auto D = run.data(run.x(), s);
        detail::ancestral_noise(run, form::ratio(s, down) * run.x() + detail::with_past(run, w, D),
                                down, t, s_noise);
    }
};

}  // namespace fokker
