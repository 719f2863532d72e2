#include <cmath>
#include <fokker/adapt/comfyui.hpp>
#include <fokker/fokker.hpp>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "adapt/by_name/golden.hpp"
#include "catch.hpp"

using namespace fokker;
using Catch::Matchers::ContainsSubstring;
using fokker_test::golden_case, fokker_test::message_of;

namespace {

comfyui::options options_of(const golden_case& entry) {
    return {.denoise = entry.value("denoise", 1.0),
            .flow_times = entry.at("path") == "long flow" ? 10000 : 1000};
}

comfyui::plan walk_of(const golden_case& entry) {
    return fokker_test::with_model_path(entry, [&](const auto& path) {
        return comfyui::sampler(entry.at("sampler").get<std::string>(),
                                entry.at("scheduler").get<std::string>(), entry.at("steps"), path,
                                options_of(entry));
    });
}

}  // namespace

TEST_CASE("ComfyUI's sigmas are those of its formulas") {
    const int cases = fokker_test::for_each_case("comfyui", "sigmas", [](const golden_case& entry) {
        const auto sigmas = fokker_test::with_model_path(entry, [&](const auto& path) {
            return comfyui::sigmas_of(entry.at("scheduler").get<std::string>(), entry.at("steps"),
                                      path, options_of(entry));
        });
        CHECK(fokker_test::difference(sigmas, fokker_test::golden_numbers(entry.at("sigmas"))) <
              1e-11);
    });
    CHECK(cases == 212);
}

TEST_CASE("ComfyUI's walks end where its formulas do") {
    std::set<std::string> compared, on_flows;
    fokker_test::for_each_case("comfyui", "walk", [&](const golden_case& entry) {
        CHECK(fokker_test::error_of_walk(walk_of(entry), entry) < entry.value("within", 1e-10));
        (entry.at("path") == "table" ? compared : on_flows).insert(entry.at("sampler"));
    });
    // Every sampler but those that need a second output, or that differ and say so.
    for (const auto& entry : comfyui::sampler_names) {
        const std::string name(entry.name);
        CAPTURE(name);
        // comfyui.py runs ComfyUI's own of these, and golden_test.cpp compares every state.
        const bool run_themselves = name.starts_with("seeds_") || name.starts_with("exp_heun_") ||
                                    name == "res_multistep_ancestral";
        const bool by_hand = entry.needs_unconditional || name.ends_with("_gpu") || run_themselves;
        if (entry.served() && entry.note.empty() && !by_hand) CHECK(compared.contains(name));
        if (entry.served_on_flow() && entry.note.empty() && !by_hand &&
            name != "dpmpp_2s_ancestral")
            CHECK(on_flows.contains(name));
    }
}

TEST_CASE("every served sampler of ComfyUI samples, on a table and on a flow") {
    const auto network = [](const Eigen::ArrayXd& x, double, Eigen::ArrayXd& out,
                            Eigen::ArrayXd& second) { out = 0.5 * x, second = 0.4 * x; };
    const auto guided = predicts_data(network, second_output::unconditional);
    const auto plain =
        predicts_data([](const Eigen::ArrayXd& x, double, Eigen::ArrayXd& out) { out = 0.5 * x; });
    int served = 0, on_flow = 0;
    for (const auto& entry : comfyui::sampler_names) {
        CAPTURE(std::string(entry.name));
        CHECK(entry.here.empty() == false);
        const auto samples = [&](const comfyui::plan& w) {
            Eigen::ArrayXd x(3);
            const auto& noise = philox{.seed = 7};
            if (entry.needs_unconditional)
                sample(x, guided, w.knots, w.solver, noise);
            else
                sample(x, plain, w.knots, w.solver, noise);
            CHECK(x.isFinite().all());
            CHECK(w.solver.stochastic() == (w.draws != by_name::gaussians::none));
            CHECK(w.solver.reads(second_output::unconditional) ==
                  (entry.needs_unconditional || w.solver.reads(second_output::variance)));
        };
        if (entry.served()) {
            samples(comfyui::sampler(entry.name, "normal", 6));
            ++served;
        } else {
            const std::string message =
                message_of([&] { comfyui::sampler(entry.name, "normal", 6); });
            CHECK_THAT(message, ContainsSubstring("'" + std::string(entry.name) + "' is not in"));
            CHECK_THAT(message, ContainsSubstring("'" + std::string(entry.here) + "'"));
            CHECK(comfyui::sampler(entry.here, "normal", 6).knots.steps() >= 5);
        }
        if (entry.served_on_flow()) {
            samples(comfyui::sampler(entry.name, "normal", 6, shifted_flow_path{.shift = 3}));
            ++on_flow;
        } else {
            CHECK_THAT(
                message_of([&] { comfyui::sampler(entry.name, "normal", 6, shifted_flow_path{}); }),
                ContainsSubstring("not in the library"));
            if (entry.served()) CHECK_FALSE(entry.note_on_flow.empty());
        }
    }
    CHECK(served == 40);
    CHECK(on_flow == 32);
}

TEST_CASE("ComfyUI's labels, prior and part of a walk") {
    const auto w = comfyui::sampler("dpmpp_2m", "karras", 10);
    CHECK(w.knots.steps() == 10);
    CHECK(w.knots.front().t == 999);
    for (const knot& k : w.knots) CHECK(k.t == std::nearbyint(k.t));
    CHECK(w.knots.prior() == prior::unit_data);
    CHECK(w.differs.empty());

    const auto half = comfyui::sampler("dpmpp_2m", "karras", 10, {.denoise = 0.5});
    CHECK(half.knots.steps() == 10);
    CHECK(half.knots.prior() == prior::sigma);
    CHECK(half.knots.front().noise_to_signal() ==
          comfyui::sampler("dpmpp_2m", "karras", 20).knots[10].noise_to_signal());

    // The last noisy sigma of one step more is left out.
    const auto without = comfyui::sampler("dpm_2", "karras", 10);
    CHECK(without.knots.steps() == 10);
    CHECK(without.knots[9] == comfyui::sampler("euler", "karras", 11).knots[9]);

    const auto flow =
        comfyui::sampler("euler", "simple", 4, shifted_flow_path{.shift = 3, .label_scale = 1000});
    CHECK(flow.knots.front() == knot{1000.0, 0.0, 1.0});
    CHECK(flow.knots.prior_std() == 1.0);
    // Where lambda counts ComfyUI begins a little below pure noise, with the same noise.
    const auto offset =
        comfyui::sampler("dpmpp_2m_sde", "simple", 4, shifted_flow_path{.shift = 1});
    CHECK(offset.knots.front().sigma == 0.9999);
    CHECK(offset.knots.prior_std() == 1.0);
    CHECK_THAT(message_of([&] { offset.tree(7); }), ContainsSubstring("not in the library"));
    comfyui::sampler("dpmpp_2m_sde", "simple", 4).tree(7);

    CHECK(comfyui::sampler("euler", "ddim_uniform", 30).knots.steps() == 31);
    CHECK(comfyui::sampler("euler", "beta", 150).knots.steps() < 150);
}

TEST_CASE("ComfyUI's errors") {
    const auto says = [](const auto& f, const char* text) {
        CHECK_THAT(message_of(f), ContainsSubstring(text));
    };
    says([] { comfyui::sampler("dpmpp2m", "karras", 5); }, "did you mean 'dpmpp_2m'?");
    says([] { comfyui::sampler("euler", "kerras", 5); }, "did you mean 'karras'?");
    says([] { comfyui::sampler("zzzzzzzzz", "karras", 5); }, "There are: euler, ");
    says([] { comfyui::sampler("euler", "karras", 0); }, "steps is 0");
    says([] { comfyui::sampler("euler", "kl_optimal", 1); }, "divides 0 by 0");
    says([] { comfyui::sampler("euler", "karras", 5, {.denoise = 0.0}); }, "denoise is 0");
    says([] { comfyui::sampler("euler", "karras", 5, {.denoise = 1.5}); }, "denoise is 1.5");
    says([] { comfyui::sampler("euler", "karras", 5, {.sampling = {.eta = 0.5}}); },
         "the sampler 'euler' has no option eta");
    says([] { comfyui::sampler("dpmpp_2m_sde", "karras", 5, {.sampling = {.solver_type = "x"}}); },
         "'midpoint' or 'heun'");
    says(
        [] {
            comfyui::sampler("euler", "simple", 5, shifted_flow_path{},
                             {.sampling = {.s_churn = 1.0}});
        },
        "s_churn");
    says([] { comfyui::sampler("euler", "normal", 5, zero_terminal_snr(linear_schedule())); },
         "must have finite sigma / alpha");
    says([] { comfyui::sampler("dpm_fast", "karras", 1); }, "ask for more steps");
    CHECK(comfyui::sampler("euler_ancestral", "karras", 5, {.sampling = {.eta = 0.0}})
              .solver.stochastic() == false);
}
