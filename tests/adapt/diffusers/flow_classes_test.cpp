// The flow classes of diffusers: what they refuse.
#include <string>
#include <vector>

#include <Eigen/Core>
#include <nlohmann/json.hpp>

#include <fokker/adapt/diffusers/sample.hpp>
#include <fokker/adapt/diffusers/scheduler.hpp>
#include <fokker/adapt/diffusers/timesteps.hpp>
#include <fokker/noise/torch_cpu.hpp>

#include "catch.hpp"

using namespace fokker;
using Catch::Matchers::ContainsSubstring;
using diffusers::timesteps;
using nlohmann::json;

namespace {

void refuses(json config, const timesteps& asked, const std::string& words,
             const char* name = "FlowMatchEulerDiscreteScheduler") {
    INFO(config.dump());
    config["_class_name"] = name;
    CHECK_THROWS_WITH(diffusers::scheduler(config).plan(asked), ContainsSubstring(words));
}

}  // namespace

TEST_CASE("a flow refuses shifts that make no sense") {
    refuses({{"shift", 0.0}}, {.steps = 4}, "shift is 0.0; it must be positive");
    refuses({{"num_train_timesteps", 0}}, {.steps = 4}, "num_train_timesteps is 0");
    refuses({{"use_dynamic_shifting", true}}, {.steps = 4}, "needs mu");
    refuses({{"use_dynamic_shifting", true}}, {.steps = 4, .mu = 1.0, .image_seq_len = 256},
            "both given");
    refuses({{"use_dynamic_shifting", true}, {"max_shift", nullptr}},
            {.steps = 4, .image_seq_len = 256}, "max_shift is null");
    refuses({{"use_dynamic_shifting", true}, {"max_image_seq_len", 256}},
            {.steps = 4, .image_seq_len = 256}, "max_image_seq_len is 256");
    refuses({{"use_dynamic_shifting", true}, {"time_shift_type", "linear"}},
            {.steps = 4, .mu = 0.0}, "mu is 0");
    refuses({{"time_shift_type", "cubic"}}, {.steps = 4}, "served are: exponential, linear");
    refuses({{"use_dynamic_shifting", true}}, {.steps = 4, .image_seq_len = 0},
            "image_seq_len is 0");
    refuses({{"shift_terminal", 1.0}}, {.steps = 4}, "shift_terminal is 1.0");
    refuses({{"shift_terminal", 0.1}}, {.steps = 1}, "ask for more steps");
    refuses({{"use_karras_sigmas", true}, {"use_beta_sigmas", true}}, {.steps = 4},
            "exclude each other");
    refuses({{"use_exponential_sigmas", true}}, {.sigmas = {1.0, 0.5, 0.0}}, "last level above 0");
}

TEST_CASE("a flow map's scheduler wants a network of two labels, and refuses what makes no sense") {
    const char* name = "FlowMapEulerDiscreteScheduler";
    refuses({{"shift", 0.0}}, {.steps = 4}, "shift is 0.0; it must be positive", name);
    refuses({{"num_train_timesteps", 0}}, {.steps = 4}, "num_train_timesteps is 0", name);
    refuses({}, {.steps = 4, .mu = 1.0}, "mu", name);
    refuses({}, {.steps = 3, .sigmas = {0.5, 0.4}}, "steps is 3, and the lists have 2", name);
    refuses({}, {.timesteps = {500, 700}}, "they must fall", name);
    refuses({}, {.sigmas = {1.1, 0.7}}, "noise level 1.1", name);
    refuses({}, {.steps = 3, .step = {.s_churn = 1.0}}, "step.s_churn", name);
    const diffusers::scheduler scheduler(json{{"_class_name", name}});
    Eigen::ArrayXXd x(3, 2);
    const auto network = [](const Eigen::ArrayXXd& in, double, Eigen::ArrayXXd& out) { out = in; };
    CHECK_THROWS_WITH(diffusers::sample(x, network, scheduler, {.steps = 2}, torch_cpu(1)),
                      ContainsSubstring("pass fokker::flow_map(f)"));
}

TEST_CASE("a flow refuses lists that do not fall from noise to data") {
    refuses({}, {}, "steps is 0");
    refuses({}, {.sigmas = {1.2, 0.5}}, "noise level 1.2");
    refuses({}, {.sigmas = {0.5, 0.7}}, "they must fall");
    refuses({}, {.timesteps = {500, 500}}, "they must fall");
    refuses({}, {.timesteps = {500, 400}, .sigmas = {0.5}}, "same length");
    refuses({}, {.steps = 3, .sigmas = {0.5, 0.4}}, "steps is 3, and the lists have 2");
    refuses({}, {.steps = 3, .step = {.s_churn = 1.0}}, "step.s_churn");
    refuses({}, {.steps = 3, .original_inference_steps = 50}, "original_inference_steps");
    refuses({}, {.steps = 3, .strength = 0.0}, "strength is 0");
}

TEST_CASE("an inverted flow refuses what would end in noise") {
    refuses({{"invert_sigmas", true}, {"stochastic_sampling", true}}, {.steps = 4},
            "returns noise alone");
    refuses({{"invert_sigmas", true}}, {.steps = 4, .strength = 0.5}, "strength is 0.5");
    refuses({{"invert_sigmas", true}}, {.steps = 4}, "returns noise alone",
            "FlowMatchLCMScheduler");
}

TEST_CASE("an inverted flow has no image to image, which begins with the noise of the other end") {
    const diffusers::scheduler s(
        json{{"_class_name", "FlowMatchEulerDiscreteScheduler"}, {"invert_sigmas", true}});
    Eigen::ArrayXd x = Eigen::ArrayXd::Zero(4);
    const auto zero = [](const Eigen::ArrayXd& in, double, Eigen::ArrayXd& out) { out = 0.0 * in; };
    CHECK_THROWS_WITH(diffusers::edit(x, zero, s, {.steps = 4}, torch_cpu(1)),
                      ContainsSubstring("invert_sigmas is true"));
}

TEST_CASE("the levels of a flow lie between sigma_min and sigma_max, whichever class wrote them") {
    for (const char* name : {"FlowMatchEulerDiscreteScheduler", "FlowMatchLCMScheduler",
                             "LTXEulerAncestralRFScheduler"})
        for (const char* spacing :
             {"use_karras_sigmas", "use_exponential_sigmas", "use_beta_sigmas"}) {
            INFO(name << ", " << spacing);
            const diffusers::scheduler s(json{
                {"_class_name", name}, {spacing, true}, {"sigma_min", 0.05}, {"sigma_max", 0.9}});
            const auto walk = s.plan({.steps = 4});
            CHECK_THAT(walk.knots[0].sigma, Catch::Matchers::WithinAbs(0.9, 1e-12));
            CHECK_THAT(walk.knots[3].sigma, Catch::Matchers::WithinAbs(0.05, 1e-12));
        }
}

TEST_CASE("the other flow classes refuse what their set_timesteps does not take") {
    const char* heun = "FlowMatchHeunDiscreteScheduler";
    refuses({}, {.steps = 4, .mu = 1.0}, "mu cannot be given", heun);
    refuses({}, {.sigmas = {1.0}}, "sigmas cannot be given", heun);
    refuses({}, {.timesteps = {1000}}, "timesteps cannot be given", heun);
    refuses({}, {.steps = 4, .step = {.s_churn = -1.0}}, "step.s_churn is -1", heun);
    refuses({{"shift", -1.0}}, {.steps = 4}, "shift is -1.0", heun);
    refuses({{"scale_factors", {1.5, 2.0}}}, {.steps = 4}, "scale_factors is [1.5,2.0]",
            "FlowMatchLCMScheduler");
    refuses({{"upscale_mode", "lanczos"}}, {.steps = 4}, "upscale_mode", "FlowMatchLCMScheduler");
}

TEST_CASE("LTX's ancestral class refuses levels that do not fall") {
    const char* ltx = "LTXEulerAncestralRFScheduler";
    refuses({{"eta", 1.5}}, {.steps = 4}, "eta is 1.5", ltx);
    refuses({{"s_noise", -1.0}}, {.steps = 4}, "s_noise is -1.0", ltx);
    refuses({{"invert_sigmas", true}}, {.steps = 4}, "invert_sigmas", ltx);
    refuses({}, {.sigmas = {1.0}}, "two at least", ltx);
    refuses({}, {.timesteps = {1000, 500, 0}}, "noise level 1000", ltx);
    refuses({}, {.sigmas = {1.0, 0.5, 0.5}}, "they must fall", ltx);
}

TEST_CASE("a flow without dynamic shifting does not look at mu") {
    const diffusers::scheduler s(json{{"_class_name", "FlowMatchEulerDiscreteScheduler"}});
    const auto plain = s.plan({.steps = 4}), with_mu = s.plan({.steps = 4, .mu = 1.0});
    for (std::size_t i = 0; i < plain.knots.size(); ++i) CHECK(plain.knots[i] == with_mu.knots[i]);
}

TEST_CASE("pipelines of flows hand over 1 to 1 / n") {
    CHECK(diffusers::flow_pipeline_sigmas(1) == std::vector<double>{1.0});
    CHECK(diffusers::flow_pipeline_sigmas(4) == std::vector<double>{1.0, 0.75, 0.5, 0.25});
    CHECK_THROWS_WITH(diffusers::flow_pipeline_sigmas(0), ContainsSubstring("steps is 0"));
    // Flux schnell.
    const diffusers::scheduler s(json{{"_class_name", "FlowMatchEulerDiscreteScheduler"}});
    const auto plan = s.plan({.sigmas = diffusers::flow_pipeline_sigmas(4)});
    CHECK(plan.knots[0].t == 1000);
    CHECK(plan.knots[3].t == 250);
}

TEST_CASE("the labels of a flow are no integers") {
    const diffusers::scheduler s(json{{"_class_name", "FlowMatchEulerDiscreteScheduler"}});
    Eigen::ArrayXf x(20);
    const auto whole = [](const Eigen::ArrayXf& in, std::int64_t, Eigen::ArrayXf& out) {
        out = in;
    };
    CHECK_THROWS_WITH(diffusers::sample(x, whole, s, {.steps = 4}, torch_cpu(1)),
                      ContainsSubstring("labels are no integers"));
}
