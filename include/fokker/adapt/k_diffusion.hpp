/// k-diffusion's samplers by their names, on its sigmas. Compile time is spent where `sampler` is
/// called, on every solver, so call it in one place.
#pragma once

#include <array>
#include <cmath>
#include <span>
#include <string_view>
#include <utility>

#include <fokker/adapt/by_name/names.hpp>
#include <fokker/adapt/by_name/plan.hpp>
#include <fokker/adapt/by_name/sampler_options.hpp>
#include <fokker/adapt/by_name/samplers.hpp>
#include <fokker/adapt/by_name/sigmas.hpp>
#include <fokker/adapt/evenly_spaced.hpp>
#include <fokker/path/grids/layout.hpp>
#include <fokker/path/path.hpp>
#include <fokker/path/prior.hpp>
#include <fokker/path/schedules/betas.hpp>
#include <fokker/target.hpp>

namespace fokker::inline FOKKER_TARGET::k_diffusion {

using by_name::sampler_options, by_name::plan;

/// Options of `sampler`. A sigma of 0 stands for the path's own end.
struct options {
    double sigma_min = 0.0;
    double sigma_max = 0.0;
    double rho = 0.0;  ///< 0: what the function has by default, 7 or (polyexponential) 1
    double beta_d = 19.9, beta_min = 0.1, eps_s = 1e-3;  ///< of get_sigmas_vp
    sampler_options sampling = {};                       ///< of the sampler itself
};

namespace detail {

using namespace by_name::detail;
using by_name::gaussians, by_name::sampler_name, by_name::scheduler_name, by_name::walks;

inline any_solver made_lms(const sampler_options& given, std::string_view name) {
    option_reader reader(given, name);
    int order = 4;
    reader.take(order, &sampler_options::order);
    reader.finish();
    require(order >= 1 && order <= 4, "order is ", order, "; that of '", name,
            "' lies in 1 .. 4 here");
    if (order == 1) return of_any_growth(lms<1>{});
    if (order == 2) return of_any_growth(lms<2>{});
    if (order == 3) return of_any_growth(lms<3>{});
    return of_any_growth(lms<4>{});
}

}  // namespace detail

/// Every sampler of k-diffusion, and what it is here.
inline constexpr std::array sampler_names{
    by_name::sampler_name{"sample_euler", "euler", detail::made<euler>},
    by_name::sampler_name{"sample_euler_ancestral", "euler_ancestral",
                          detail::made<euler_ancestral>, by_name::gaussians::fresh},
    by_name::sampler_name{"sample_heun", "heun", detail::made<heun>},
    by_name::sampler_name{"sample_dpm_2", "dpm2", detail::made<dpm2>},
    by_name::sampler_name{"sample_dpm_2_ancestral", "dpm2_ancestral", detail::made<dpm2_ancestral>,
                          by_name::gaussians::fresh},
    by_name::sampler_name{"sample_lms", "lms<4>", detail::made_lms},
    by_name::sampler_name{.name = "sample_dpm_fast",
                          .here = "dpm_solver_fast",
                          .make = detail::made_ancestral_fast,
                          .remark = "`steps` is its n, the network calls",
                          .along = by_name::walks::for_so_many_calls},
    by_name::sampler_name{
        .name = "sample_dpm_adaptive",
        .here = "dpm_solver_adaptive<3>",
        .make = detail::made_adaptive<false, true>,
        .note = "its steps have other lengths: k-diffusion measures the error in units of the "
                "larger of atol and rtol times x, and here their sum; "
                "`steps` counts for nothing",
        .along = by_name::walks::ends},
    by_name::sampler_name{"sample_dpmpp_2s_ancestral", "dpm_solver_pp_2s_ancestral",
                          detail::made<dpm_solver_pp_2s_ancestral>, by_name::gaussians::fresh},
    by_name::sampler_name{"sample_dpmpp_sde", "dpm_solver_pp_sde", detail::made<dpm_solver_pp_sde>,
                          by_name::gaussians::of_a_brownian_path},
    by_name::sampler_name{"sample_dpmpp_2m", "dpm_solver_pp_2m", detail::made<dpm_solver_pp_2m>},
    by_name::sampler_name{"sample_dpmpp_2m_sde", "published_sde_dpm_solver_pp_2m",
                          detail::made_2m_sde_midpoint, by_name::gaussians::of_a_brownian_path},
    by_name::sampler_name{"sample_dpmpp_3m_sde", "published_sde_dpm_solver_pp_3m",
                          detail::made<published_sde_dpm_solver_pp_3m>,
                          by_name::gaussians::of_a_brownian_path},
};

/// Every function of k-diffusion that makes sigmas.
inline constexpr std::array scheduler_names{
    by_name::scheduler_name{"get_sigmas_karras", "karras"},
    by_name::scheduler_name{"get_sigmas_exponential", "exponential"},
    by_name::scheduler_name{"get_sigmas_polyexponential", "polyexponential"},
    by_name::scheduler_name{
        .name = "get_sigmas_vp",
        .here = "linspace(vp_path{}, n)",
        .note = "begins at sigma = 152: for a `vp_path`, or with a smaller `beta_d`"},
    by_name::scheduler_name{.name = "get_sigmas",
                            .here = "time_uniform",
                            .note = "the method of a model with a table of training times"},
};

/// The sigmas that the function of this name makes, with 0 at the end; "karras" is
/// "get_sigmas_karras". Throws fokker::error on an unknown name, and on a range that is empty.
template <diffusion_path Path>
by_name::sigmas sigmas_of(std::string_view scheduler, int steps, const Path& path,
                          const options& given = {}) {
    using namespace detail;
    require_steps(steps);
    const std::string_view name = entry_of(std::span<const scheduler_name>(scheduler_names),
                                           scheduler, "function of sigmas", "get_sigmas_")
                                      .name;
    if (name == "get_sigmas_vp") {
        require(given.beta_d > 0 && given.beta_min > 0 && given.eps_s > 0 && given.eps_s < 1,
                "beta_d is ", given.beta_d, ", beta_min is ", given.beta_min, ", eps_s is ",
                given.eps_s, "; all must be positive, and eps_s below 1");
        by_name::sigmas all = fokker::detail::evenly_spaced(1.0, given.eps_s, steps);
        for (double& t : all)
            t = std::sqrt(std::expm1(given.beta_d * t * t / 2 + given.beta_min * t));
        all.push_back(0.0);
        return all;
    }
    if (name == "get_sigmas") {
        if constexpr (discrete_path<Path>) {
            by_name::sigmas all =
                fokker::detail::evenly_spaced(path.last_time(), path.first_time(), steps);
            for (double& t : all) t = path.at(t).noise_to_signal();
            all.push_back(0.0);
            return all;
        } else {
            refuse(
                "get_sigmas is a method of models with a table of training times, and this path "
                "is continuous; take 'get_sigmas_karras'");
        }
    }
    const auto range = fokker::detail::range_of(path, given.sigma_min, given.sigma_max);
    const bool poly = name == "get_sigmas_polyexponential";
    const double rho = given.rho != 0 ? given.rho : poly ? 1.0 : 7.0;
    require(rho > 0 && fokker::detail::is_finite(rho), "rho is ", rho, "; it must be positive");
    if (name == "get_sigmas_karras") return karras_sigmas(steps, range.high, range.low, rho);
    require(poly || given.rho == 0, "get_sigmas_exponential has no rho; leave it out");
    if (!poly) return exponential_sigmas(steps, range.high, range.low);
    by_name::sigmas all = fokker::detail::evenly_spaced(1.0, 0.0, steps);
    const double low = std::log(range.low), high = std::log(range.high);
    for (double& u : all) u = std::exp(low + std::pow(u, rho) * (high - low));
    all.push_back(0.0);
    return all;
}

/// The sampler and the sigmas of these names: "sample_dpmpp_2m" or "dpmpp_2m", "get_sigmas_karras"
/// or "karras". `path` is the model's, by default that of Stable Diffusion 1 and 2; a rectified
/// flow is none of k-diffusion's. The walk starts from N(0, sigma_max^2), at alpha = 1, as
/// k-diffusion's does. Throws fokker::error on a name that it does not know, with what may have
/// been meant, and on options that the sampler does not have.
template <diffusion_path Path>
plan sampler(std::string_view sampler, std::string_view scheduler, int steps, const Path& path,
             const options& given = {}) {
    using namespace detail;
    static_assert(!is_flow<Path>,
                  "fokker: k-diffusion knows no rectified flow; take fokker::comfyui::sampler");
    const sampler_name& found =
        entry_of(std::span<const sampler_name>(sampler_names), sampler, "sampler", "sample_");
    any_solver method = found.make(given.sampling, found.name);
    if (found.along == walks::for_so_many_calls)
        method = ancestral_fast(steps, given.sampling, found.name);
    const by_name::sigmas all = along(found, sigmas_of(scheduler, steps, path, given), steps);
    for (const double sigma : all)
        if (sigma > 0)
            fokker::detail::require_reached(path, "a sigma", sigma, path.time(-std::log(sigma)));
    return {grid_of(path, all, found, scheduler).with_prior(prior::sigma), std::move(method),
            given.sampling.eta.value_or(0.0) > 0 && found.draws == gaussians::none
                ? gaussians::fresh
                : found.draws,
            found.note};
}

inline plan sampler(std::string_view name, std::string_view scheduler, int steps,
                    const options& given = {}) {
    return sampler(name, scheduler, steps, scaled_linear_schedule(), given);
}

}  // namespace fokker::k_diffusion
