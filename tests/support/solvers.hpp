/// The one list of solvers: every property test and the step benchmark run over all of them. A
/// new solver joins here, with each of its options at a second value, too.
#pragma once

#include <cmath>
#include <functional>
#include <string>

#include <Eigen/Core>

#include <fokker/fokker.hpp>

namespace fokker_test {

/// How fast a stochastic solver nears its limit where the data are Gaussian: in where it carries a
/// mean that is off (0: exactly, whatever the steps), and in the variance that it leaves (0: not
/// measured).
struct weak_order {
    /// No order of the mean: a window of the noise begins and ends at knots of the grid, and so
    /// does not shrink with the steps.
    static constexpr double jumps = -1.0;
    double mean = 0.0, variance = 0.0;
    double deviation = 5.0;  // of the data, and steps of the coarsest walk: where the leading term
    int steps = 512;         // leads
};

template <class Solver>
struct listed {
    std::string name;
    Solver solver{};
    double order = 0.0;  // of the ODE solver; 0 where it has none to be measured
    int arrays = 0;      // of the state's size, that a step reads or writes; 0: not counted
    bool keeps_marginals = true;  // whether many fine steps reproduce the data's distribution
    int calls = 0;  // in ten steps, the last one to sigma = 0; 0: all that are allowed,
                    // and one in the last; -1: as many as it takes
    bool depends_on_path = false;  // whether more of a path than sigma / alpha has a say
    weak_order weak{};
    double reversed_order = 0.0;  // from data to noise, where it is another: what a start of low
                                  // order loses counts at the data, and not at the noise
    bool ends_on_data = true;  // whether a walk to sigma = 0 ends on its last data prediction; if
                               // not, older ones have a say there, too
    bool sampled = false;  // whether the moments of its samples are compared with the mixture's,
                           // where the weak order is known and says more
};

/// The same Gamma at every level of noise.
inline fokker::moments plain_moments(double gamma = 0.6) {
    return {{{1000.0, 1e-9, 1.0}, {0.0, 1.0, 1e-9}}, {gamma, gamma}};
}

/// A network whose type is the same in every test: each solver is compiled once for it.
template <class T>
using any_network =
    std::function<void(const Eigen::ArrayXX<T>&, const fokker::knot&, Eigen::ArrayXX<T>&)>;

/// The probability-flow ODE in single steps.
template <class F>
void for_each_singlestep_solver(const F& f) {
    using namespace fokker;
    f(listed<ddim>{"ddim", {}, 1.0, 3});
    f(listed<euler>{"euler", {}, 1.0, 3});
    f(listed<heun>{"heun", {}, 2.0, 8});
    f(listed<flow_heun>{"flow_heun", {}, 2.0});
    f(listed<dpm2>{"dpm2", {}, 2.0});
    f(listed<dpm_solver_2>{"dpm_solver_2", {}, 2.0});
    f(listed<dpm_solver_3>{"dpm_solver_3", {}, 3.0});
    f(listed<dpm_solver_pp_2s>{"dpm_solver_pp_2s", {}, 2.0});
    f(listed<dpm_solver_pp_3s>{"dpm_solver_pp_3s", {}, 3.0});
    f(listed<res_2s>{"res_2s", {}, 2.0});
    f(listed<dpm_solver_2>{"dpm_solver_2{.r = 0.3}", {.r = 0.3}, 2.0});
    f(listed<dpm_solver_3>{"dpm_solver_3{.r1 = 0.25}", {.r1 = 0.25}, 3.0});
    f(listed<dpm_solver_3>{"dpm_solver_3{.r2 = 0.8}", {.r2 = 0.8}, 2.0});
    f(listed<dpm_solver_pp_2s>{"dpm_solver_pp_2s{.r = 0.3}", {.r = 0.3}, 2.0});
    f(listed<dpm_solver_pp_3s>{"dpm_solver_pp_3s{.r1 = 0.25}", {.r1 = 0.25}, 3.0});
    f(listed<dpm_solver_pp_3s>{"dpm_solver_pp_3s{.r2 = 0.8}", {.r2 = 0.8}, 2.0});
    f(listed<res_2s>{"res_2s{.r = 0.7}", {.r = 0.7}, 2.0});
    f(listed<krogstad>{"krogstad", {}, 4.0});
    f(listed<rk4>{"rk4", {}, 4.0});
    f(listed<flow_rk4>{"flow_rk4", {}, 4.0});
    f(listed<asynchronous_leapfrog>{.name = "asynchronous_leapfrog", .order = 2.0, .calls = 11});
    f(listed<reversible_heun>{.name = "reversible_heun", .order = 2.0, .calls = 11});
    f(listed<bdia>{"bdia", {}, 2.0});
    f(listed<bdia>{.name = "bdia{.gamma = 0.5}", .solver = {.gamma = 0.5}});
    f(listed<dpm_solver_adaptive<2>>{.name = "dpm_solver_adaptive<2>", .calls = -1});
    f(listed<dpm_solver_adaptive<3>>{.name = "dpm_solver_adaptive<3>", .calls = -1});
    f(listed<dormand_prince>{.name = "dormand_prince", .calls = -1});
    const step_control tight{.tolerated = {.absolute = 1e-5, .relative = 1e-4},
                             .first_step = 0.3,
                             .safety = 0.81,
                             .rule = step_rule::arctangent};
    f(listed<dpm_solver_adaptive<3>>{
        .name = "dpm_solver_adaptive<3>{tight}", .solver = {tight}, .calls = -1});
    f(listed<dormand_prince>{.name = "dormand_prince{tight}", .solver = {tight}, .calls = -1});
}

/// The probability-flow ODE with a history.
template <class F>
void for_each_multistep_solver(const F& f) {
    using namespace fokker;
    constexpr auto one_step = multistep_start::one_step;
    f(listed<dpm_solver_pp_2m>{"dpm_solver_pp_2m", {}, 2.0, 5});
    f(listed<dpm_solver_2m>{"dpm_solver_2m", {}, 2.0});
    f(listed<dpm_solver_pp_3m<>>{"dpm_solver_pp_3m"});
    f(listed<dpm_solver_pp_3m<one_step>>{
        .name = "dpm_solver_pp_3m<one_step>", .order = 3.0, .calls = 11});
    f(listed<published_dpm_solver_3m>{"published_dpm_solver_3m", {}, 2.0});
    f(listed<published_dpm_solver_pp_3m>{"published_dpm_solver_pp_3m", {}, 2.0});
    f(listed<res_multistep>{"res_multistep", {}, 2.0});
    f(listed<deis<1>>{"deis<1>", {}, 1.0});
    f(listed<deis<2>>{"deis<2>", {}, 2.0});
    f(listed<deis<3>>{"deis<3>"});
    f(listed<deis<3, one_step>>{.name = "deis<3, one_step>", .order = 3.0, .calls = 11});
    f(listed<deis_in_time<2>>{.name = "deis_in_time<2>", .order = 2.0, .depends_on_path = true});
    f(listed<deis_in_time<3, one_step>>{
        .name = "deis_in_time<3, one_step>", .order = 3.0, .calls = 11, .depends_on_path = true});
    f(listed<lms<2>>{"lms<2>", {}, 2.0});
    f(listed<lms<3, one_step>>{.name = "lms<3, one_step>", .order = 3.0, .calls = 11});
    f(listed<lms<4>>{"lms<4>"});
    f(listed<lms<4, one_step>>{.name = "lms<4, one_step>", .order = 4.0, .calls = 14});
    f(listed<ipndm<2>>{"ipndm<2>", {}, 2.0});
    f(listed<ipndm<4>>{"ipndm<4>", {}, 2.0});
    f(listed<pndm>{.name = "pndm", .order = 2.0, .calls = 19});
    f(listed<published_pndm<>>{
        .name = "published_pndm", .order = 2.0, .calls = 19, .depends_on_path = true});
    f(listed<published_pndm<>>{.name = "published_pndm{.runge_kutta = false}",
                               .solver = {.runge_kutta = false},
                               .order = 2.0,
                               .calls = 11});
    f(listed<published_pndm<pndm_mixes::velocity>>{
        .name = "published_pndm<velocity>", .order = 1.0, .calls = 19, .depends_on_path = true});
    f(listed<published_pndm<pndm_mixes::velocity>>{
        .name = "published_pndm<velocity>{.runge_kutta = false}",
        .solver = {.runge_kutta = false},
        .order = 1.0,
        .calls = 11});
    f(listed<gradient_estimation>{"gradient_estimation", {}, 1.0});
    f(listed<gradient_estimation>{"gradient_estimation{.gamma = 1.5}", {.gamma = 1.5}, 2.0});
    f(listed<unipc<1>>{"unipc<1>", {}, 2.0});
    f(listed<unipc<1>>{"unipc<1>{bh2}", {.variant = unipc_variant::bh2}, 2.0});
    f(listed<unipc<2>>{"unipc<2>", {}, 3.0});
    f(listed<unipc<2>>{"unipc<2>{bh1}", {.variant = unipc_variant::bh1}, 3.0});
    f(listed<unipc<2>>{"unipc<2>{bh2}", {.variant = unipc_variant::bh2}, 3.0});
    f(listed<unipc<3>>{.name = "unipc<3>", .order = 4.0, .reversed_order = 3.0});
    f(listed<unipc<2>>{"unipc<2>{predictor}", {.corrector = false}, 2.0});
    f(listed<sa_solver<2, 2>>{"sa_solver{.tau = 0}", {.tau = 0.0}});
    f(listed<published_sa_solver>{"published_sa_solver{.tau = 0}", {.tau = 0.0}});
}

/// The ancestral process and its relatives. The analytic ones have moments of no network, so they
/// sample nothing in particular.
template <class F>
void for_each_ancestral_solver(const F& f) {
    using namespace fokker;
    const analytic_variance variance{.gamma = plain_moments()};
    f(listed<ddim>{
        .name = "ddim{.eta = 0.5}", .solver = {.eta = 0.5}, .arrays = 3, .weak = {1, 1}});
    f(listed<ddim>{.name = "ddim{.eta = 1}", .solver = {.eta = 1.0}, .arrays = 3, .weak = {0, 1}});
    f(listed<ddpm>{.name = "ddpm", .arrays = 3, .weak = {0, 1}, .sampled = true});
    f(listed<ddpm>{.name = "ddpm{upper_bound}",
                   .solver = {.variance = ddpm_variance::upper_bound},
                   .arrays = 3,
                   .depends_on_path = true,
                   .weak = {0, 1}});
    f(listed<euler>{
        .name = "euler{.s_churn = 20}", .solver = {.s_churn = 20.0}, .arrays = 5, .weak = {1, 1}});
    f(listed<heun>{
        .name = "heun{.s_churn = 20}", .solver = {.s_churn = 20.0}, .arrays = 10, .weak = {1, 2}});
    f(listed<dpm2>{.name = "dpm2{.s_churn = 20}", .solver = {.s_churn = 20.0}, .weak = {1, 2}});
    f(listed<euler>{.name = "euler{.s_min = 0.5, .s_max = 2}",
                    .solver = {.s_churn = 20.0, .s_min = 0.5, .s_max = 2.0},
                    .arrays = 5,
                    .weak = {weak_order::jumps, 1}});
    f(listed<heun>{.name = "heun{.s_min = 0.5, .s_max = 2}",
                   .solver = {.s_churn = 20.0, .s_min = 0.5, .s_max = 2.0},
                   .arrays = 10,
                   .weak = {weak_order::jumps, 2}});
    f(listed<dpm2>{.name = "dpm2{.s_min = 0.5, .s_max = 2}",
                   .solver = {.s_churn = 20.0, .s_min = 0.5, .s_max = 2.0},
                   .weak = {weak_order::jumps, 2}});
    f(listed<euler_ancestral>{.name = "euler_ancestral", .weak = {0, 1}});
    f(listed<euler_ancestral>{
        .name = "euler_ancestral{.eta = 0.5}", .solver = {.eta = 0.5}, .weak = {1, 1}});
    f(listed<euler_ancestral>{
        .name = "euler_ancestral{.eta = 0}", .solver = {.eta = 0.0}, .order = 1.0});
    f(listed<euler_ancestral>{
        .name = "euler_ancestral{flow}", .solver = {.rule = ancestral_rule::flow}, .weak = {1, 1}});
    f(listed<euler_ancestral>{.name = "euler_ancestral{flow, .eta = 0.5}",
                              .solver = {.eta = 0.5, .rule = ancestral_rule::flow},
                              .weak = {1, 1}});
    f(listed<dpm2_ancestral>{.name = "dpm2_ancestral", .weak = {1, 2}});
    f(listed<dpm2_ancestral>{
        .name = "dpm2_ancestral{.eta = 0.5}", .solver = {.eta = 0.5}, .weak = {1, 2}});
    f(listed<dpm2_ancestral>{
        .name = "dpm2_ancestral{flow}", .solver = {.rule = ancestral_rule::flow}, .weak = {1, 2}});
    f(listed<dpm_solver_pp_2s_ancestral>{
        .name = "dpm_solver_pp_2s_ancestral", .weak = {1, 2}, .sampled = true});
    f(listed<dpm_solver_pp_2s_ancestral>{
        .name = "dpm_solver_pp_2s_ancestral{.eta = 0.5}", .solver = {.eta = 0.5}, .weak = {1, 2}});
    f(listed<dpm_solver_pp_2s_ancestral>{.name = "dpm_solver_pp_2s_ancestral{flow}",
                                         .solver = {.rule = ancestral_rule::flow},
                                         .weak = {1, 2}});
    f(listed<dpm2_ancestral>{
        .name = "dpm2_ancestral{.eta = 0}", .solver = {.eta = 0.0}, .order = 2.0});
    f(listed<dpm_solver_pp_2s_ancestral>{
        .name = "dpm_solver_pp_2s_ancestral{.eta = 0}", .solver = {.eta = 0.0}, .order = 2.0});
    f(listed<res_multistep_ancestral>{.name = "res_multistep_ancestral", .weak = {0, 2}});
    f(listed<res_multistep_ancestral>{
        .name = "res_multistep_ancestral{.eta = 0.5}", .solver = {.eta = 0.5}, .weak = {1, 2}});
    f(listed<res_multistep_ancestral>{
        .name = "res_multistep_ancestral{.eta = 0}", .solver = {.eta = 0.0}, .order = 2.0});
    f(listed<analytic_ddpm>{"analytic_ddpm", {.variance = variance}, 0.0, 3, false});
    const analytic_variance bounded{
        .gamma = plain_moments(), .data_radius = 1.5, .bounded_steps = 2, .bounded_to = 1.0};
    f(listed<analytic_ddpm>{"analytic_ddpm{bounded}", {.variance = bounded}, 0.0, 3, false});
    f(listed<analytic_ddim>{
        "analytic_ddim{.eta = 0.5}", {.eta = 0.5, .variance = variance}, 0.0, 3, false});
}

/// The reverse SDE, and few-step models, which an exact network is not.
template <class F>
void for_each_sde_solver(const F& f) {
    using namespace fokker;
    f(listed<sde_dpm_solver_pp<1>>{.name = "sde_dpm_solver_pp<1>", .weak = {0, 1}});
    f(listed<sde_dpm_solver_pp<1>>{
        .name = "sde_dpm_solver_pp<1>{.eta = 0.5}", .solver = {.eta = 0.5}, .weak = {1, 1}});
    f(listed<sde_dpm_solver_pp<2>>{
        .name = "sde_dpm_solver_pp<2>", .weak = {0, 2}, .sampled = true});
    f(listed<sde_dpm_solver_pp<2>>{
        .name = "sde_dpm_solver_pp<2>{.eta = 0.5}", .solver = {.eta = 0.5}, .weak = {2, 2}});
    f(listed<sde_dpm_solver_pp<2>>{
        .name = "sde_dpm_solver_pp<2>{.eta = 0}", .solver = {.eta = 0.0}, .order = 2.0});
    f(listed<sde_dpm_solver_pp<3>>{
        .name = "sde_dpm_solver_pp<3>{.eta = 0.5}",
        .solver = {.eta = 0.5},
        .weak = {.mean = 3, .variance = 2, .deviation = 1, .steps = 256}});
    f(listed<published_sde_dpm_solver_pp_2m>{.name = "published_sde_dpm_solver_pp_2m",
                                             .weak = {0, 2}});
    f(listed<published_sde_dpm_solver_pp_3m>{.name = "published_sde_dpm_solver_pp_3m",
                                             .weak = {0, 2}});
    f(listed<published_sde_dpm_solver_pp_2m>{.name = "published_sde_dpm_solver_pp_2m{.eta = 0.5}",
                                             .solver = {.eta = 0.5},
                                             .weak = {2, 2}});
    f(listed<published_sde_dpm_solver_pp_3m>{.name = "published_sde_dpm_solver_pp_3m{.eta = 0.5}",
                                             .solver = {.eta = 0.5},
                                             .weak = {2, 2}});
    f(listed<dpm_solver_pp_sde>{.name = "dpm_solver_pp_sde", .weak = {0, 1}});
    f(listed<dpm_solver_pp_sde>{.name = "dpm_solver_pp_sde{.eta = 0.5, .r = 0.3}",
                                .solver = {.eta = 0.5, .r = 0.3},
                                .weak = {1, 1}});
    f(listed<published_sde_dpm_solver_pp_2m>{
        .name = "published_sde_dpm_solver_pp_2m{.eta = 0}", .solver = {.eta = 0.0}, .order = 2.0});
    f(listed<published_sde_dpm_solver_pp_3m>{
        .name = "published_sde_dpm_solver_pp_3m{.eta = 0}", .solver = {.eta = 0.0}, .order = 2.0});
    f(listed<dpm_solver_pp_sde>{
        .name = "dpm_solver_pp_sde{.eta = 0}", .solver = {.eta = 0.0}, .order = 2.0});
    f(listed<sa_solver<2, 2>>{.name = "sa_solver",
                              .weak = {.mean = 0, .variance = 3, .deviation = 1, .steps = 64},
                              .sampled = true});
    f(listed<sa_solver<2, 2>>{.name = "sa_solver{.tau = 0.5}",
                              .solver = {.tau = 0.5},
                              .weak = {.mean = 2, .variance = 2, .steps = 1024}});
    f(listed<sa_solver<2, 2>>{
        .name = "sa_solver{.sigma_min = 0.5, .sigma_max = 2}",
        .solver = {.sigma_min = 0.5, .sigma_max = 2.0},
        .weak = {.mean = weak_order::jumps, .variance = 2, .deviation = 10, .steps = 1024}});
    f(listed<sa_solver<3, 0>>{.name = "sa_solver<3, 0>", .weak = {0, 2}});
    f(listed<published_sa_solver>{"published_sa_solver"});
    f(listed<published_sa_solver>{"published_sa_solver{.predictor = 3, .corrector = 4, .tau = 0.5}",
                                  {.predictor = 3, .corrector = 4, .tau = 0.5}});
    f(listed<published_sa_solver>{"published_sa_solver{.in_noise = true}", {.in_noise = true}});
    f(listed<sa_solver_pece<2, 2>>{
        .name = "sa_solver_pece",
        .weak = {.mean = 0, .variance = 3, .deviation = 1, .steps = 128}});
    f(listed<sa_solver_pece<2, 2>>{
        .name = "sa_solver_pece{.tau = 0.5}", .solver = {.tau = 0.5}, .weak = {2, 2}});
    f(listed<sa_solver_pece<2, 2>>{"sa_solver_pece{.tau = 0}", {.tau = 0.0}});
    f(listed<sa_solver_pece<3, 4>>{.name = "sa_solver_pece<3, 4>", .weak = {0, 2}});
    f(listed<seeds<2>>{.name = "seeds<2>", .weak = {0, 2}, .sampled = true});
    f(listed<seeds<2>>{.name = "seeds<2>{.eta = 0.5, .r = 0.3}",
                       .solver = {.eta = 0.5, .r = 0.3},
                       .weak = {2, 2}});
    f(listed<seeds<2>>{.name = "seeds<2>{.r = 1, exact}",
                       .solver = {.r = 1.0, .weights = seeds_weights::exact},
                       .weak = {0, 2}});
    f(listed<seeds<2>>{.name = "seeds<2>{.eta = 0}", .solver = {.eta = 0.0}, .order = 2.0});
    f(listed<seeds<2>>{.name = "seeds<2>{.eta = 0, .r = 1, exact}",
                       .solver = {.eta = 0.0, .r = 1.0, .weights = seeds_weights::exact},
                       .order = 2.0});
    f(listed<seeds<3>>{.name = "seeds<3>", .weak = {0, 2}});
    f(listed<seeds<3>>{.name = "seeds<3>{.eta = 0.5}", .solver = {.eta = 0.5}, .weak = {3, 2}});
    f(listed<seeds<3>>{.name = "seeds<3>{.eta = 0}", .solver = {.eta = 0.0}, .order = 3.0});
    f(listed<er_sde<1>>{.name = "er_sde<1>", .weak = {1, 1}});
    f(listed<er_sde<3>>{"er_sde"});
    f(listed<euler_maruyama>{.name = "euler_maruyama", .weak = {1, 1}});
    f(listed<euler_maruyama>{
        .name = "euler_maruyama{.eta = 0}", .solver = {.eta = 0.0}, .order = 1.0});
    f(listed<euler_maruyama>{
        .name = "euler_maruyama{.eta = 0.5}", .solver = {.eta = 0.5}, .weak = {1, 1}});
    f(listed<stochastic_heun>{.name = "stochastic_heun", .weak = {2, 2}});
    f(listed<stochastic_heun>{
        .name = "stochastic_heun{.eta = 0.5}", .solver = {.eta = 0.5}, .weak = {2, 2}});
    f(listed<stochastic_heun>{
        .name = "stochastic_heun{.eta = 0}", .solver = {.eta = 0.0}, .order = 2.0});
    const auto bump = [](const knot& k) { return std::exp(-k.lambda() * k.lambda()); };
    f(listed<stochastic_heun>{
        .name = "stochastic_heun{.eta = bump}", .solver = {.eta = bump}, .weak = {2, 2}});
    f(listed<predictor_corrector>{.name = "predictor_corrector", .calls = 20});
    f(listed<predictor_corrector>{.name = "predictor_corrector{measured}",
                                  .solver = {.length = langevin_step::measured},
                                  .calls = 20});
    f(listed<predictor_corrector>{.name = "predictor_corrector{.corrections = 2, .snr = 0.1}",
                                  .solver = {.corrections = 2, .snr = 0.1},
                                  .calls = 30});
    f(listed<consistency_sampler>{"consistency_sampler", {}, 0.0, 0, false});
    f(listed<consistency_sampler>{
        "consistency_sampler{.sigma_min = 0.05}", {.sigma_min = 0.05}, 0.0, 0, false});
    f(listed<tcd>{.name = "tcd", .keeps_marginals = false, .depends_on_path = true});
    f(listed<tcd>{.name = "tcd{.gamma = 0.7}",
                  .solver = {.gamma = 0.7},
                  .keeps_marginals = false,
                  .depends_on_path = true});
    f(listed<tcd>{"tcd{.gamma = 0}", {.gamma = 0.0}, 1.0});
    f(listed<gamma_sampler>{.name = "gamma_sampler", .keeps_marginals = false});
    f(listed<gamma_sampler>{.name = "gamma_sampler{.gamma = 0.7, .sigma_min = 0.05}",
                            .solver = {.gamma = 0.7, .sigma_min = 0.05},
                            .keeps_marginals = false});
    f(listed<gamma_sampler>{"gamma_sampler{.gamma = 0}", {.gamma = 0.0}, 1.0});
}

/// One of each make: for tests whose subject is what stands around a solver (models, the noise's
/// promise, element types), and which compile each solver many times.
template <class F>
void for_some_solvers(const F& f) {
    using namespace fokker;
    const analytic_variance variance{.gamma = plain_moments()};
    f(listed<ddim>{"ddim", {}, 1.0, 3});
    f(listed<ddim>{"ddim{.eta = 0.5}", {.eta = 0.5}, 0.0, 3});
    f(listed<ddpm>{"ddpm", {}, 0.0, 3});
    f(listed<analytic_ddpm>{"analytic_ddpm", {.variance = variance}, 0.0, 3, false});
    f(listed<heun>{"heun", {}, 2.0, 8});
    f(listed<heun>{"heun{.s_churn = 20}", {.s_churn = 20.0}, 0.0, 10});
    f(listed<dpm_solver_pp_2m>{"dpm_solver_pp_2m", {}, 2.0, 5});
    f(listed<dpm_solver_pp_2s>{"dpm_solver_pp_2s", {}, 2.0});
    f(listed<deis<2>>{.name = "deis<2>", .order = 2.0});
    f(listed<lms<3>>{.name = "lms<3>", .ends_on_data = false});
    f(listed<unipc<2>>{"unipc<2>", {}, 3.0});
    f(listed<sa_solver<2, 2>>{"sa_solver"});
}

/// Calls f with every entry.
template <class F>
void for_each_solver(const F& f) {
    for_each_singlestep_solver(f);
    for_each_multistep_solver(f);
    for_each_ancestral_solver(f);
    for_each_sde_solver(f);
}

template <class Solver>
bool is_stochastic(const Solver& s) {
    return fokker::detail::is_stochastic(s);
}

}  // namespace fokker_test
