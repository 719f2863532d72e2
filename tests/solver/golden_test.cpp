// Solvers against the originals, state after state: tests/golden/solvers.py, comfyui.py for what
// ComfyUI alone has, and defaults.py for the originals as they come.
#include <Eigen/Core>
#include <algorithm>
#include <cmath>
#include <fokker/fokker.hpp>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "catch.hpp"
#include "support/golden.hpp"
#include "support/mixture.hpp"

using namespace fokker;
using fokker_test::golden_case, fokker_test::golden_cases, fokker_test::golden_number,
    fokker_test::golden_numbers;

namespace {

using network = std::function<void(const Eigen::ArrayXXd&, const fokker::knot&, Eigen::ArrayXXd&)>;

/// Sets a member to what the case says of it, and counts it as read.
template <class T>
void set(T& member, const golden_case& options, const char* name, std::size_t& read) {
    if (!options.contains(name)) return;
    member = static_cast<T>(golden_number(options.at(name)));
    ++read;
}

/// Every option of the case is one of the solver.
template <class Solver>
void set_options(Solver& solver, const golden_case& options) {
    std::size_t read = 0;
    if constexpr (requires { solver.eta; }) set(solver.eta, options, "eta", read);
    if constexpr (requires { solver.s_noise; }) set(solver.s_noise, options, "s_noise", read);
    if constexpr (requires { solver.s_churn; }) {
        set(solver.s_churn, options, "s_churn", read);
        set(solver.s_min, options, "s_min", read);
        set(solver.s_max, options, "s_max", read);
    }
    if constexpr (requires { solver.r; }) set(solver.r, options, "r", read);
    if constexpr (requires { solver.gamma; }) set(solver.gamma, options, "gamma", read);
    if constexpr (requires { solver.sigma_min; }) set(solver.sigma_min, options, "sigma_min", read);
    if constexpr (requires { solver.tau; }) set(solver.tau, options, "tau", read);
    if constexpr (requires { solver.snr; }) set(solver.snr, options, "snr", read);
    if constexpr (requires { solver.control; }) {
        set(solver.control.tolerated.absolute, options, "absolute", read);
        set(solver.control.tolerated.relative, options, "relative", read);
        set(solver.control.first_step, options, "first_step", read);
        set(solver.control.safety, options, "safety", read);
    }
    if constexpr (requires { solver.calls; }) set(solver.calls, options, "calls", read);
    if constexpr (requires { solver.corrections; })
        set(solver.corrections, options, "corrections", read);
    REQUIRE(read == options.size());
}

/// The case's knots, on a path where its solver needs one: all sigma at alpha = 1, or the table;
/// from data to noise, or with restarts, where it says so.
grid walk_of(const golden_case& entry) {
    std::vector<knot> knots;
    bool scaled = false;
    for (const auto& row : entry.at("knots")) {
        const auto k = golden_numbers(row);
        knots.push_back({k.at(0), k.at(1), k.at(2)});
        scaled = scaled || k.at(1) != 1;
    }
    if (entry.value("reversed", false)) {
        std::reverse(knots.begin(), knots.end());
        return grid(std::move(knots), scaled_linear_schedule()).reversed();
    }
    if (scaled) return grid(std::move(knots), scaled_linear_schedule());
    grid walk(std::move(knots), edm_path{});
    if (!entry.contains("restart")) return walk;
    const auto& interval = entry.at("restart");
    return restarted(walk, {.sigma_min = interval.at("sigma_min"),
                            .sigma_max = interval.at("sigma_max"),
                            .times = interval.at("times"),
                            .steps = interval.at("steps")});
}

/// Guided, beside what is exact for N(-0.1, 0.6^2): that of comfyui.py.
const auto with_unconditional = [](const Eigen::ArrayXXd& x, const knot& k, Eigen::ArrayXXd& out,
                                   Eigen::ArrayXXd& unconditional) {
    fokker_test::exact_network<data_prediction>{}(x, k, out);
    unconditional = -0.1 + 0.36 * k.alpha / (0.36 * k.alpha * k.alpha + k.sigma * k.sigma) *
                               (x + 0.1 * k.alpha);
};

/// The largest difference from the original's states, relative to those above 1. `bound` makes a
/// bounded model of the exact one.
template <class Solver, class Bound>
double error_of(Solver solver, const Bound& bound, const golden_case& entry) {
    set_options(solver, entry.at("options"));
    const auto numbers = [&](const auto& row) {
        const auto values = golden_numbers(row);
        const auto samples = entry.value("samples", Eigen::Index{1});
        const auto elements = static_cast<Eigen::Index>(values.size()) / samples;
        return Eigen::ArrayXXd(Eigen::Map<const Eigen::ArrayXXd>(values.data(), elements, samples));
    };
    std::vector<Eigen::ArrayXXd> draws;
    for (const auto& row : entry.at("draws")) draws.push_back(numbers(row));
    const network exact = fokker_test::exact_network<data_prediction>{};
    recorded noise(draws);
    Eigen::ArrayXXd x = numbers(entry.at("x"));
    const auto model = [&] {
        if constexpr (fokker::detail::reads_second_output<Solver>)
            return predicts_data(with_unconditional, second_output::unconditional);
        else
            return bound(predicts_data(exact));
    }();
    run steps(x, model, walk_of(entry), solver, noise);
    double worst = 0.0;
    for (const auto& row : entry.at("states")) {
        steps.step();
        const Eigen::ArrayXXd state = numbers(row);
        REQUIRE(state.size() == x.size());
        const Eigen::ArrayXXd apart = (x - state).abs() / state.abs().max(1.0);
        worst = std::max(worst, apart.maxCoeff());
    }
    CHECK(steps.done());
    CHECK(noise.used() == draws.size());
    if (entry.contains("accepted")) {
        const int parts = entry.at("accepted").get<int>() + entry.at("rejected").get<int>();
        CHECK(steps.evaluations() == parts * Solver::evaluations);
    }
    return worst;
}

using comparison = std::function<double(const golden_case&)>;

comparison with(auto solver) {
    return [=](const golden_case& entry) {
        REQUIRE_FALSE(entry.contains("clip"));
        return error_of(solver, std::identity{}, entry);
    };
}

comparison clipped(auto solver, clipped_noise noise = clipped_noise::follows_data) {
    return [=](const golden_case& entry) {
        const double most = entry.at("clip");
        return error_of(
            solver, [=](const auto& model) { return model.clipped(-most, most, noise); }, entry);
    };
}

/// k-diffusion has one error for the whole batch.
const step_control one_error{.tolerated = {.over = error_over::batch},
                             .rule = step_rule::arctangent};

const std::map<std::string, comparison> solvers{
    {"euler", with(euler{})},
    {"heun", with(heun{})},
    {"flow_heun", with(flow_heun{})},
    {"dpm2", with(dpm2{})},
    {"euler_ancestral", with(euler_ancestral{})},
    {"dpm2_ancestral", with(dpm2_ancestral{})},
    {"dpm_solver_pp_2s_ancestral", with(dpm_solver_pp_2s_ancestral{})},
    {"dpm_solver_pp_sde", with(dpm_solver_pp_sde{})},
    {"lms<1>", with(lms<1>{})},
    {"lms<2>", with(lms<2>{})},
    {"lms<3>", with(lms<3>{})},
    {"lms<4>", with(lms<4>{})},
    {"dpm_solver_pp_2m", with(dpm_solver_pp_2m{})},
    {"sde_dpm_solver_pp<2>", with(sde_dpm_solver_pp<2>{})},
    {"published_sde_dpm_solver_pp_2m", with(published_sde_dpm_solver_pp_2m{})},
    {"published_sde_dpm_solver_pp_3m", with(published_sde_dpm_solver_pp_3m{})},
    {"dpm_solver_fast", with(dpm_solver_fast{})},
    {"dpm_solver_adaptive<2>, arctangent", with(dpm_solver_adaptive<2>{.control = one_error})},
    {"dpm_solver_adaptive<3>, arctangent", with(dpm_solver_adaptive<3>{.control = one_error})},
    {"pndm", with(pndm{})},
    {"published_pndm, Runge-Kutta", with(published_pndm<>{})},
    {"published_pndm, repeated", with(published_pndm<>{.runge_kutta = false})},
    {"published_pndm, Runge-Kutta, v", with(published_pndm<pndm_mixes::velocity>{})},
    {"published_pndm, repeated, v",
     with(published_pndm<pndm_mixes::velocity>{.runge_kutta = false})},
    {"ddim", with(ddim{})},
    {"ddim_inversion", with(ddim_inversion{})},
    {"ddpm", with(ddpm{})},
    {"ddim, clipped", clipped(ddim{})},
    {"ddpm, clipped", clipped(ddpm{})},
    {"ddim, clipped, noise as predicted", clipped(ddim{}, clipped_noise::as_predicted)},
    {"ddpm, upper bound", with(ddpm{.variance = ddpm_variance::upper_bound})},
    {"res_multistep", with(res_multistep{})},
    {"published_dpm_solver_pp_3m", with(published_dpm_solver_pp_3m{})},
    {"dpm_solver_2m", with(dpm_solver_2m{})},
    {"published_dpm_solver_3m", with(published_dpm_solver_3m{})},
    {"sde_dpm_solver_pp<1>", with(sde_dpm_solver_pp<1>{})},
    {"dpm_solver_pp_2s", with(dpm_solver_pp_2s{})},
    {"res_2s", with(res_2s{})},
    {"dpm_solver_2", with(dpm_solver_2{})},
    {"deis<1>", with(deis<1>{})},
    {"deis<2>", with(deis<2>{})},
    {"deis<3>", with(deis<3>{})},
    {"unipc<1>, bh1", with(unipc<1>{.variant = unipc_variant::bh1})},
    {"unipc<1>, bh2", with(unipc<1>{.variant = unipc_variant::bh2})},
    {"unipc<2>, bh1", with(unipc<2>{.variant = unipc_variant::bh1})},
    {"unipc<2>, bh2", with(unipc<2>{.variant = unipc_variant::bh2})},
    {"unipc<3>, bh1", with(unipc<3>{.variant = unipc_variant::bh1})},
    {"unipc<3>, bh2", with(unipc<3>{.variant = unipc_variant::bh2})},
    {"unipc<2>, bh2, predictor", with(unipc<2>{.corrector = false, .variant = unipc_variant::bh2})},
    {"dpm_solver_3", with(dpm_solver_3{})},
    {"dpm_solver_pp_3s", with(dpm_solver_pp_3s{})},
    {"ipndm<4>", with(ipndm<4>{})},
    {"tcd", with(tcd{})},
    {"consistency_sampler", with(consistency_sampler{})},
    {"sa_solver<1, 1>", with(sa_solver<1, 1>{})},
    {"sa_solver<1, 3>", with(sa_solver<1, 3>{})},
    {"sa_solver<2, 2>", with(sa_solver<2, 2>{})},
    {"sa_solver<3, 1>", with(sa_solver<3, 1>{})},
    {"sa_solver<3, 3>", with(sa_solver<3, 3>{})},
    {"annealed Langevin dynamics, measured",
     with(predictor_corrector{.predictor = false, .length = langevin_step::measured})},
    {"euler_ancestral, flow", with(euler_ancestral{.rule = ancestral_rule::flow})},
    {"seeds<2>", with(seeds<2>{})},
    {"seeds<3>", with(seeds<3>{})},
    {"sa_solver_pece<1, 3>", with(sa_solver_pece<1, 3>{})},
    {"sa_solver_pece<2, 2>", with(sa_solver_pece<2, 2>{})},
    {"sa_solver_pece<3, 4>", with(sa_solver_pece<3, 4>{})},
    {"res_multistep_ancestral", with(res_multistep_ancestral{})},
    {"res_multistep_cfg_pp", with(res_multistep_cfg_pp{})},
    {"euler_ancestral_cfg_pp", with(euler_ancestral_cfg_pp{})},
    {"published_dpm_solver_pp_2s_ancestral_cfg_pp",
     with(published_dpm_solver_pp_2s_ancestral_cfg_pp{})},
    {"dpm_solver_pp_2m_cfg_pp", with(dpm_solver_pp_2m_cfg_pp{})},
    {"gradient_estimation_cfg_pp", with(gradient_estimation_cfg_pp{})},
};

}  // namespace

TEST_CASE("every state is the original's") {
    std::set<std::string> compared;
    std::vector<golden_case> entries = golden_cases("solvers");
    for (const char* more : {"defaults", "comfyui"})
        for (const golden_case& entry : golden_cases(more)) entries.push_back(entry);
    for (const golden_case& entry : entries) {
        const std::string name = entry.at("name"), solver = entry.at("solver");
        CAPTURE(name);
        REQUIRE(solvers.contains(solver));
        const double error = solvers.at(solver)(entry);
        CHECK(error < entry.value("within", 1e-12));
        compared.insert(solver);
    }
    CHECK(compared.size() == solvers.size());
}
