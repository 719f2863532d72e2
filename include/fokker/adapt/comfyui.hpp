/// ComfyUI's samplers and schedulers by their names. Compile time is spent where `sampler` is
/// called, on every solver, so call it in one place.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include <fokker/adapt/by_name/names.hpp>
#include <fokker/adapt/by_name/plan.hpp>
#include <fokker/adapt/by_name/sampler_options.hpp>
#include <fokker/adapt/by_name/samplers.hpp>
#include <fokker/adapt/by_name/sigmas.hpp>
#include <fokker/adapt/evenly_spaced.hpp>
#include <fokker/path/grids/fractions.hpp>
#include <fokker/path/grids/inverse_beta.hpp>
#include <fokker/path/path.hpp>
#include <fokker/path/prior.hpp>
#include <fokker/path/schedules/betas.hpp>
#include <fokker/path/schedules/discrete.hpp>
#include <fokker/target.hpp>

FOKKER_MAY_SHADOW

namespace fokker::inline FOKKER_TARGET::comfyui {

using by_name::sampler_options, by_name::plan;

/// Options of `sampler`.
struct options {
    double denoise = 1.0;   ///< of image to image, in (0, 1]: the last `steps` of steps / denoise
    int flow_times = 1000;  ///< entries of a flow's table: 10000 for Flux and those like it
    sampler_options sampling = {};  ///< of the sampler itself
};

namespace detail {

using namespace by_name::detail;
using by_name::gaussians, by_name::sampler_name, by_name::scheduler_name, by_name::walks;

inline constexpr std::string_view second_call =
    "the first step, from sigma = 1, makes one call; ComfyUI makes a second one at 0.9999";
inline constexpr std::string_view alpha_one = "its formulas are those of alpha = 1";
inline constexpr std::string_view unipc_end = "ComfyUI divides the last state by 0.999";

}  // namespace detail

/// Every sampler of ComfyUI's KSampler, and what it is here.
inline constexpr std::array sampler_names{
    by_name::sampler_name{.name = "euler",
                          .here = "euler",
                          .make = detail::made<euler>,
                          .here_on_flow = "euler",
                          .make_on_flow = detail::made<euler>},
    by_name::sampler_name{.name = "euler_cfg_pp",
                          .here = "euler_cfg_pp",
                          .make = detail::made<euler_cfg_pp>,
                          .here_on_flow = "euler_cfg_pp",
                          .make_on_flow = detail::made<euler_cfg_pp>,
                          .needs_unconditional = true},
    by_name::sampler_name{.name = "euler_ancestral",
                          .here = "euler_ancestral",
                          .make = detail::made<euler_ancestral>,
                          .draws = by_name::gaussians::fresh,
                          .here_on_flow = "euler_ancestral, rule flow",
                          .make_on_flow = detail::made_flow<euler_ancestral>},
    by_name::sampler_name{.name = "euler_ancestral_cfg_pp",
                          .here = "euler_ancestral_cfg_pp",
                          .make = detail::made<euler_ancestral_cfg_pp>,
                          .draws = by_name::gaussians::fresh,
                          .here_on_flow = "euler_ancestral_cfg_pp",
                          .make_on_flow = detail::made<euler_ancestral_cfg_pp>,
                          .needs_unconditional = true},
    by_name::sampler_name{.name = "heun",
                          .here = "heun",
                          .make = detail::made<heun>,
                          .here_on_flow = "flow_heun",
                          .make_on_flow = detail::made<flow_heun>},
    by_name::sampler_name{.name = "heunpp2",
                          .here = "heun",
                          .note = "Heun++ weighs slopes by the sigmas of the next two steps"},
    by_name::sampler_name{.name = "exp_heun_2_x0",
                          .here = "seeds<2>, eta 0, r 1, exact weights",
                          .make = detail::made_exponential_heun<false>,
                          .here_on_flow = "the same",
                          .make_on_flow = detail::made_exponential_heun<false>,
                          .offset_on_flow = true},
    by_name::sampler_name{.name = "exp_heun_2_x0_sde",
                          .here = "seeds<2>, r 1, exact weights",
                          .make = detail::made_exponential_heun<true>,
                          .draws = by_name::gaussians::fresh,
                          .here_on_flow = "the same",
                          .make_on_flow = detail::made_exponential_heun<true>,
                          .offset_on_flow = true},
    by_name::sampler_name{.name = "dpm_2",
                          .here = "dpm2",
                          .make = detail::made<dpm2>,
                          .here_on_flow = "dpm2 at alpha = 1",
                          .make_on_flow = detail::made_in_sigma<dpm2>,
                          .along = by_name::walks::without_last},
    by_name::sampler_name{
        .name = "dpm_2_ancestral",
        .here = "dpm2_ancestral",
        .make = detail::made<dpm2_ancestral>,
        .draws = by_name::gaussians::fresh,
        .note_on_flow = "its middle is that of alpha = 1 and its noise that of a flow",
        .along = by_name::walks::without_last},
    by_name::sampler_name{.name = "lms",
                          .here = "lms<4>, the last step Euler's",
                          .make = detail::made_falling<lms<4>>,
                          .here_on_flow = "the same at alpha = 1",
                          .make_on_flow = detail::made_falling_in_sigma<lms<4>>},
    by_name::sampler_name{.name = "dpm_fast",
                          .here = "dpm_solver_fast",
                          .make = detail::made_fast,
                          .here_on_flow = "dpm_solver_fast at alpha = 1",
                          .make_on_flow = detail::made_fast,
                          .along = by_name::walks::for_so_many_calls},
    by_name::sampler_name{
        .name = "dpm_adaptive",
        .here = "dpm_solver_adaptive<3>",
        .make = detail::made_adaptive<false>,
        .here_on_flow = "the same at alpha = 1",
        .make_on_flow = detail::made_adaptive<true>,
        .note =
            "its steps have other lengths: ComfyUI measures the error in units of the larger of "
            "atol and rtol times x, and here their sum; `steps` gives the ends alone",
        .along = by_name::walks::ends},
    by_name::sampler_name{.name = "dpmpp_2s_ancestral",
                          .here = "dpm_solver_pp_2s_ancestral",
                          .make = detail::made<dpm_solver_pp_2s_ancestral>,
                          .draws = by_name::gaussians::fresh,
                          .here_on_flow = "dpm_solver_pp_2s_ancestral, rule flow",
                          .make_on_flow = detail::made_flow<dpm_solver_pp_2s_ancestral>,
                          .note_on_flow = detail::second_call},
    by_name::sampler_name{.name = "dpmpp_2s_ancestral_cfg_pp",
                          .here = "published_dpm_solver_pp_2s_ancestral_cfg_pp",
                          .make = detail::made<published_dpm_solver_pp_2s_ancestral_cfg_pp>,
                          .draws = by_name::gaussians::fresh,
                          .note_on_flow = detail::alpha_one,
                          .needs_unconditional = true},
    by_name::sampler_name{.name = "dpmpp_sde",
                          .here = "dpm_solver_pp_sde",
                          .make = detail::made<dpm_solver_pp_sde>,
                          .draws = by_name::gaussians::of_a_brownian_path,
                          .here_on_flow = "dpm_solver_pp_sde",
                          .make_on_flow = detail::made<dpm_solver_pp_sde>,
                          .offset_on_flow = true},
    by_name::sampler_name{.name = "dpmpp_sde_gpu",
                          .here = "dpm_solver_pp_sde",
                          .make = detail::made<dpm_solver_pp_sde>,
                          .draws = by_name::gaussians::of_a_brownian_path,
                          .here_on_flow = "dpm_solver_pp_sde",
                          .make_on_flow = detail::made<dpm_solver_pp_sde>,
                          .offset_on_flow = true},
    by_name::sampler_name{.name = "dpmpp_2m",
                          .here = "dpm_solver_pp_2m",
                          .make = detail::made<dpm_solver_pp_2m>,
                          .here_on_flow = "dpm_solver_pp_2m at alpha = 1",
                          .make_on_flow = detail::made_in_sigma<dpm_solver_pp_2m>},
    by_name::sampler_name{.name = "dpmpp_2m_cfg_pp",
                          .here = "dpm_solver_pp_2m_cfg_pp",
                          .make = detail::made<dpm_solver_pp_2m_cfg_pp>,
                          .note_on_flow = detail::alpha_one,
                          .needs_unconditional = true},
    by_name::sampler_name{.name = "dpmpp_2m_sde",
                          .here = "published_sde_dpm_solver_pp_2m",
                          .make = detail::made_2m_sde_midpoint,
                          .draws = by_name::gaussians::of_a_brownian_path,
                          .here_on_flow = "published_sde_dpm_solver_pp_2m",
                          .make_on_flow = detail::made_2m_sde_midpoint,
                          .offset_on_flow = true},
    by_name::sampler_name{.name = "dpmpp_2m_sde_gpu",
                          .here = "published_sde_dpm_solver_pp_2m",
                          .make = detail::made_2m_sde_midpoint,
                          .draws = by_name::gaussians::of_a_brownian_path,
                          .here_on_flow = "published_sde_dpm_solver_pp_2m",
                          .make_on_flow = detail::made_2m_sde_midpoint,
                          .offset_on_flow = true},
    by_name::sampler_name{.name = "dpmpp_2m_sde_heun",
                          .here = "sde_dpm_solver_pp<2>",
                          .make = detail::made_2m_sde_heun,
                          .draws = by_name::gaussians::of_a_brownian_path,
                          .here_on_flow = "sde_dpm_solver_pp<2>",
                          .make_on_flow = detail::made_2m_sde_heun,
                          .offset_on_flow = true},
    by_name::sampler_name{.name = "dpmpp_2m_sde_heun_gpu",
                          .here = "sde_dpm_solver_pp<2>",
                          .make = detail::made_2m_sde_heun,
                          .draws = by_name::gaussians::of_a_brownian_path,
                          .here_on_flow = "sde_dpm_solver_pp<2>",
                          .make_on_flow = detail::made_2m_sde_heun,
                          .offset_on_flow = true},
    by_name::sampler_name{.name = "dpmpp_3m_sde",
                          .here = "published_sde_dpm_solver_pp_3m",
                          .make = detail::made<published_sde_dpm_solver_pp_3m>,
                          .draws = by_name::gaussians::of_a_brownian_path,
                          .here_on_flow = "published_sde_dpm_solver_pp_3m",
                          .make_on_flow = detail::made<published_sde_dpm_solver_pp_3m>,
                          .offset_on_flow = true},
    by_name::sampler_name{.name = "dpmpp_3m_sde_gpu",
                          .here = "published_sde_dpm_solver_pp_3m",
                          .make = detail::made<published_sde_dpm_solver_pp_3m>,
                          .draws = by_name::gaussians::of_a_brownian_path,
                          .here_on_flow = "published_sde_dpm_solver_pp_3m",
                          .make_on_flow = detail::made<published_sde_dpm_solver_pp_3m>,
                          .offset_on_flow = true},
    by_name::sampler_name{.name = "ddpm",
                          .here = "ddpm",
                          .make = detail::made<ddpm>,
                          .draws = by_name::gaussians::fresh,
                          .note_on_flow = "ComfyUI takes the flow for a variance-preserving path"},
    by_name::sampler_name{.name = "lcm",
                          .here = "consistency_sampler",
                          .make = detail::made<consistency_sampler>,
                          .draws = by_name::gaussians::fresh,
                          .here_on_flow = "consistency_sampler",
                          .make_on_flow = detail::made<consistency_sampler>},
    by_name::sampler_name{.name = "ipndm",
                          .here = "ipndm<4>, the last step Euler's",
                          .make = detail::made_falling<ipndm<4>>,
                          .here_on_flow = "the same at alpha = 1",
                          .make_on_flow = detail::made_falling_in_sigma<ipndm<4>>},
    by_name::sampler_name{.name = "ipndm_v",
                          .here = "lms",
                          .note = "its published coefficients contain errors from order 3 on; lms "
                                  "is the method without them"},
    by_name::sampler_name{
        .name = "deis",
        .here = "deis_in_time<3> on a clock of its own",
        .make = detail::made<deis_in_time<3>>,
        .note =
            "the integrals are exact here, and sums of 10000 points there, which miss them by 1e-4",
        .note_on_flow = "its clock is that of a variance-preserving path",
        .along = by_name::walks::on_a_vp_clock},
    by_name::sampler_name{.name = "res_multistep",
                          .here = "res_multistep",
                          .make = detail::made<res_multistep>,
                          .here_on_flow = "res_multistep at alpha = 1",
                          .make_on_flow = detail::made_in_sigma<res_multistep>},
    by_name::sampler_name{.name = "res_multistep_cfg_pp",
                          .here = "res_multistep_cfg_pp",
                          .make = detail::made<res_multistep_cfg_pp>,
                          .note_on_flow = detail::alpha_one,
                          .needs_unconditional = true},
    by_name::sampler_name{.name = "res_multistep_ancestral",
                          .here = "res_multistep_ancestral",
                          .make = detail::made<res_multistep_ancestral>,
                          .draws = by_name::gaussians::fresh,
                          .here_on_flow = "res_multistep_ancestral at alpha = 1",
                          .make_on_flow = detail::made_in_sigma<res_multistep_ancestral>},
    by_name::sampler_name{.name = "res_multistep_ancestral_cfg_pp",
                          .here = "res_multistep_cfg_pp, eta 1",
                          .make = detail::made_eta_1<res_multistep_cfg_pp>,
                          .draws = by_name::gaussians::fresh,
                          .note_on_flow = detail::alpha_one,
                          .needs_unconditional = true},
    by_name::sampler_name{.name = "gradient_estimation",
                          .here = "gradient_estimation, the last step Euler's",
                          .make = detail::made_gradient,
                          .here_on_flow = "the same at alpha = 1",
                          .make_on_flow = detail::made_gradient_in_sigma},
    by_name::sampler_name{.name = "gradient_estimation_cfg_pp",
                          .here = "gradient_estimation_cfg_pp",
                          .make = detail::made_gradient_cfg_pp,
                          .note_on_flow = detail::alpha_one,
                          .needs_unconditional = true},
    by_name::sampler_name{.name = "er_sde",
                          .here = "er_sde<3>",
                          .make = detail::made<er_sde<3>>,
                          .draws = by_name::gaussians::fresh,
                          .here_on_flow = "er_sde<3>",
                          .make_on_flow = detail::made<er_sde<3>>,
                          .note = "the parabola goes through three predictions here; there its "
                                  "middle term is left out, and integrals are sums of 200 points",
                          .offset_on_flow = true},
    by_name::sampler_name{.name = "seeds_2",
                          .here = "seeds<2>",
                          .make = detail::made<seeds<2>>,
                          .draws = by_name::gaussians::fresh,
                          .here_on_flow = "seeds<2>",
                          .make_on_flow = detail::made<seeds<2>>,
                          .offset_on_flow = true},
    by_name::sampler_name{.name = "seeds_3",
                          .here = "seeds<3>",
                          .make = detail::made<seeds<3>>,
                          .draws = by_name::gaussians::fresh,
                          .here_on_flow = "seeds<3>",
                          .make_on_flow = detail::made<seeds<3>>,
                          .offset_on_flow = true},
    by_name::sampler_name{
        .name = "sa_solver",
        .here = "dpmpp_2m_sde",
        .note = "orders 3 and 4, which fall in another way at the end; sa_solver<3, 3> comes near"},
    by_name::sampler_name{
        .name = "sa_solver_pece",
        .here = "dpmpp_2m_sde",
        .note = "noise between two times, by the level at a step's end, and orders 3 and 4, which "
                "fall in another way at the end; sa_solver_pece<3, 4> comes near"},
    by_name::sampler_name{.name = "ddim",
                          .here = "euler",
                          .make = detail::made<euler>,
                          .here_on_flow = "euler",
                          .make_on_flow = detail::made<euler>},
    by_name::sampler_name{.name = "uni_pc",
                          .here = "unipc<3>, bh1, order falling at the end",
                          .make = detail::made_unipc<unipc_variant::bh1>,
                          .here_on_flow = "the same at alpha = 1",
                          .make_on_flow = detail::made_unipc_in_sigma<unipc_variant::bh1>,
                          .note_on_flow = detail::unipc_end,
                          .along = by_name::walks::without_last_to_0001},
    by_name::sampler_name{.name = "uni_pc_bh2",
                          .here = "unipc<3>, bh2, order falling at the end",
                          .make = detail::made_unipc<unipc_variant::bh2>,
                          .here_on_flow = "the same at alpha = 1",
                          .make_on_flow = detail::made_unipc_in_sigma<unipc_variant::bh2>,
                          .note_on_flow = detail::unipc_end,
                          .along = by_name::walks::without_last_to_0001},
};

/// Every scheduler of ComfyUI's KSampler.
inline constexpr std::array scheduler_names{
    by_name::scheduler_name{"simple", "simple"},
    by_name::scheduler_name{"sgm_uniform", "sgm_uniform"},
    by_name::scheduler_name{"karras", "karras"},
    by_name::scheduler_name{"exponential", "exponential"},
    by_name::scheduler_name{.name = "ddim_uniform",
                            .here = "leading(schedule, n, 1)",
                            .note = "has more steps than were asked for where these do not divide "
                                    "the training times"},
    by_name::scheduler_name{.name = "beta",
                            .here = "beta, rounded",
                            .note = "has fewer steps than were asked for where two round to one "
                                    "training time"},
    by_name::scheduler_name{"normal", "time_uniform"},
    by_name::scheduler_name{"linear_quadratic", "linear_quadratic"},
    by_name::scheduler_name{.name = "kl_optimal",
                            .here = "kl_optimal",
                            .note = "not of one step, where ComfyUI divides 0 by 0"},
};

namespace detail {

/// A model as ComfyUI's schedulers see it: a table of sigmas, and sigmas at places between them.
template <by_name::model_path Path>
struct model_sampling {
    const Path& path;
    int entries;

    model_sampling(const Path& p, const options& given) : path(p), entries(given.flow_times) {
        if constexpr (discrete_path<Path>) entries = path.steps();
        if constexpr (std::same_as<Path, edm_path>) entries = 1000;
        require(entries >= 2, "flow_times is ", entries, "; it must be at least 2");
    }

    double entry(int i) const {
        if constexpr (discrete_path<Path>)
            return path.at(i).noise_to_signal();
        else if constexpr (is_flow<Path>)
            return flow_sigma((i + 1.0) / entries);
        else
            return std::exp(
                std::lerp(std::log(path.sigma_min), std::log(path.sigma_max), i / (entries - 1.0)));
    }
    double low() const { return entry(0); }
    double high() const { return entry(entries - 1); }
    /// A time for "normal" and "sgm_uniform", and the sigma there. That of a flow is sigma itself,
    /// which the schedulers take for an unshifted time.
    double time(double sigma) const {
        if constexpr (discrete_path<Path>)
            return path.time(-std::log(sigma));
        else
            return is_flow<Path> ? sigma : 0.25 * std::log(sigma);
    }
    double sigma(double time) const {
        if constexpr (discrete_path<Path>)
            return path.at(std::clamp(time, path.first_time(), path.last_time())).noise_to_signal();
        else
            return is_flow<Path> ? flow_sigma(time) : std::exp(4 * time);
    }
    double flow_sigma(double time) const {
        if constexpr (is_flow<Path>)
            return path.shift * time / (1 + (path.shift - 1) * time);
        else
            return time;
    }
};

/// The times by which ComfyUI's DEIS interpolates: those of a variance-preserving path that has
/// sigma = 80 at time 1 and 0.002 at 0.001. (Its beta at time 0 is a little below 0, which vp_path
/// refuses.)
struct vp_clock {
    static double log_of(double sigma) { return std::log1p(sigma * sigma); }
    double slope = 2 * (log_of(0.002) / 1e-3 - log_of(80.0)) / (1e-3 - 1);
    double first = log_of(80.0) - 0.5 * slope;

    static constexpr double first_time() { return 1e-3; }
    static constexpr double last_time() { return 1.0; }
    knot at(double t) const {
        const double twice = -0.5 * t * t * slope - t * first;  // ln alpha^2
        return {t, std::exp(0.5 * twice), std::sqrt(-std::expm1(twice))};
    }
    double time(double lambda) const {
        const double integral = log_of(std::exp(-lambda));
        return (std::sqrt(first * first + 2 * slope * integral) - first) / slope;
    }
};

/// Half of the steps along a straight line, and half along a parabola.
inline by_name::sigmas linear_quadratic(int steps, double high) {
    if (steps == 1) return {high, 0.0};
    by_name::sigmas all = fokker::detail::linear_quadratic_fractions(steps, 0.025, steps / 2);
    for (double& sigma : all) sigma *= high;
    return all;
}

}  // namespace detail

/// The sigmas of ComfyUI's scheduler of this name, with 0 at the end, in double: ComfyUI has them
/// in float. They may be more or fewer than `steps`: see scheduler_names. Throws fokker::error on
/// an unknown name.
template <by_name::model_path Path>
by_name::sigmas sigmas_of(std::string_view scheduler, int steps, const Path& path,
                          const options& given = {}) {
    using namespace detail;
    require_steps(steps);
    const std::string_view name =
        entry_of(std::span<const scheduler_name>(scheduler_names), scheduler, "scheduler").name;
    const model_sampling<Path> model(path, given);
    const double high = model.high(), low = model.low();
    if (name == "karras") return karras_sigmas(steps, high, low);
    if (name == "exponential") return exponential_sigmas(steps, high, low);
    if (name == "linear_quadratic") return linear_quadratic(steps, high);
    if (name == "kl_optimal") {
        require(steps > 1, "steps is 1, for which ComfyUI's kl_optimal divides 0 by 0; take 2");
        return kl_optimal_sigmas(steps, high, low);
    }
    by_name::sigmas all;
    if (name == "normal" || name == "sgm_uniform") {
        const bool sgm = name == "sgm_uniform";
        all = fokker::detail::evenly_spaced(model.time(high), model.time(low),
                                            sgm ? steps + 1 : steps);
        if (sgm) all.pop_back();
        for (double& value : all) value = model.sigma(value);
    } else if (name == "simple") {
        // A product of rounded numbers is cut, as there.
        const double stride = double(model.entries) / steps;
        for (int i = 0; i < steps; ++i)
            all.push_back(model.entry((std::max)(0, model.entries - 1 - int(i * stride))));
    } else if (name == "ddim_uniform") {
        for (int i = 1; i < model.entries; i += (std::max)(1, model.entries / steps))
            all.push_back(model.entry(i));
        std::reverse(all.begin(), all.end());
    } else {
        int last = -1;
        for (int i = 0; i < steps; ++i) {
            const double place =
                fokker::detail::inverse_incomplete_beta(1 - double(i) / steps, 0.6, 0.6);
            const int at = static_cast<int>(std::nearbyint(place * (model.entries - 1)));
            if (at != last) all.push_back(model.entry(at));
            last = at;
        }
    }
    all.push_back(0.0);
    return all;
}

/// What ComfyUI's KSampler does with this sampler, this scheduler and so many steps, such as
/// sampler("dpmpp_2m", "karras", 20): its sigmas, its solver with its options, and the noise that
/// it starts from, which is N(0, 1 + sigma_max^2) at alpha = 1 (that of a flow N(0, 1)). `path` is
/// the model's: a discrete_schedule, by default that of Stable Diffusion 1 and 2, whose labels are
/// rounded to training times; a shifted_flow_path with the model's `label_scale`, 1000 for Stable
/// Diffusion 3 and 1 for Flux, whose shift is exp(mu); or edm_path. Throws fokker::error on a name
/// that it does not know, with what may have been meant, on a sampler that the library lacks, with
/// the nearest that it has, and on options that the sampler does not have.
template <by_name::model_path Path>
plan sampler(std::string_view sampler, std::string_view scheduler, int steps, const Path& path,
             const options& given = {}) {
    using namespace detail;
    const bool flows = is_flow<Path>;
    const sampler_name& found =
        entry_of(std::span<const sampler_name>(sampler_names), sampler, "sampler");
    require_served(found, flows);
    require_steps(steps);
    require(given.denoise > 0 && given.denoise <= 1, "denoise is ", given.denoise,
            "; it must lie in (0, 1]");
    require(!flows || !given.sampling.s_churn, "s_churn is not in the library for flows");

    const Path rounded = [&] {
        if constexpr (requires { path.labelled(time_label::rounded); })
            return path.labelled(time_label::rounded);
        else
            return path;
    }();
    const bool cuts = given.denoise <= 0.9999;
    const int laid = cuts ? static_cast<int>(steps / given.denoise) : steps;
    by_name::sigmas all =
        discarded(found, sigmas_of(scheduler, asked_for(found, laid), rounded, given));
    const auto kept_knots = static_cast<std::ptrdiff_t>(steps) + 1;
    if (cuts && std::ssize(all) > kept_knots) all.erase(all.begin(), all.end() - kept_knots);
    const int calls = static_cast<int>(all.size()) - 1;
    all = along(found, std::move(all), calls);

    const model_sampling<Path> model(rounded, given);
    // As Python's math.isclose.
    const bool from_noise =
        all.front() > model.high() || model.high() - all.front() <= 1e-5 * model.high();
    if (flows && found.offset_on_flow && all.front() >= 1) all.front() = model.flow_sigma(0.9999);
    grid knots = grid_of(rounded, all, found, scheduler);
    if (found.along == walks::on_a_vp_clock) {
        knots = grid({knots.begin(), knots.end()}, vp_clock{});
    }
    const prior start = !from_noise ? prior::sigma : flows ? prior::standard : prior::unit_data;
    any_solver method = (flows ? found.make_on_flow : found.make)(given.sampling, found.name);
    if (found.along == walks::for_so_many_calls) method = fast_with(calls, flows);
    return {knots.with_prior(start), std::move(method), found.draws, note_of(found, flows), flows};
}

inline plan sampler(std::string_view name, std::string_view scheduler, int steps,
                    const options& given = {}) {
    return sampler(name, scheduler, steps, scaled_linear_schedule(), given);
}

}  // namespace fokker::comfyui

FOKKER_END_MAY_SHADOW
