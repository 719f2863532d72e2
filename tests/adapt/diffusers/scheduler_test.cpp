#include <fokker/adapt/diffusers/scheduler.hpp>

#include <cmath>
#include <fstream>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include <fokker/adapt/diffusers/sample.hpp>
#include <fokker/noise/philox.hpp>
#include <fokker/noise/torch_cpu.hpp>
#include <fokker/run.hpp>
#include <fokker/sample.hpp>

#include "catch.hpp"

using namespace fokker;
using Catch::Matchers::ContainsSubstring;
using diffusers::scheduler;
using nlohmann::json;

namespace {

json ddim_with(const char* key, const json& value) {
    return {{"_class_name", "DDIMScheduler"}, {key, value}};
}

}  // namespace

TEST_CASE("a class that is not served is refused with the list of those that are") {
    CHECK_THROWS_WITH(scheduler(json{{"_class_name", "VQDiffusionScheduler"}}),
                      ContainsSubstring("'VQDiffusionScheduler' is not served") &&
                          ContainsSubstring("DDIMScheduler"));
    CHECK_THROWS_WITH(scheduler(json{{"_class_name", "DDIMSheduler"}}),
                      ContainsSubstring("did you mean 'DDIMScheduler'?"));
    CHECK_THROWS_WITH(scheduler(json::object(), "PNDM"),
                      ContainsSubstring("did you mean 'PNDMScheduler'?"));
    CHECK_THROWS_WITH(scheduler(json::object()), ContainsSubstring("_class_name"));
    CHECK_THROWS_WITH(scheduler(json(3)), ContainsSubstring("not an object"));
    CHECK_THROWS_WITH(scheduler(json{{"_class_name", "StableDiffusionPipeline"}}),
                      ContainsSubstring("is a pipeline; the configuration of its scheduler is the "
                                        "file scheduler/scheduler_config.json"));
}

TEST_CASE("a key that no class has is refused by name") {
    CHECK_THROWS_WITH(scheduler(ddim_with("clip_sampl", true)),
                      ContainsSubstring("DDIMScheduler: there is no key 'clip_sampl'; did you "
                                        "mean 'clip_sample'?"));
    CHECK_THROWS_WITH(scheduler(ddim_with("predict_epsilon", false)),
                      ContainsSubstring("predict_epsilon is false"));
}

TEST_CASE("a key of another class is ignored, as diffusers does, and listed") {
    const scheduler s(ddim_with("variance_type", "fixed_small"));
    REQUIRE(s.ignored().size() == 1);
    CHECK(s.ignored()[0] == "variance_type");
    CHECK(scheduler(ddim_with("_diffusers_version", "0.6.0")).ignored().empty());
}

TEST_CASE("a value of the wrong type is refused with the key and the value") {
    CHECK_THROWS_WITH(scheduler(ddim_with("clip_sample", 1)),
                      ContainsSubstring("clip_sample is 1; it must be true or false"));
    CHECK_THROWS_WITH(scheduler(ddim_with("num_train_timesteps", 10.5)),
                      ContainsSubstring("num_train_timesteps is 10.5; it must be an integer"));
    CHECK_THROWS_WITH(scheduler(ddim_with("beta_start", "small")),
                      ContainsSubstring("beta_start is \"small\"; it must be a number"));
    CHECK_THROWS_WITH(scheduler(ddim_with("trained_betas", 0.1)),
                      ContainsSubstring("it must be a list of numbers or null"));
    CHECK_THROWS_WITH(scheduler(ddim_with("beta_schedule", "cosine")),
                      ContainsSubstring("beta_schedule is \"cosine\"; served are: linear"));
}

TEST_CASE("a value that makes no sense is refused when a walk is asked for") {
    const auto planned = [](const char* key, const json& value) {
        return scheduler(ddim_with(key, value)).plan({.steps = 10});
    };
    CHECK_THROWS_WITH(planned("num_train_timesteps", 0), ContainsSubstring("num_train_timesteps"));
    CHECK_THROWS_WITH(planned("beta_end", 1.5), ContainsSubstring("beta_end is 1.5"));
    CHECK_THROWS_WITH(planned("clip_sample_range", -1), ContainsSubstring("must be positive"));
    CHECK_THROWS_WITH(planned("steps_offset", 200), ContainsSubstring("steps_offset"));
    const scheduler s(json{{"_class_name", "DDIMScheduler"}});
    CHECK_THROWS_WITH(s.plan({}), ContainsSubstring("steps is 0"));
    CHECK_THROWS_WITH(s.plan({.steps = 1001}), ContainsSubstring("trained on 1000"));
    CHECK_THROWS_WITH(s.plan({.steps = 10, .sigmas = {1.0}}), ContainsSubstring("sigmas"));
    CHECK_THROWS_WITH(s.plan({.steps = 10, .step = {.s_churn = 1.0}}),
                      ContainsSubstring("step.s_churn"));
    CHECK_THROWS_WITH(s.plan({.steps = 10, .step = {.s_tmin = 1.0}}),
                      ContainsSubstring("step.s_tmin"));
    CHECK_THROWS_WITH(s.plan({.steps = 10, .step = {.s_tmax = 1.0}}),
                      ContainsSubstring("step.s_tmax"));
    CHECK_THROWS_WITH(s.plan({.steps = 10, .step = {.s_noise = 1.0}}),
                      ContainsSubstring("step.s_noise"));
    CHECK_THROWS_WITH(s.plan({.steps = 10, .step = {.order = 2}}), ContainsSubstring("step.order"));
    CHECK_THROWS_WITH(s.plan({.steps = 10, .strength = 0.05}),
                      ContainsSubstring("not one is left"));
}

TEST_CASE("an option of a step is refused where it makes no sense") {
    const double nan = std::nan(""), infinity = HUGE_VAL;
    const auto planned = [](const char* name, const diffusers::step_options& step) {
        return scheduler(json{{"_class_name", name}}).plan({.steps = 10, .step = step});
    };
    for (const double eta : {-0.1, 1.1, nan})
        for (const char* name : {"DDIMScheduler", "TCDScheduler", "RePaintScheduler"})
            CHECK_THROWS_WITH(planned(name, {.eta = eta}), ContainsSubstring("[0, 1]"));
    for (const double s_noise : {-1.0, infinity, nan}) {
        CHECK_THROWS_WITH(planned("EulerDiscreteScheduler", {.s_churn = 1.0, .s_noise = s_noise}),
                          ContainsSubstring("step.s_noise is"));
        CHECK_THROWS_WITH(planned("DPMSolverSDEScheduler", {.s_noise = s_noise}),
                          ContainsSubstring("step.s_noise is"));
    }
    CHECK_THROWS_WITH(planned("EulerDiscreteScheduler", {.s_churn = 1.0, .s_tmin = nan}),
                      ContainsSubstring("step.s_tmin is not a number"));
    CHECK_THROWS_WITH(planned("EulerDiscreteScheduler", {.s_churn = 1.0, .s_tmax = nan}),
                      ContainsSubstring("step.s_tmax is not a number"));
    CHECK_NOTHROW(planned("DDIMScheduler", {.eta = 1.0}));
}

TEST_CASE(
    "levels that torchsde's tree cannot tell apart are refused before the network is called") {
    int calls = 0;
    const auto network = [&](const Eigen::ArrayXf& in, double, Eigen::ArrayXf& out) {
        ++calls;
        out = 0.9f * in;
    };
    const auto refused = [&](double beta_end, const char* why) {
        const scheduler noisy(
            json{{"_class_name", "DPMSolverSDEScheduler"}, {"beta_end", beta_end}});
        Eigen::ArrayXf x(20);
        CHECK_THROWS_WITH(fokker::diffusers::sample(x, network, noisy, {.steps = 20}, torch_cpu(3)),
                          ContainsSubstring(why));
    };
    refused(0.08, "too short for a Brownian path");
    refused(0.3, "so that it can be halved");
    CHECK(calls == 0);
}

TEST_CASE("a solver with the coefficients of a walk takes no part of it") {
    const auto network = [](const Eigen::ArrayXf& in, double, Eigen::ArrayXf& out) {
        out = 0.9f * in;
    };
    for (const char* name :
         {"DDIMScheduler", "DDPMScheduler", "LMSDiscreteScheduler", "PNDMScheduler",
          "DPMSolverSinglestepScheduler", "CogVideoXDPMScheduler", "UniPCMultistepScheduler"}) {
        const auto walk = scheduler(json{{"_class_name", name}}).plan({.steps = 6});
        Eigen::ArrayXf x(20);
        walk.with_model(network, [&](const auto& model) {
            CHECK_THROWS_WITH(sample(x, model, walk.knots.from(3), walk.solver, torch_cpu(3)),
                              ContainsSubstring("was made for a walk"));
            CHECK_NOTHROW(sample(x, model, walk.knots, walk.solver, torch_cpu(3)));
        });
    }
}

TEST_CASE("a configuration is read from a temporary stream, and a missing file is named so") {
    const json read = diffusers::read_configuration(std::istringstream(R"({"a": 1})"));
    CHECK(read.at("a") == 1);
    CHECK_THROWS_WITH(diffusers::read_configuration(std::ifstream("there/is/no/such.json")),
                      ContainsSubstring("is the file there?"));
}

TEST_CASE("counts that would take all memory are refused before it is taken") {
    CHECK_THROWS_WITH(scheduler(ddim_with("num_train_timesteps", 1000000000)),
                      ContainsSubstring("num_train_timesteps is 1000000000"));
    for (const char* name :
         {"EulerDiscreteScheduler", "EDMEulerScheduler", "IPNDMScheduler", "ScoreSdeVeScheduler",
          "FlowMatchHeunDiscreteScheduler", "DDPMWuerstchenScheduler", "LMSDiscreteScheduler"}) {
        INFO(name);
        json config{{"_class_name", name}};
        if (config["_class_name"] == "ScoreSdeVeScheduler") config["sampling_eps"] = 1e-10;
        CHECK_THROWS_WITH(scheduler(config).plan({.steps = 1 << 24}),
                          ContainsSubstring("steps is 16777216"));
    }
    CHECK_THROWS_WITH(scheduler(json{{"_class_name", "RePaintScheduler"}})
                          .plan({.steps = 250, .jump_length = 1, .jump_n_sample = 2147483647}),
                      ContainsSubstring("jump_n_sample"));
}

TEST_CASE("infinity is no value of a key, but where it is the default") {
    CHECK_THROWS_WITH(
        scheduler(json{{"_class_name", "LCMScheduler"}, {"timestep_scaling", "Infinity"}}),
        ContainsSubstring("timestep_scaling is \"Infinity\"; it must be a number"));
    scheduler(json{{"_class_name", "SASolverScheduler"}, {"lambda_min_clipped", "-Infinity"}});
}

TEST_CASE("trailing times are numpy's, with the rounding of its stride") {
    const std::vector<double> wanted{999, 978, 957, 936, 916, 895};
    for (const char* name : {"DDIMScheduler", "LMSDiscreteScheduler"}) {
        INFO(name);
        const auto walk = scheduler(json{{"_class_name", name}, {"timestep_spacing", "trailing"}})
                              .plan({.steps = 48});
        for (std::size_t i = 0; i < wanted.size(); ++i) CHECK(walk.knots[i].t == wanted[i]);
    }
}

TEST_CASE("a level above the last of a training that ends in noise has its label") {
    const scheduler s(json{{"_class_name", "EulerDiscreteScheduler"},
                           {"num_train_timesteps", 2000},
                           {"beta_start", 0.02},
                           {"use_beta_sigmas", true},
                           {"timestep_spacing", "leading"},
                           {"rescale_betas_zero_snr", true}});
    CHECK_THAT(s.plan({.steps = 2}).knots[0].t, Catch::Matchers::WithinAbs(1998.891, 1e-3));
}

TEST_CASE("Python's infinities are read") {
    std::istringstream in(
        R"({"a": -Infinity, "b": "\"Infinity", "c": [Infinity], "d": "\\", "e": NaN, "f": "-Infinity"})");
    const json read = diffusers::read_configuration(in);
    CHECK(read.at("a") == "-Infinity");
    CHECK(read.at("b") == "\"Infinity");
    CHECK(read.at("c")[0] == "Infinity");
    CHECK(read.at("d") == "\\");
    CHECK(read.at("e") == "NaN");
    CHECK(read.at("f") == "-Infinity");
    std::istringstream broken(R"({"a": )");
    CHECK_THROWS_AS(diffusers::read_configuration(broken), json::parse_error);
}

TEST_CASE("values that were another class's defaults do not count") {
    json config = ddim_with("clip_sample", false);
    config["_use_default_values"] = {"clip_sample"};
    CHECK(scheduler(config).plan({.steps = 10}).bounded.index() == 1);
    CHECK(scheduler(ddim_with("clip_sample", false)).plan({.steps = 10}).bounded.index() == 0);
}

TEST_CASE("a network may take the label as an integer where the labels are integers") {
    Eigen::ArrayXf x(20), y(20);
    const scheduler s(json{{"_class_name", "DDIMScheduler"}});
    std::vector<std::int64_t> labels;
    const auto whole = [&](const Eigen::ArrayXf& in, std::int64_t t, Eigen::ArrayXf& out) {
        labels.push_back(t);
        out = 0.9f * in;
    };
    const auto real = [](const Eigen::ArrayXf& in, double, Eigen::ArrayXf& out) {
        out = 0.9f * in;
    };
    diffusers::sample(x, whole, s, {.steps = 4}, torch_cpu(3));
    diffusers::sample(y, real, s, {.steps = 4}, torch_cpu(3));
    CHECK((x == y).all());
    CHECK(labels == std::vector<std::int64_t>{750, 500, 250, 0});
}

TEST_CASE(
    "the solver of a plan refuses a part of its grid, whose steps would get others' numbers") {
    const auto checked = [](const char* name, const json& more, const auto& cut) {
        json config = more;
        config["_class_name"] = name;
        const auto walk = scheduler(config).plan({.steps = 10});
        Eigen::ArrayXf x = Eigen::ArrayXf::Zero(4);
        walk.with_model([](const Eigen::ArrayXf& in, double, Eigen::ArrayXf& out) { out = in; },
                        [&](auto model) {
                            denoise(x, std::move(model), cut(walk.knots), walk.solver, philox{});
                        });
    };
    const auto later = [](const grid& knots) { return knots.from(5); };
    const auto whole = [](const grid& knots) { return knots; };
    const json none = json::object();
    for (const auto& [name, more] :
         {std::pair{"DDIMScheduler", none}, std::pair{"DDPMScheduler", none},
          std::pair{"PNDMScheduler", none}, std::pair{"LMSDiscreteScheduler", none},
          std::pair{"DPMSolverSinglestepScheduler", none}, std::pair{"CogVideoXDPMScheduler", none},
          std::pair{"DPMSolverMultistepScheduler",
                    json{{"solver_type", "heun"}, {"solver_order", 3}}}}) {
        INFO(name);
        CHECK_THROWS_WITH(checked(name, more, later),
                          ContainsSubstring("give it the plan's knots as they are"));
        CHECK_NOTHROW(checked(name, more, whole));
    }
}

TEST_CASE("a step that goes on from what an earlier one kept is refused after a seek") {
    const auto walk = scheduler(json{{"_class_name", "PNDMScheduler"}}).plan({.steps = 10});
    const auto network = [](const Eigen::ArrayXf& in, double, Eigen::ArrayXf& out) { out = in; };
    Eigen::ArrayXf x = Eigen::ArrayXf::Ones(4);
    walk.with_model(network, [&](auto model) {
        run r(x, std::move(model), walk.knots, walk.solver, philox{});
        r.seek(1);  // the second stage of a Runge-Kutta step
        CHECK_THROWS_WITH(r.step(), ContainsSubstring("this step needs 1 predictions"));
        r.seek(0);
        CHECK_NOTHROW(r.step());
        CHECK_NOTHROW(r.step());
    });
}
