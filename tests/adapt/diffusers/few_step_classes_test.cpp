// LCM, TCD, SCM, the inverse of DDIM, unCLIP, CogVideoX, the consistency decoder and learned
// variances: what they refuse.
#include <cstdint>
#include <numbers>
#include <string>
#include <vector>

#include <Eigen/Core>
#include <nlohmann/json.hpp>

#include <fokker/adapt/diffusers/sample.hpp>
#include <fokker/adapt/diffusers/scheduler.hpp>
#include <fokker/adapt/diffusers/timesteps.hpp>
#include <fokker/noise/philox.hpp>
#include <fokker/noise/torch_cpu.hpp>
#include <fokker/path/continuous.hpp>
#include <fokker/path/grids/times.hpp>
#include <fokker/sample.hpp>
#include <fokker/solver/consistency.hpp>

#include "catch.hpp"

using namespace fokker;
using Catch::Matchers::ContainsSubstring;
using diffusers::timesteps;
using nlohmann::json;

namespace {

void refuses(const char* name, json config, const timesteps& asked, const std::string& words) {
    INFO(name << config.dump());
    config["_class_name"] = name;
    CHECK_THROWS_WITH(diffusers::scheduler(config).plan(asked), ContainsSubstring(words));
}

}  // namespace

TEST_CASE("LCM and TCD refuse walks that the distillation does not have") {
    for (const char* name : {"LCMScheduler", "TCDScheduler"}) {
        refuses(name, {}, {.steps = 51}, "steps is 51");
        refuses(name, {{"original_inference_steps", 0}}, {.steps = 4},
                "original_inference_steps is 0");
        refuses(name, {{"original_inference_steps", 1001}}, {.steps = 4},
                "original_inference_steps is 1001");
        refuses(name, {}, {.steps = 4, .strength = 0.05}, "leave 2");
        refuses(name, {}, {.steps = 4, .strength = 1.5}, "strength is 1.5");
        refuses(name, {}, {.steps = 4, .timesteps = {999}}, "give one of them");
        refuses(name, {}, {.timesteps = {999, 999}}, "it must fall");
        refuses(name, {}, {.timesteps = {1000}}, "integers from 0 to 999");
        refuses(name, {}, {.timesteps = {9.5}}, "integers from 0 to 999");
        refuses(name, {}, {.timesteps = {999, 500}, .strength = 0.2}, "not one is left");
        refuses(name, {}, {.sigmas = {1.0}}, "sigmas cannot be given");
        refuses(name, {}, {.steps = 4, .max_timesteps = 1.0}, "max_timesteps cannot be given");
        refuses(name, {{"beta_schedule", "sigmoid"}}, {.steps = 4}, "beta_schedule");
    }
    refuses("LCMScheduler", {{"thresholding", true}, {"sample_max_value", 0.0}}, {.steps = 4},
            "sample_max_value is 0.0; it must be positive");
    refuses("LCMScheduler", {}, {.steps = 4, .step = {.eta = 0.3}}, "step.eta");
    refuses("TCDScheduler", {}, {.steps = 4, .step = {.eta = 1.3}}, "step.eta is 1.3");
}

TEST_CASE("SCM is consistency sampling on the TrigFlow path, of data divided by sigma_data") {
    const auto network = [](const Eigen::ArrayXXd& x, double t, Eigen::ArrayXXd& out) {
        out = (1.3 * x + t).sin() - 0.2 * x;
    };
    const double sigma_data = 0.5, right_angle = 0.5 * std::numbers::pi;
    const diffusers::scheduler scheduler(json{{"_class_name", "SCMScheduler"}});
    // Their network sees the state as it is; the pipelines divide it, and multiply what it says.
    const auto theirs = [&](const Eigen::ArrayXXd& x, double t, Eigen::ArrayXXd& out) {
        network(x / sigma_data, t, out);
        out *= sigma_data;
    };
    const auto check = [&](const timesteps& asked, const grid& walk) {
        Eigen::ArrayXXd x(6, 2), y(6, 2);
        const auto plan = scheduler.plan(asked);
        plan.with_model(theirs, [&](auto model) {
            sample(x, model, plan.knots, plan.solver, philox{.seed = 4});
        });
        sample(y, predicts_velocity(network), walk, consistency_sampler{}, philox{.seed = 4});
        // The original's walk ends at sigma_data times the data that its network has.
        CHECK((x - sigma_data * y).abs().maxCoeff() < 1e-14);
    };
    // 1.3 is what the original takes for the middle of two steps.
    check({.steps = 2, .max_timesteps = right_angle},
          from_times(trigflow_path{}, {right_angle, 1.3}));
    check({.steps = 1, .max_timesteps = right_angle}, from_times(trigflow_path{}, {right_angle}));
    check({.steps = 4, .max_timesteps = right_angle},
          from_times(trigflow_path{},
                     {right_angle, 0.75 * right_angle, 0.5 * right_angle, 0.25 * right_angle}));
}

TEST_CASE("SCM refuses times that are no angles") {
    const char* scm = "SCMScheduler";
    refuses(scm, {}, {.steps = 3, .intermediate_timesteps = 1.3}, "is for two steps");
    refuses(scm, {}, {.steps = 3, .max_timesteps = 2.0}, "the time 2");
    refuses(scm, {}, {.steps = 3, .timesteps = {1.5, 1.0, 0.0}}, "one more than steps");
    refuses(scm, {}, {.timesteps = {1.0, 1.2, 0.0}}, "they must fall");
    refuses(scm, {}, {.timesteps = {1.0}}, "two times at least");
    refuses(scm, {}, {.timesteps = {1.0, 0.0}, .max_timesteps = 1.5}, "cannot be");
    refuses(scm, {{"sigma_data", 0.0}}, {.steps = 2}, "sigma_data is 0.0");
    refuses(scm, {{"prediction_type", "epsilon"}}, {.steps = 2}, "served are: trigflow");
}

TEST_CASE("DDIM's inverse walks from the data that it is given") {
    const char* inverse = "DDIMInverseScheduler";
    refuses(inverse, {{"prediction_type", "sample"}}, {.steps = 4}, "cannot be told");
    refuses(inverse, {{"set_alpha_to_zero", true}}, {.steps = 4}, "set_alpha_to_zero is true");
    refuses(inverse, {{"timestep_spacing", "linspace"}}, {.steps = 4}, "leading, trailing");
    const diffusers::scheduler s(json{{"_class_name", inverse}});
    CHECK(s.plan({.steps = 4}).knots.is_reversed());
    Eigen::ArrayXf x(20);
    const auto network = [](const Eigen::ArrayXf& in, double, Eigen::ArrayXf& out) { out = in; };
    CHECK_THROWS_WITH(diffusers::sample(x, network, s, {.steps = 4}, torch_cpu(1)),
                      ContainsSubstring("use denoise"));
}

TEST_CASE("classes with few options refuse others") {
    refuses("UnCLIPScheduler", {}, {.steps = 1}, "two at least");
    refuses("UnCLIPScheduler", {{"beta_schedule", "linear"}}, {.steps = 4}, "squaredcos_cap_v2");
    refuses("UnCLIPScheduler", {{"variance_type", "fixed_large"}}, {.steps = 4}, "learned_range");
    refuses("UnCLIPScheduler", {{"prediction_type", "v_prediction"}}, {.steps = 4}, "sample");
    refuses("ConsistencyDecoderScheduler", {}, {.steps = 3}, "in two steps alone");
    refuses("ConsistencyDecoderScheduler", {{"num_train_timesteps", 1000}}, {.steps = 2},
            "begins at time 1008");
    refuses("ConsistencyDecoderScheduler", {{"sigma_data", -1.0}}, {.steps = 2}, "sigma_data");
    for (const char* name : {"CogVideoXDDIMScheduler", "CogVideoXDPMScheduler"}) {
        refuses(name, {{"snr_shift_scale", 0.0}}, {.steps = 4}, "snr_shift_scale is 0.0");
        refuses(name, {}, {.steps = 4, .step = {.eta = 1.0}}, "step.eta");
        refuses(name, {}, {.timesteps = {999}}, "timesteps cannot be given");
    }
}

TEST_CASE("Wuerstchen's class refuses times outside of [0, 1]") {
    const char* wuerstchen = "DDPMWuerstchenScheduler";
    refuses(wuerstchen, {{"scaler", 0.0}}, {.steps = 4}, "scaler is 0.0");
    refuses(wuerstchen, {{"s", -0.1}}, {.steps = 4}, "s is -0.1");
    refuses(wuerstchen, {}, {.timesteps = {1.5, 0.0}}, "times lie in [0, 1]");
    refuses(wuerstchen, {}, {.timesteps = {0.5, 0.5}}, "it must fall");
    refuses(wuerstchen, {}, {.timesteps = {0.5}}, "two times at least");
    refuses(wuerstchen, {}, {.steps = 2, .timesteps = {0.5, 0.0}}, "give one of them");
    refuses(wuerstchen, {}, {}, "steps is 0");
}

TEST_CASE("a learned variance needs a network of two outputs") {
    refuses("DDPMScheduler", {{"variance_type", "fixed_large_log"}}, {.steps = 4},
            "root of a logarithm");
    const diffusers::scheduler s(
        json{{"_class_name", "DDPMScheduler"}, {"variance_type", "learned_range"}});
    Eigen::ArrayXf x(20), y(20);
    const auto one = [](const Eigen::ArrayXf& in, double, Eigen::ArrayXf& out) { out = in; };
    CHECK_THROWS_WITH(diffusers::sample(x, one, s, {.steps = 4}, torch_cpu(1)),
                      ContainsSubstring("second output"));

    std::vector<std::int64_t> labels;
    const auto whole = [&](const Eigen::ArrayXf& in, std::int64_t t, Eigen::ArrayXf& out,
                           Eigen::ArrayXf& second) {
        labels.push_back(t);
        out = 0.9f * in;
        second = 0.5f;
    };
    const auto real = [](const Eigen::ArrayXf& in, double, Eigen::ArrayXf& out,
                         Eigen::ArrayXf& second) {
        out = 0.9f * in;
        second = 0.5f;
    };
    diffusers::sample(x, whole, s, {.steps = 4}, torch_cpu(1));
    diffusers::sample(y, real, s, {.steps = 4}, torch_cpu(1));
    CHECK(labels == std::vector<std::int64_t>{750, 500, 250, 0});
    CHECK((x == y).all());
}

TEST_CASE("classes that are refused say why") {
    const auto refused = [](const char* name, const char* words) {
        CHECK_THROWS_WITH(diffusers::scheduler(json{{"_class_name", name}}),
                          ContainsSubstring(words) && ContainsSubstring("Served are"));
    };
    refused("HeliosScheduler", "one model's pipeline");
    refused("VQDiffusionScheduler", "samples tokens");
}
