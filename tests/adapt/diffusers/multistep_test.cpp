// What the multistep schedulers of diffusers refuse, and how they say it.
#include <fokker/adapt/diffusers/scheduler.hpp>

#include <string>

#include <nlohmann/json.hpp>

#include "catch.hpp"

using namespace fokker;
using Catch::Matchers::ContainsSubstring;
using diffusers::timesteps;
using nlohmann::json;

namespace {

/// What the plan of such a configuration refuses; "" where it does not.
std::string refused(const std::string& class_name, json config,
                    const timesteps& asked = {.steps = 10}) {
    config["_class_name"] = class_name;
    try {
        diffusers::scheduler(config).plan(asked);
    } catch (const fokker::error& problem) { return problem.what(); }
    return "";
}

const std::string multistep_class = "DPMSolverMultistepScheduler",
                  singlestep_class = "DPMSolverSinglestepScheduler",
                  inverse_class = "DPMSolverMultistepInverseScheduler",
                  deis_class = "DEISMultistepScheduler", unipc_class = "UniPCMultistepScheduler",
                  pndm_class = "PNDMScheduler", sa_class = "SASolverScheduler";

const json on_flow{{"use_flow_sigmas", true}, {"prediction_type", "flow_prediction"}};

json with(json config, const json& more) {
    config.update(more);
    return config;
}

}  // namespace

TEST_CASE("orders that a multistep scheduler does not have are refused") {
    for (const auto& name : {multistep_class, singlestep_class, inverse_class, deis_class}) {
        INFO(name);
        CHECK(refused(name, {{"solver_order", 3}}).empty());
        for (const int bad : {0, 4})
            CHECK_THAT(refused(name, {{"solver_order", bad}}),
                       ContainsSubstring("solver_order is " + std::to_string(bad) +
                                         "; it must be 1, 2 or 3"));
    }
    CHECK_THAT(refused(unipc_class, {{"solver_order", 5}}), ContainsSubstring("1, 2, 3 or 4"));
    CHECK_THAT(refused(sa_class, {{"predictor_order", 0}}),
               ContainsSubstring("predictor_order is 0"));
    CHECK_THAT(refused(sa_class, {{"corrector_order", 5}}),
               ContainsSubstring("corrector_order is 5"));
    CHECK_THAT(refused(multistep_class, {{"solver_order", 3},
                                         {"algorithm_type", "sde-dpmsolver"},
                                         {"final_sigmas_type", "sigma_min"}}),
               ContainsSubstring("\"sde-dpmsolver\" does not have"));
}

TEST_CASE("ends that a method cannot reach are refused") {
    for (const auto* type : {"dpmsolver", "sde-dpmsolver", "deis"})
        CHECK_THAT(refused(multistep_class, {{"algorithm_type", type}}),
                   ContainsSubstring("final_sigmas_type is \"zero\""));
    CHECK_THAT(refused(singlestep_class, {{"algorithm_type", "dpmsolver"}}),
               ContainsSubstring("final_sigmas_type is \"zero\""));
    CHECK_THAT(refused(unipc_class, {{"solver_type", "bh1"}}), ContainsSubstring("\"bh1\""));
    CHECK_THAT(refused(unipc_class, {{"predict_x0", false}}), ContainsSubstring("noise form"));
    CHECK_THAT(refused(unipc_class, {{"lower_order_final", false}}),
               ContainsSubstring("set lower_order_final"));
    CHECK(refused(unipc_class, {{"lower_order_final", false}, {"solver_order", 1}}).empty());
    CHECK_THAT(refused(unipc_class, {{"lower_order_final", false},
                                     {"solver_order", 3},
                                     {"final_sigmas_type", "sigma_min"},
                                     {"use_karras_sigmas", true}}),
               ContainsSubstring("no length"));
}

TEST_CASE("a last step of no length is refused where the method makes no number of it") {
    const json config{{"use_karras_sigmas", true}, {"final_sigmas_type", "sigma_min"}};
    const timesteps long_walk{20};
    CHECK(refused(multistep_class, config, long_walk).empty());
    CHECK(refused(multistep_class, with(config, {{"solver_order", 3}}), {10}).empty());
    for (const json& more : {json{{"solver_order", 3}}, json{{"solver_type", "heun"}}}) {
        CHECK_THAT(refused(multistep_class, with(config, more), long_walk),
                   ContainsSubstring("step of no length"));
        CHECK_THAT(
            refused(inverse_class, with(more, {{"timestep_spacing", "trailing"}}), long_walk),
            ContainsSubstring("step of no length"));
    }
    CHECK(refused(multistep_class, with(config, {{"solver_order", 3}, {"euler_at_final", true}}),
                  long_walk)
              .empty());
}

TEST_CASE("levels that exclude each other are refused") {
    for (const auto& name :
         {multistep_class, singlestep_class, inverse_class, deis_class, unipc_class, sa_class}) {
        INFO(name);
        CHECK_THAT(refused(name, {{"use_karras_sigmas", true}, {"use_beta_sigmas", true}}),
                   ContainsSubstring("exclude each other"));
        for (const char* spacing :
             {"use_karras_sigmas", "use_exponential_sigmas", "use_beta_sigmas"}) {
            // UniPC's original knows karras sigmas of a flow.
            if (name == unipc_class && spacing == std::string("use_karras_sigmas")) continue;
            CHECK_THAT(refused(name, with(on_flow, {{spacing, true}})),
                       ContainsSubstring("no part of a flow"));
        }
        CHECK_THAT(refused(name, {{"prediction_type", "flow_prediction"}}),
                   ContainsSubstring("needs use_flow_sigmas"));
        CHECK_THAT(refused(name, with(on_flow, {{"prediction_type", "v_prediction"}})),
                   ContainsSubstring("no meaning with use_flow_sigmas"));
        CHECK_THAT(refused(name, with(on_flow, {{"flow_shift", -1.0}})),
                   ContainsSubstring("must be positive"));
        CHECK_THAT(refused(name, {{"trained_betas", {0.1, 0.2}}}),
                   ContainsSubstring("trained_betas has 2 numbers"));
        if (name == inverse_class) continue;
        CHECK_THAT(
            refused(name, {{"use_karras_sigmas", true}, {"sigma_min", 2.0}, {"sigma_max", 1.0}}),
            ContainsSubstring("they must be positive, and rise"));
    }
    CHECK_THAT(refused(multistep_class, with(on_flow, {{"use_lu_lambdas", true}})),
               ContainsSubstring("use_lu_lambdas"));
    CHECK_THAT(refused(inverse_class, {{"use_karras_sigmas", true}, {"sigma_min", 0.1}}),
               ContainsSubstring("sigma_min and sigma_max"));
}

TEST_CASE("arguments that a multistep scheduler cannot use are refused") {
    for (const auto& name : {multistep_class, singlestep_class, inverse_class, deis_class,
                             unipc_class, pndm_class, sa_class}) {
        INFO(name);
        CHECK_THAT(refused(name, json::object(), {}), ContainsSubstring("steps is 0"));
        CHECK_THAT(refused(name, json::object(), {1001}), ContainsSubstring("was trained on"));
        CHECK_THAT(refused(name, json::object(), {.steps = 10, .sigmas = {1.0}}),
                   ContainsSubstring("sigmas cannot be given"));
        CHECK_THAT(refused(name, json::object(), {.steps = 10, .mu = 1.0}),
                   ContainsSubstring("mu "));
        CHECK_THAT(refused(name, json::object(), {.steps = 10, .step = {.eta = 1.0}}),
                   ContainsSubstring("step.eta"));
        if (name != multistep_class && name != singlestep_class)
            CHECK_THAT(refused(name, json::object(), {.timesteps = {900, 500}}),
                       ContainsSubstring("timesteps cannot be given"));
    }
    for (const auto& name : {multistep_class, singlestep_class}) {
        CHECK_THAT(refused(name, json::object(), {.timesteps = {500, 900}}),
                   ContainsSubstring("it must fall"));
        CHECK_THAT(refused(name, json::object(), {.timesteps = {900.5}}),
                   ContainsSubstring("it must hold integers"));
        CHECK_THAT(refused(name, json::object(), {.steps = 2, .timesteps = {900, 500}}),
                   ContainsSubstring("both given"));
        CHECK_THAT(refused(name, {{"use_karras_sigmas", true}}, {.timesteps = {900, 500}}),
                   ContainsSubstring("use_karras_sigmas"));
        CHECK_THAT(refused(name, with(on_flow, {{"use_dynamic_shifting", false}}),
                           {.steps = 10, .mu = 1.0}),
                   ContainsSubstring("needs use_dynamic_shifting"));
        CHECK_THAT(refused(name, {{"lambda_min_clipped", 20.0}}),
                   ContainsSubstring("lambda_min_clipped"));
    }
    CHECK_THAT(refused(multistep_class, {{"timestep_spacing", "leading"}, {"steps_offset", 200}}),
               ContainsSubstring("see steps_offset"));
    CHECK_THAT(refused(inverse_class, json::object(), {.steps = 10, .strength = 0.5}),
               ContainsSubstring("strength is 0.5"));
    CHECK_THAT(refused(sa_class, {{"use_karras_sigmas", true}}, {.steps = 10, .strength = 0.5}),
               ContainsSubstring("strength is 0.5"));
    CHECK_THAT(refused(pndm_class, json::object(), {3}), ContainsSubstring("set skip_prk_steps"));
}

TEST_CASE("what a form does not have is refused") {
    const json noise{{"algorithm_type", "dpmsolver"}, {"final_sigmas_type", "sigma_min"}};
    CHECK_THAT(refused(multistep_class, with(on_flow, noise)),
               ContainsSubstring("\"flow_prediction\""));
    CHECK_THAT(refused(singlestep_class, with(noise, {{"thresholding", true}})),
               ContainsSubstring("thresholding"));
    CHECK_THAT(refused(sa_class, {{"algorithm_type", "noise_prediction"}, {"thresholding", true}}),
               ContainsSubstring("thresholding"));
    CHECK_THAT(refused(sa_class, with(on_flow, {{"algorithm_type", "noise_prediction"}})),
               ContainsSubstring("\"flow_prediction\""));
    CHECK_THAT(refused(unipc_class,
                       with(on_flow, {{"predict_x0", false}, {"final_sigmas_type", "sigma_min"}})),
               ContainsSubstring("needs predict_x0"));
    CHECK_THAT(refused(inverse_class, {{"algorithm_type", "sde-dpmsolver++"}}),
               ContainsSubstring("standard deviation"));
    CHECK_THAT(refused(unipc_class, {{"solver_p", 1}}), ContainsSubstring("solver_p"));
    CHECK_THAT(refused(sa_class, {{"tau_func", 1}}), ContainsSubstring("tau_func"));
    CHECK_THAT(refused(pndm_class, {{"prediction_type", "sample"}}),
               ContainsSubstring("served are: epsilon, v_prediction"));
}

TEST_CASE("UniPC's flows have their own arguments") {
    const json dynamic = with(on_flow, {{"use_dynamic_shifting", true}});
    CHECK_THAT(refused(unipc_class, dynamic), ContainsSubstring("mu was not given"));
    CHECK(refused(unipc_class, dynamic, {.steps = 10, .mu = 1.0}).empty());
    CHECK_THAT(refused(unipc_class, with(dynamic, {{"time_shift_type", "linear"}}),
                       {.steps = 10, .mu = -1.0}),
               ContainsSubstring("mu is -1"));
    CHECK_THAT(refused(unipc_class, on_flow, {.steps = 2, .sigmas = {1.0, 0.5}}),
               ContainsSubstring("both given"));
    CHECK_THAT(refused(unipc_class, on_flow, {.sigmas = {0.5, 0.7}}),
               ContainsSubstring("sigmas has 0.7"));
    CHECK_THAT(refused(unipc_class, on_flow, {.sigmas = {1.5, 0.7}}),
               ContainsSubstring("sigmas has 1.5"));
    CHECK_THAT(refused(unipc_class, {{"shift_terminal", 0.1}}),
               ContainsSubstring("needs use_flow_sigmas"));
    CHECK_THAT(refused(unipc_class, with(on_flow, {{"shift_terminal", 1.5}})),
               ContainsSubstring("shift_terminal is 1.5"));
}
