// What the classes that walk in sigma refuse.
#include <string>
#include <vector>

#include <Eigen/Core>
#include <nlohmann/json.hpp>

#include <fokker/adapt/diffusers.hpp>
#include <fokker/adapt/diffusers/scheduler.hpp>
#include <fokker/noise/philox.hpp>
#include <fokker/noise/torch_cpu.hpp>
#include <fokker/run.hpp>
#include <fokker/solver/ddim.hpp>

#include "catch.hpp"

using namespace fokker;
using Catch::Matchers::ContainsSubstring;
using nlohmann::json;

namespace {

diffusers::plan planned(const char* name, json config, const diffusers::timesteps& asked) {
    return diffusers::scheduler(config, name).plan(asked);
}
void refused(const char* name, const json& config, const diffusers::timesteps& asked,
             const char* what) {
    INFO(name << " " << config.dump());
    CHECK_THROWS_WITH(planned(name, config, asked), ContainsSubstring(what));
}

constexpr const char* euler_name = "EulerDiscreteScheduler";

}  // namespace

TEST_CASE("the ways of spacing levels exclude each other") {
    for (const char* name : {euler_name, "HeunDiscreteScheduler", "LMSDiscreteScheduler",
                             "KDPM2DiscreteScheduler", "KDPM2AncestralDiscreteScheduler"})
        refused(name, {{"use_karras_sigmas", true}, {"use_beta_sigmas", true}}, {.steps = 5},
                "exclude each other");
}

TEST_CASE("the ends of spaced levels are positive and in order") {
    const json key = {{"use_exponential_sigmas", true}};
    for (const char* name : {euler_name, "HeunDiscreteScheduler", "LMSDiscreteScheduler",
                             "KDPM2DiscreteScheduler", "KDPM2AncestralDiscreteScheduler"}) {
        json config = key;
        config["sigma_min"] = 2.0;
        config["sigma_max"] = 1.0;
        refused(name, config, {.steps = 5}, "sigma_min is 2, and sigma_max 1");
        config["sigma_min"] = 0.0;
        refused(name, config, {.steps = 5}, "must be positive");
    }
}

TEST_CASE("lists are taken where set_timesteps takes them, and one of them") {
    refused(euler_name, json::object(), {.steps = 2, .timesteps = {9.0, 1.0}}, "both given");
    refused(euler_name, json::object(), {.steps = 2, .sigmas = {9.0, 1.0}}, "give one of them");
    refused(euler_name, json::object(), {.timesteps = {9.0}, .sigmas = {9.0, 1.0}},
            "give one of them");
    refused(euler_name, json::object(), {.timesteps = {1.0, 9.0}}, "it must fall");
    refused(euler_name, json::object(), {.sigmas = {9.0}}, "one number");
    refused(euler_name, json::object(), {.sigmas = {9.0, 0.0, 0.0}}, "before its end");
    refused(euler_name, {{"use_karras_sigmas", true}}, {.timesteps = {9.0, 1.0}},
            "timesteps cannot be given with use_karras_sigmas");
    refused(euler_name, {{"timestep_type", "continuous"}, {"prediction_type", "v_prediction"}},
            {.timesteps = {9.0, 1.0}}, "continuous");
    refused("HeunDiscreteScheduler", {{"use_beta_sigmas", true}}, {.timesteps = {9.0, 1.0}},
            "timesteps cannot be given with");
    refused("HeunDiscreteScheduler", json::object(), {.sigmas = {9.0, 1.0}}, "sigmas cannot");
    for (const char* name : {"EulerAncestralDiscreteScheduler", "LMSDiscreteScheduler",
                             "KDPM2DiscreteScheduler", "KDPM2AncestralDiscreteScheduler"}) {
        refused(name, json::object(), {.timesteps = {9.0, 1.0}}, "timesteps cannot be given");
        refused(name, json::object(), {.steps = 2, .sigmas = {9.0, 1.0}}, "sigmas cannot");
    }
    for (const char* name :
         {euler_name, "EulerAncestralDiscreteScheduler", "HeunDiscreteScheduler",
          "LMSDiscreteScheduler", "KDPM2DiscreteScheduler", "KDPM2AncestralDiscreteScheduler"}) {
        refused(name, json::object(), {.steps = 2, .mu = 1.0}, "mu cannot");
        refused(name, json::object(), {.steps = 2, .step = {.eta = 1.0}}, "step.eta");
        refused(name, json::object(), {}, "steps is 0");
    }
}

TEST_CASE("predictions that a class does not have are refused") {
    for (const char* name : {"EulerAncestralDiscreteScheduler", "KDPM2DiscreteScheduler",
                             "KDPM2AncestralDiscreteScheduler"})
        refused(name, {{"prediction_type", "sample"}}, {.steps = 2},
                "served are: epsilon, v_prediction");
}

TEST_CASE("options of steps are checked") {
    refused(euler_name, json::object(), {.steps = 2, .step = {.s_churn = -1.0}},
            "must not be negative");
    refused("LMSDiscreteScheduler", json::object(), {.steps = 2, .step = {.order = 5}},
            "step.order is 5");
    refused("LMSDiscreteScheduler", json::object(), {.steps = 2, .step = {.order = 0}},
            "step.order is 0");
}

TEST_CASE("the range of EDM's levels is checked") {
    for (const char* name : {"EDMEulerScheduler", "EDMDPMSolverMultistepScheduler",
                             "CMStochasticIterativeScheduler"}) {
        refused(name, {{"sigma_min", 0.0}}, {.steps = 2}, "sigma_min is 0.0; it must be positive");
        refused(name, {{"sigma_max", 0.001}}, {.steps = 2}, "it must lie above sigma_min");
        refused(name, {{"sigma_data", 0.0}}, {.steps = 2}, "sigma_data is 0.0");
        refused(name, {{"rho", -7.0}}, {.steps = 2}, "rho is -7.0");
        refused(name, json::object(), {.steps = 2, .sigmas = {1.0, 0.5}}, "sigmas cannot");
        refused(name, json::object(), {}, "steps is 0");
    }
    for (const char* name : {"EDMEulerScheduler", "EDMDPMSolverMultistepScheduler"}) {
        refused(name, {{"sigma_schedule", "exponential"}}, {.steps = 1}, "ask for two");
        refused(name, {{"prediction_type", "sample"}}, {.steps = 2},
                "served are: epsilon, v_prediction");
        refused(name, json::object(), {.timesteps = {1.0}}, "timesteps cannot");
    }
}

TEST_CASE("EDM's DPM-Solver refuses what its original cannot do") {
    constexpr const char* name = "EDMDPMSolverMultistepScheduler";
    refused(name, {{"algorithm_type", "deis"}}, {.steps = 2}, "needs final_sigmas_type");
    refused(name, {{"solver_order", 4}}, {.steps = 2}, "served are 1 to 3");
    refused(name, {{"solver_order", 3}, {"algorithm_type", "sde-dpmsolver++"}}, {.steps = 2},
            "sde-dpmsolver++ has 1 and 2");
    refused(name, {{"algorithm_type", "dpmsolver"}}, {.steps = 2}, "served are: dpmsolver++");
}

TEST_CASE("a consistency model's places fall to 0") {
    constexpr const char* name = "CMStochasticIterativeScheduler";
    refused(name, json::object(), {.timesteps = {0.0, 22.0}}, "it must fall");
    refused(name, json::object(), {.timesteps = {40.0, 0.0}}, "integers from 0 to 39");
    refused(name, json::object(), {.timesteps = {30.0, 22.0}}, "timesteps ends with 22");
    refused(name, json::object(), {.steps = 2, .timesteps = {22.0, 0.0}}, "both given");
    refused(name, json::object(), {.steps = 41}, "trained on 40");
    refused(name, {{"num_train_timesteps", 1}}, {.steps = 1}, "num_train_timesteps is 1");
}

TEST_CASE("iPNDM's list of sigmas falls, and there is no image to image") {
    constexpr const char* name = "IPNDMScheduler";
    refused(name, {{"trained_betas", {0.1, 0.5}}}, {.steps = 2}, "must fall");
    refused(name, {{"trained_betas", {1.5, 0.5}}}, {.steps = 2}, "must fall");
    refused(name, {{"trained_betas", {0.5}}}, {.steps = 2}, "two are needed");
    refused(name, json::object(), {.steps = 4, .strength = 0.5}, "no image to image");
    refused(name, json::object(), {}, "steps is 0");
}

TEST_CASE("score-sde's VE scheduler refuses what makes no sense") {
    constexpr const char* name = "ScoreSdeVeScheduler";
    refused(name, json::object(), {.steps = 1}, "ask for two");
    refused(name, json::object(), {.steps = 4, .strength = 0.5}, "no image to image");
    refused(name, {{"sigma_min", 0.0}}, {.steps = 4}, "sigma_min is 0.0");
    refused(name, {{"sigma_max", 0.001}}, {.steps = 4}, "above sigma_min");
    refused(name, {{"snr", 0.0}}, {.steps = 4}, "snr is 0.0");
    refused(name, {{"correct_steps", -1}}, {.steps = 4}, "correct_steps is -1");
    refused(name, {{"sampling_eps", 0.5}}, {.steps = 4}, "takes levels twice");
}

TEST_CASE("the classes with torchsde's noise refuse what makes no sense") {
    constexpr const char* sde = "DPMSolverSDEScheduler";
    refused(sde, {{"noise_sampler_seed", -1}}, {.steps = 4}, "noise_sampler_seed is -1");
    refused(sde, {{"prediction_type", "sample"}}, {.steps = 4},
            "served are: epsilon, v_prediction");
    refused(sde, json::object(), {.steps = 4, .step = {.s_noise = -1.0}}, "must not be negative");
    refused(sde, json::object(), {.timesteps = {9.0, 1.0}}, "timesteps cannot");
    constexpr const char* cosine = "CosineDPMSolverMultistepScheduler";
    refused(cosine, {{"solver_order", 3}}, {.steps = 4}, "served are 1 and 2");
    refused(cosine, json::object(), {.steps = 1}, "ask for two");
    refused(cosine, {{"prediction_type", "sample"}}, {.steps = 4},
            "served are: epsilon, v_prediction");
}

TEST_CASE("the tree has the seed of the file, or that of the generator; others have none") {
    const auto made = [](const json& config, auto noise) {
        Eigen::ArrayXX<double> x(12, 2);
        const auto network = [](const Eigen::ArrayXX<double>& in, double,
                                Eigen::ArrayXX<double>& out) { out = 0.9 * in; };
        diffusers::sample(x, network, diffusers::scheduler(config, "DPMSolverSDEScheduler"),
                          {.steps = 4}, noise);
        return x;
    };
    const json none = json::object(), eleven = {{"noise_sampler_seed", 11}},
               seven = {{"noise_sampler_seed", 7}};
    CHECK((made(none, torch_cpu(11)) == made(eleven, torch_cpu(11))).all());
    CHECK(!(made(none, torch_cpu(11)) == made(seven, torch_cpu(11))).all());
    CHECK_THROWS_WITH(made(none, philox{.seed = 11}), ContainsSubstring("torchsde's tree"));
}

TEST_CASE("denoise takes the steps' noise from torchsde's tree, too") {
    const diffusers::scheduler s(json{{"_class_name", "DPMSolverSDEScheduler"}});
    const auto network = [](const Eigen::ArrayXd& x, double, Eigen::ArrayXd& out) {
        out = 0.5 * x.tanh();
    };
    Eigen::ArrayXd sampled(20), denoised(20);
    const auto plan = s.plan({.steps = 4});
    diffusers::sample(sampled, network, s, {.steps = 4}, torch_cpu(5));

    // The same noise to begin with, by hand.
    torch_cpu noise(5);
    plan.with_model(network, [&](const auto& model) {
        run r(denoised, model, plan.knots, ddim{}, noise);
        r.start_from_prior();
    });
    diffusers::denoise(denoised, network, s, {.steps = 4}, torch_cpu(5));
    CHECK((sampled == denoised).all());
    CHECK_THROWS_WITH(diffusers::denoise(denoised, network, s, {.steps = 4}, philox{.seed = 1}),
                      ContainsSubstring("torchsde"));
}
