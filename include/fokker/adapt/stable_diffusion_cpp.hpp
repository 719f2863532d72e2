/// stable-diffusion.cpp's samplers and schedulers by their names. Compile time is spent where
/// `sampler` is called, on every solver, so call it in one place.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <span>
#include <string_view>
#include <type_traits>
#include <utility>

#include <fokker/adapt/by_name/names.hpp>
#include <fokker/adapt/by_name/plan.hpp>
#include <fokker/adapt/by_name/sampler_options.hpp>
#include <fokker/adapt/by_name/samplers.hpp>
#include <fokker/adapt/by_name/sigmas.hpp>
#include <fokker/adapt/evenly_spaced.hpp>
#include <fokker/path/grids/fractions.hpp>
#include <fokker/path/grids/inverse_beta.hpp>
#include <fokker/path/grids/tables.hpp>
#include <fokker/path/path.hpp>
#include <fokker/path/prior.hpp>
#include <fokker/path/schedules/betas.hpp>
#include <fokker/target.hpp>

namespace fokker::inline FOKKER_TARGET::stable_diffusion_cpp {

using by_name::sampler_options, by_name::plan;

/// Options of `sampler`, under the names that the program gives them.
struct options {
    double strength = 1.0;  ///< of image to image, in (0, 1]
    int lms_shift = 1;      ///< of lms, which is here with 0 alone
    int tokens = 0;         ///< of the image, for the schedulers flux, flux2 and ltx2
    /// For the scheduler ays: which of its tables.
    align_your_steps_for network = align_your_steps_for::sd15;
    sampler_options sampling = {};  ///< of the sampler itself
};

namespace detail {

using namespace by_name::detail;
using by_name::gaussians, by_name::sampler_name, by_name::scheduler_name, by_name::walks;

template <solver Solver>
any_solver made_eta_0(const sampler_options& given, std::string_view name) {
    return with_options(Solver{.eta = 0.0}, given, name);
}
template <solver Solver>
any_solver made_flow_eta_0(const sampler_options& given, std::string_view name) {
    return with_options(Solver{.eta = 0.0, .rule = ancestral_rule::flow}, given, name);
}
inline any_solver made_tcd(const sampler_options& given, std::string_view name) {
    option_reader reader(given, name);
    tcd s{.gamma = 0.0};
    reader.take(s.gamma, &sampler_options::eta);
    reader.finish();
    return s;
}
inline any_solver made_er_sde(const sampler_options& given, std::string_view name) {
    option_reader reader(given, name);
    er_sde<3> s = of_any_growth(er_sde<3>{});
    double eta = 1.0;
    reader.take(eta, &sampler_options::eta);
    reader.finish();
    s.s_noise = eta > 0 ? 1.0 : 0.0;
    return s;
}

}  // namespace detail

/// Every sampling method of stable-diffusion.cpp, and what it is here.
inline constexpr std::array sampler_names{
    by_name::sampler_name{.name = "euler",
                          .here = "euler",
                          .make = detail::made<euler>,
                          .here_on_flow = "euler",
                          .make_on_flow = detail::made<euler>},
    by_name::sampler_name{.name = "euler_a",
                          .here = "euler_ancestral",
                          .make = detail::made<euler_ancestral>,
                          .draws = by_name::gaussians::fresh,
                          .here_on_flow = "euler_ancestral, rule flow",
                          .make_on_flow = detail::made_flow<euler_ancestral>},
    by_name::sampler_name{.name = "heun",
                          .here = "heun",
                          .make = detail::made<heun>,
                          .here_on_flow = "flow_heun",
                          .make_on_flow = detail::made<flow_heun>},
    by_name::sampler_name{.name = "dpm2",
                          .here = "dpm2",
                          .make = detail::made<dpm2>,
                          .here_on_flow = "dpm2 at alpha = 1",
                          .make_on_flow = detail::made_in_sigma<dpm2>},
    by_name::sampler_name{.name = "dpm++2s_a",
                          .here = "dpm_solver_pp_2s_ancestral",
                          .make = detail::made<dpm_solver_pp_2s_ancestral>,
                          .draws = by_name::gaussians::fresh,
                          .here_on_flow = "dpm_solver_pp_2s_ancestral, rule flow",
                          .make_on_flow = detail::made_flow<dpm_solver_pp_2s_ancestral>},
    by_name::sampler_name{.name = "dpm++2m",
                          .here = "dpm_solver_pp_2m",
                          .make = detail::made<dpm_solver_pp_2m>,
                          .here_on_flow = "dpm_solver_pp_2m at alpha = 1",
                          .make_on_flow = detail::made_in_sigma<dpm_solver_pp_2m>},
    by_name::sampler_name{.name = "dpm++2mv2",
                          .here = "dpm++2m",
                          .note = "its steps have lengths of their own, which leaves it order 1"},
    by_name::sampler_name{.name = "ipndm",
                          .here = "ipndm<4>",
                          .make = detail::made<ipndm<4>>,
                          .here_on_flow = "ipndm<4> at alpha = 1",
                          .make_on_flow = detail::made_in_sigma<ipndm<4>, detail::kept::slope>},
    by_name::sampler_name{.name = "ipndm_v",
                          .here = "ipndm",
                          .note = "it knows the lengths of steps at order 2 alone"},
    by_name::sampler_name{.name = "lcm",
                          .here = "consistency_sampler",
                          .make = detail::made<consistency_sampler>,
                          .draws = by_name::gaussians::fresh,
                          .here_on_flow = "consistency_sampler",
                          .make_on_flow = detail::made<consistency_sampler>},
    by_name::sampler_name{.name = "ddim_trailing",
                          .here = "euler_ancestral, eta 0",
                          .make = detail::made_eta_0<euler_ancestral>,
                          .here_on_flow = "the same",
                          .make_on_flow = detail::made_flow_eta_0<euler_ancestral>,
                          .remark = "its name asks for the scheduler simple"},
    by_name::sampler_name{.name = "tcd",
                          .here = "tcd, gamma = eta = 0, to training time 0",
                          .make = detail::made_tcd,
                          .note = "knots between training times count as they are, where it takes "
                                  "the nearest time; with eta the time (1 - eta) t is not cut to a "
                                  "whole one; for the table of Stable Diffusion",
                          .note_on_flow = "its table is that of Stable Diffusion"},
    by_name::sampler_name{.name = "res_multistep",
                          .here = "res_multistep",
                          .make = detail::made<res_multistep>,
                          .here_on_flow = "res_multistep at alpha = 1",
                          .make_on_flow = detail::made_in_sigma<res_multistep>,
                          .remark = "with eta = 0 alone, its default"},
    by_name::sampler_name{.name = "res_2s",
                          .here = "res_2s",
                          .make = detail::made<res_2s>,
                          .here_on_flow = "res_2s at alpha = 1",
                          .make_on_flow = detail::made_in_sigma<res_2s>,
                          .remark = "with eta = 0 alone, its default"},
    by_name::sampler_name{
        .name = "er_sde",
        .here = "er_sde<3>",
        .make = detail::made_er_sde,
        .draws = by_name::gaussians::fresh,
        .here_on_flow = "er_sde<3>",
        .make_on_flow = detail::made_er_sde,
        .note = "the parabola goes through three predictions here; there its middle term is left "
                "out, integrals are sums of 200 points, and pure noise of a flow is sigma = "
                "0.9999; its eta switches the noise on and off"},
    by_name::sampler_name{.name = "euler_cfg_pp",
                          .here = "euler_cfg_pp",
                          .make = detail::made<euler_cfg_pp>,
                          .here_on_flow = "euler_cfg_pp at alpha = 1",
                          .make_on_flow = detail::made_in_sigma_reading<euler_cfg_pp>,
                          .needs_unconditional = true},
    by_name::sampler_name{.name = "euler_a_cfg_pp",
                          .here = "euler_ancestral_cfg_pp",
                          .make = detail::made<euler_ancestral_cfg_pp>,
                          .draws = by_name::gaussians::fresh,
                          .here_on_flow = "euler_ancestral_cfg_pp at alpha = 1",
                          .make_on_flow = detail::made_in_sigma_reading<euler_ancestral_cfg_pp>,
                          .needs_unconditional = true},
    by_name::sampler_name{.name = "euler_ge",
                          .here = "gradient_estimation, the last step Euler's",
                          .make = detail::made_gradient,
                          .here_on_flow = "the same at alpha = 1",
                          .make_on_flow = detail::made_gradient_in_sigma,
                          .remark = "with eta = 0 alone, its default"},
    by_name::sampler_name{.name = "dpm++2m_sde",
                          .here = "published_sde_dpm_solver_pp_2m",
                          .make = detail::made<published_sde_dpm_solver_pp_2m>,
                          .draws = by_name::gaussians::fresh,
                          .here_on_flow = "the same at alpha = 1",
                          .make_on_flow = detail::made_in_sigma<published_sde_dpm_solver_pp_2m>},
    by_name::sampler_name{.name = "dpm++2m_sde_bt",
                          .here = "published_sde_dpm_solver_pp_2m",
                          .make = detail::made<published_sde_dpm_solver_pp_2m>,
                          .draws = by_name::gaussians::of_a_brownian_path,
                          .here_on_flow = "the same at alpha = 1",
                          .make_on_flow = detail::made_in_sigma<published_sde_dpm_solver_pp_2m>},
    by_name::sampler_name{.name = "lms",
                          .here = "lms<4>, with lms_shift = 0",
                          .make = detail::made<lms<4>>,
                          .here_on_flow = "lms<4> at alpha = 1, with lms_shift = 0",
                          .make_on_flow = detail::made_in_sigma<lms<4>, detail::kept::slope>,
                          .remark =
                              "its default lms_shift = 1 counts the newest slope twice, which "
                              "is another method, and refused"},
};

/// Every scheduler of stable-diffusion.cpp. ("normal" is another name of "discrete".)
inline constexpr std::array scheduler_names{
    by_name::scheduler_name{"discrete", "time_uniform"},
    by_name::scheduler_name{"karras", "karras"},
    by_name::scheduler_name{"exponential", "exponential"},
    by_name::scheduler_name{.name = "ays",
                            .here = "align_your_steps",
                            .note = "not for flows; `network` says which table"},
    by_name::scheduler_name{.name = "gits", .here = "gits", .note = "not for flows"},
    by_name::scheduler_name{"sgm_uniform", "sgm_uniform"},
    by_name::scheduler_name{"simple", "simple"},
    by_name::scheduler_name{"smoothstep", "smoothstep, rounded"},
    by_name::scheduler_name{"kl_optimal", "kl_optimal"},
    by_name::scheduler_name{
        .name = "lcm", .here = "latent_consistency", .note = "of 50 steps at most"},
    by_name::scheduler_name{"bong_tangent", "bong_tangent"},
    by_name::scheduler_name{.name = "ltx2",
                            .here = "flow, its shift by `tokens`",
                            .note = "for flows; without `tokens` those of 4096"},
    by_name::scheduler_name{.name = "logit_normal",
                            .here = "flux",
                            .served = false,
                            .note = "quantiles of a normal distribution of its own"},
    by_name::scheduler_name{.name = "flux2",
                            .here = "flow, its shift by `tokens` and steps",
                            .note = "for flows; asks for `tokens`"},
    by_name::scheduler_name{.name = "flux",
                            .here = "flow, its shift by `tokens`",
                            .note = "for flows; asks for `tokens`"},
    by_name::scheduler_name{.name = "beta",
                            .here = "beta, rounded",
                            .note = "has fewer steps than were asked for where two round to one "
                                    "training time"},
};

namespace detail {

/// The sigma at a training time from 0 to 999 or between two.
template <by_name::model_path Path>
double sigma_at(const Path& path, double time) {
    if constexpr (discrete_path<Path>)
        return path.at(time).noise_to_signal();
    else if constexpr (is_flow<Path>)
        return path.shift * ((time + 1) / 1000) / (1 + (path.shift - 1) * ((time + 1) / 1000));
    else
        return std::exp(4 * time / 1000);
}

/// bong_tangent between these ends, but that the last level is 0.
inline by_name::sigmas bong_tangent(int asked, double high, double low) {
    by_name::sigmas all = fokker::detail::bong_tangent_fractions(asked);
    for (double& sigma : all) sigma = low + sigma * (high - low);
    all.back() = 0.0;
    return all;
}

/// The times of a flow even from 1 to 0, shifted by exp(mu).
inline by_name::sigmas shifted_times(int steps, double mu) {
    by_name::sigmas all = fokker::detail::evenly_spaced(1.0, 0.0, steps + 1);
    for (double& t : all)
        if (t > 0) t = std::exp(mu) / (std::exp(mu) + 1 / t - 1);
    return all;
}
inline by_name::sigmas ltx2(int steps, int tokens) {
    const double slope = (2.05 - 0.95) / (4096 - 1024);
    auto all = shifted_times(steps, slope * (tokens > 0 ? tokens : 4096) + 0.95 - slope * 1024);
    // Stretched, so that the last noisy one is 0.1.
    const double scale = (1 - all[all.size() - 2]) / (1 - 0.1);
    if (steps > 1)
        for (std::size_t i = 0; i + 1 < all.size(); ++i) all[i] = 1 - (1 - all[i]) / scale;
    return all;
}

}  // namespace detail

/// The sigmas of the program's scheduler of this name, with 0 at the end, in double: the program
/// has them in float. Throws fokker::error on an unknown name, on one that the library lacks, and
/// where the program divides 0 by 0.
template <by_name::model_path Path>
by_name::sigmas sigmas_of(std::string_view scheduler, int steps, const Path& path,
                          const options& given = {}) {
    using namespace detail;
    require_steps(steps);
    const scheduler_name& found =
        entry_of(std::span<const scheduler_name>(scheduler_names),
                 scheduler == "normal" ? std::string_view("discrete") : scheduler, "scheduler");
    require_served(found);
    const std::string_view name = found.name;
    const auto at = [&](double time) { return sigma_at(path, time); };
    double high = at(999), low = at(0);
    if constexpr (std::is_same_v<Path, edm_path>) high = path.sigma_max, low = path.sigma_min;
    if (name == "karras" || name == "exponential") {
        require(steps > 1, "steps is 1, for which the program's '", name,
                "' divides 0 by 0; take 2");
        return name == "karras" ? karras_sigmas(steps, high, low)
                                : exponential_sigmas(steps, high, low);
    }
    if (name == "kl_optimal") return kl_optimal_sigmas(steps, high, low);
    if (name == "bong_tangent") return bong_tangent(steps, high, low);
    if (name == "flux" || name == "flux2" || name == "ltx2") {
        require(is_flow<Path>, "the scheduler '", name, "' is for rectified flows");
        require(given.tokens > 0 || name == "ltx2", "the scheduler '", name,
                "' asks for `tokens`, the length of the image's sequence");
        if (name == "ltx2") return ltx2(steps, given.tokens);
        return shifted_times(steps, name == "flux"
                                        ? std::log(dynamic_shift(given.tokens))
                                        : fokker::detail::empirical_mu(given.tokens, steps));
    }
    by_name::sigmas all;
    if (name == "ays" || name == "gits") {
        require(!is_flow<Path>, "the scheduler '", name, "' is not for rectified flows");
        const grid table = name == "gits"
                               ? gits(path, steps)
                               : align_your_steps(path, steps, given.network,
                                                  {.digits = align_your_steps_digits::comfyui});
        for (const knot& k : table) all.push_back(k.noise_to_signal());
        return all;
    }
    if (name == "discrete" || name == "sgm_uniform") {
        const bool sgm = name == "sgm_uniform";
        all = fokker::detail::evenly_spaced(999, 0, sgm ? steps + 1 : steps);
        if (sgm) all.pop_back();
    } else if (name == "simple") {
        const float stride = 1000.0F / static_cast<float>(steps);  // cut in float, as there
        for (int i = 0; i < steps; ++i)
            all.push_back((std::max)(0, 999 - static_cast<int>(static_cast<float>(i) * stride)));
    } else if (name == "lcm") {
        for (int i = 0; i < steps; ++i) all.push_back((50 - i * 50 / steps) * 20 - 1);
    } else {
        for (int i = 0; i < steps; ++i) {
            const double u = 1 - double(i) / steps;
            const double place = name == "beta"
                                     ? fokker::detail::inverse_incomplete_beta(u, 0.6, 0.6)
                                     : u * u * (3 - 2 * u);
            const double time = std::round(999 * place);
            if (name != "beta" || all.empty() || time != all.back()) all.push_back(time);
        }
    }
    for (double& time : all) time = at(time);
    all.push_back(0.0);
    return all;
}

/// What stable-diffusion.cpp does with this sampling method, this scheduler and so many steps: its
/// sigmas, its solver with its options, and the noise that it starts from, N(0, sigma_max^2) at
/// alpha = 1 (that of a flow N(0, 1)). `path` is the model's: a discrete_schedule of 1000 times, by
/// default that of Stable Diffusion 1 and 2; a shifted_flow_path with the model's `label_scale`,
/// 1000 for Stable Diffusion 3 and 1 for Flux, whose shift is exp(mu); or edm_path. Throws
/// fokker::error on a name that it does not know, with what may have been meant, on what the
/// library lacks, with the nearest that it has, and on options that the sampler does not have.
template <by_name::model_path Path>
plan sampler(std::string_view sampler, std::string_view scheduler, int steps, const Path& path,
             const options& given = {}) {
    using namespace detail;
    const bool flows = is_flow<Path>;
    const sampler_name& found =
        entry_of(std::span<const sampler_name>(sampler_names), sampler, "sampling method");
    require_served(found, flows);
    require(found.name != "lms" || given.lms_shift == 0, "lms_shift is ", given.lms_shift,
            ", with which the newest slope counts twice: another method than lms. It is in the "
            "library with lms_shift = 0; the nearest otherwise: 'ipndm'");
    require(given.lms_shift == 1 || found.name == "lms",
            "lms_shift is for the sampling method "
            "'lms'; leave it out");
    require(given.strength > 0 && given.strength <= 1, "strength is ", given.strength,
            "; it must lie in (0, 1]");
    if constexpr (discrete_path<Path>)
        require(path.steps() == 1000, "the schedule has ", path.steps(),
                " training times, and the program's models have 1000");

    by_name::sigmas all = sigmas_of(scheduler, steps, path, given);
    if (given.strength < 1) {
        require(std::ssize(all) == steps + 1, "the scheduler '", scheduler, "' lays ",
                all.size() - 1, " steps in place of ", steps, ", and strength counts by these");
        // A product in float, cut, and one step more.
        const int whole =
            static_cast<int>(static_cast<float>(steps) * static_cast<float>(given.strength));
        all.erase(all.begin(), all.end() - (std::min)(whole + 1, steps) - 1);
    }
    grid knots = grid_of(path, all, found, scheduler);
    if (found.name == "tcd" && discrete_path<Path>) {
        // It ends with the noise of training time 0, and does not scale that away.
        std::vector<knot> ends(knots.begin(), knots.end());
        ends.back() = path.at(path.first_time());
        require(ends[ends.size() - 2].lambda() < ends.back().lambda(),
                "the sampling method 'tcd' "
                "ends at training time 0, where the scheduler '",
                scheduler, "' has its last noisy knot; take another, such as 'simple'");
        knots = grid(std::move(ends), path);
    }
    return {knots.with_prior(prior::sigma),
            (flows ? found.make_on_flow : found.make)(given.sampling, found.name), found.draws,
            note_of(found, flows), flows};
}

inline plan sampler(std::string_view name, std::string_view scheduler, int steps,
                    const options& given = {}) {
    return sampler(name, scheduler, steps, scaled_linear_schedule(), given);
}

}  // namespace fokker::stable_diffusion_cpp
