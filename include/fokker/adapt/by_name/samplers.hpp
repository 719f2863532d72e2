/// Solvers behind the names that several programs share.
#pragma once

#include <string_view>

#include <fokker/adapt/by_name/ends_with_data.hpp>
#include <fokker/adapt/by_name/in_sigma.hpp>
#include <fokker/adapt/by_name/sampler_options.hpp>
#include <fokker/any_solver.hpp>
#include <fokker/error.hpp>
#include <fokker/solver/adams.hpp>
#include <fokker/solver/cfg_pp.hpp>
#include <fokker/solver/cfg_pp_multistep.hpp>
#include <fokker/solver/consistency.hpp>
#include <fokker/solver/ddpm.hpp>
#include <fokker/solver/deis_in_time.hpp>
#include <fokker/solver/dpm2.hpp>
#include <fokker/solver/dpm_solver_adaptive.hpp>
#include <fokker/solver/dpm_solver_fast.hpp>
#include <fokker/solver/dpm_solver_pp.hpp>
#include <fokker/solver/dpm_solver_pp_sde.hpp>
#include <fokker/solver/dpm_solver_pp_singlestep.hpp>
#include <fokker/solver/dpm_solver_sde.hpp>
#include <fokker/solver/er_sde.hpp>
#include <fokker/solver/euler.hpp>
#include <fokker/solver/euler_ancestral.hpp>
#include <fokker/solver/exponential_multistep.hpp>
#include <fokker/solver/flow_heun.hpp>
#include <fokker/solver/heun.hpp>
#include <fokker/solver/published_sde_dpm_solver.hpp>
#include <fokker/solver/seeds.hpp>
#include <fokker/solver/unipc.hpp>
#include <fokker/target.hpp>

FOKKER_MAY_SHADOW

namespace fokker::inline FOKKER_TARGET::by_name::detail {

/// The solver with alpha = 1 on a flow.
template <solver Solver, kept Kept = kept::data>
any_solver made_in_sigma(const sampler_options& options, std::string_view name) {
    return in_sigma<Solver, Kept>{with_options(Solver{}, options, name)};
}
template <solver Solver>
any_solver made_in_sigma_reading(const sampler_options& options, std::string_view name) {
    return in_sigma_reading<Solver>{{with_options(Solver{}, options, name)}};
}

/// With the ancestral rule for flows.
template <solver Solver>
any_solver made_flow(const sampler_options& options, std::string_view name) {
    return with_options(Solver{.rule = ancestral_rule::flow}, options, name);
}

/// The solver whose last step has order 1, which to sigma = 0 is the data prediction.
template <solver Solver>
Solver falling(const sampler_options& options, std::string_view name) {
    Solver s = with_options(Solver{}, options, name);
    s.falling_steps = 1;
    return s;
}
template <solver Solver>
any_solver made_falling(const sampler_options& options, std::string_view name) {
    return falling<Solver>(options, name);
}
template <solver Solver>
any_solver made_falling_in_sigma(const sampler_options& options, std::string_view name) {
    return in_sigma<Solver, kept::slope>{falling<Solver>(options, name)};
}

inline ends_with_data<gradient_estimation> gradient_of(const sampler_options& options,
                                                       std::string_view name) {
    option_reader reader(options, name);
    ends_with_data<gradient_estimation> s;
    reader.take(s.inner.gamma, &sampler_options::gamma);
    reader.finish();
    return s;
}
inline any_solver made_gradient(const sampler_options& options, std::string_view name) {
    return gradient_of(options, name);
}
inline any_solver made_gradient_in_sigma(const sampler_options& options, std::string_view name) {
    return in_sigma<ends_with_data<gradient_estimation>, kept::slope>{gradient_of(options, name)};
}

inline any_solver made_gradient_cfg_pp(const sampler_options& options, std::string_view name) {
    option_reader reader(options, name);
    gradient_estimation_cfg_pp s;
    reader.take(s.gamma, &sampler_options::gamma);
    reader.finish();
    return s;
}

/// With noise, unless the options say otherwise.
template <solver Solver>
any_solver made_eta_1(const sampler_options& options, std::string_view name) {
    return with_options(Solver{.eta = 1.0}, options, name);
}

/// An exponential Heun method: SEEDS with its stage at the end of the step.
template <bool Stochastic>
any_solver made_exponential_heun(const sampler_options& options, std::string_view name) {
    option_reader reader(options, name);
    seeds<2> s{.eta = Stochastic ? 1.0 : 0.0, .r = 1.0, .weights = seeds_weights::exact};
    if (Stochastic) {
        reader.take(s.eta, &sampler_options::eta);
        reader.take(s.s_noise, &sampler_options::s_noise);
    }
    reader.finish();
    return s;
}

/// k-diffusion's, for so many calls.
inline any_solver ancestral_fast(int calls, const sampler_options& options, std::string_view name) {
    option_reader reader(options, name);
    dpm_solver_fast s{.calls = calls};
    reader.take(s.eta, &sampler_options::eta);
    reader.take(s.s_noise, &sampler_options::s_noise);
    reader.finish();
    return s;
}
inline any_solver made_ancestral_fast(const sampler_options& options, std::string_view name) {
    return ancestral_fast(1, options, name);
}
/// dpm_fast counts its calls: the walk's function sets them.
inline any_solver made_fast(const sampler_options& options, std::string_view name) {
    option_reader(options, name).finish();
    return dpm_solver_fast{.calls = 1};
}
/// The same for so many calls.
inline any_solver fast_with(int calls, bool with_alpha_one) {
    const dpm_solver_fast s{.calls = calls};
    if (with_alpha_one) return in_sigma<dpm_solver_fast>{s};
    return s;
}

template <int Order, bool WithEta>
dpm_solver_adaptive<Order> adaptive_of(option_reader& reader) {
    dpm_solver_adaptive<Order> s{
        .control = {.tolerated = {.absolute = 0.0078, .relative = 0.05, .over = error_over::batch},
                    .first_step = 0.05,
                    .safety = 0.81,
                    .rule = step_rule::arctangent}};
    reader.take(s.control.tolerated.absolute, &sampler_options::atol);
    reader.take(s.control.tolerated.relative, &sampler_options::rtol);
    reader.take(s.control.first_step, &sampler_options::h_init);
    if constexpr (WithEta) {
        reader.take(s.eta, &sampler_options::eta);
        reader.take(s.s_noise, &sampler_options::s_noise);
    }
    reader.finish();
    return s;
}
template <bool InSigma, bool WithEta = false>
any_solver made_adaptive(const sampler_options& options, std::string_view name) {
    option_reader reader(options, name);
    int order = 3;
    reader.take(order, &sampler_options::order);
    require(order == 2 || order == 3, "order is ", order, "; that of '", name, "' is 2 or 3");
    const auto hold = [](auto s) -> any_solver {
        if constexpr (InSigma)
            return in_sigma<decltype(s)>{s};
        else
            return s;
    };
    if (order == 2) return hold(adaptive_of<2, WithEta>(reader));
    return hold(adaptive_of<3, WithEta>(reader));
}

/// DPM++ 2M SDE by the rule that the option solver_type says, or this one.
inline any_solver made_2m_sde(const sampler_options& options, std::string_view name,
                              std::string_view rule) {
    option_reader reader(options, name);
    rule = reader.take_solver_type(rule);
    require(rule == "midpoint" || rule == "heun", "solver_type is '", rule,
            "'; it may be 'midpoint' or 'heun'");
    const auto finished = [&](auto s) -> any_solver {
        s = of_any_growth(s);
        reader.take_usual(s);
        reader.finish();
        return s;
    };
    if (rule == "heun") return finished(sde_dpm_solver_pp<2>{});
    return finished(published_sde_dpm_solver_pp_2m{});
}
inline any_solver made_2m_sde_midpoint(const sampler_options& options, std::string_view name) {
    return made_2m_sde(options, name, "midpoint");
}
inline any_solver made_2m_sde_heun(const sampler_options& options, std::string_view name) {
    return made_2m_sde(options, name, "heun");
}

/// UniPC of order 3 (2 on a walk of two steps, 1 on one) whose order falls in the last steps.
template <unipc_variant Variant>
any_solver made_unipc(const sampler_options& options, std::string_view name) {
    option_reader(options, name).finish();
    return unipc<3>{.variant = Variant, .falling_steps = 3};
}
template <unipc_variant Variant>
any_solver made_unipc_in_sigma(const sampler_options& options, std::string_view name) {
    option_reader(options, name).finish();
    return in_sigma<unipc<3>>{{.variant = Variant, .falling_steps = 3}};
}

}  // namespace fokker::by_name::detail

FOKKER_END_MAY_SHADOW
