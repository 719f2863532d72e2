// The samplers that the program offers: a name for each, and what it makes of the options.
#pragma once

#include <algorithm>
#include <array>
#include <fokker/fokker.hpp>
#include <string_view>
#include <variant>

namespace fashion {

using any_solver =
    std::variant<fokker::ddpm, fokker::ddim, fokker::euler, fokker::euler_ancestral, fokker::heun,
                 fokker::dpm2, fokker::dpm_solver_pp_2m, fokker::dpm_solver_pp_3m<>,
                 fokker::sde_dpm_solver_pp<2>, fokker::deis<3>, fokker::lms<4>, fokker::unipc<2>,
                 fokker::er_sde<3>, fokker::analytic_ddpm, fokker::analytic_ddim>;

struct solver_settings {
    double eta = 0.0;
    double churn = 0.0;
    fokker::moments gamma = {};  // of the network, for the analytic samplers

    // Pictures lie in [-1, 1]. The last noise that is added is never taken away again, so it is
    // bounded to what the eye forgives.
    fokker::analytic_variance analytic() const {
        return {.gamma = gamma, .data_radius = 1.0, .bounded_steps = 1};
    }
};

enum class takes { nothing, eta, churn };

/// A sampler without options here.
template <class Solver>
any_solver plain(const solver_settings&) {
    return Solver{};
}

struct sampler {
    std::string_view name;
    takes option;
    bool needs_moments;
    any_solver (*make)(const solver_settings&);
};

inline constexpr std::array samplers{
    sampler{"ddpm", takes::nothing, false, plain<fokker::ddpm>},
    sampler{"ddpm-upper", takes::nothing, false,
            [](const solver_settings&) -> any_solver {
                return fokker::ddpm{.variance = fokker::ddpm_variance::upper_bound};
            }},
    sampler{"ddim", takes::eta, false,
            [](const solver_settings& s) -> any_solver { return fokker::ddim{.eta = s.eta}; }},
    sampler{
        "euler", takes::churn, false,
        [](const solver_settings& s) -> any_solver { return fokker::euler{.s_churn = s.churn}; }},
    sampler{
        "heun", takes::churn, false,
        [](const solver_settings& s) -> any_solver { return fokker::heun{.s_churn = s.churn}; }},
    sampler{"euler-a", takes::nothing, false, plain<fokker::euler_ancestral>},
    sampler{"dpm2", takes::nothing, false, plain<fokker::dpm2>},
    sampler{"dpm++2m", takes::nothing, false, plain<fokker::dpm_solver_pp_2m>},
    sampler{"dpm++3m", takes::nothing, false, plain<fokker::dpm_solver_pp_3m<>>},
    sampler{"dpm++2m-sde", takes::nothing, false, plain<fokker::sde_dpm_solver_pp<2>>},
    sampler{"deis3", takes::nothing, false, plain<fokker::deis<3>>},
    sampler{"lms", takes::nothing, false, plain<fokker::lms<4>>},
    sampler{"unipc", takes::nothing, false, plain<fokker::unipc<2>>},
    sampler{"er-sde", takes::nothing, false, plain<fokker::er_sde<3>>},
    sampler{"analytic-ddpm", takes::nothing, true,
            [](const solver_settings& s) -> any_solver {
                return fokker::analytic_ddpm{.variance = s.analytic()};
            }},
    sampler{"analytic-ddim", takes::eta, true,
            [](const solver_settings& s) -> any_solver {
                return fokker::analytic_ddim{.eta = s.eta, .variance = s.analytic()};
            }},
};

inline const sampler& sampler_named(std::string_view name) {
    return *std::ranges::find(samplers, name, &sampler::name);
}

}  // namespace fashion
