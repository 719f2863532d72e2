#include <Eigen/Core>
#include <algorithm>
#include <cmath>
#include <fokker/adapt/k_diffusion.hpp>
#include <fokker/fokker.hpp>
#include <functional>
#include <set>
#include <string>
#include <vector>

#include "adapt/by_name/golden.hpp"
#include "catch.hpp"

using namespace fokker;
using Catch::Matchers::ContainsSubstring;
using fokker_test::golden_case, fokker_test::golden_numbers, fokker_test::message_of;

namespace {

/// A sampler of solvers.json, such as "k-diffusion sample_lms, order 3, to 0", as a name with
/// options.
k_diffusion::plan of_solver_case(const std::string& name, const golden_case& entry) {
    k_diffusion::options given;
    auto& options = given.sampling;
    const auto& theirs = entry.at("options");
    const auto take = [&](std::optional<double>& option, const char* key) {
        if (theirs.contains(key)) option = theirs.at(key).get<double>();
    };
    take(options.eta, "eta");
    take(options.s_noise, "s_noise");
    take(options.s_churn, "s_churn");
    take(options.s_tmin, "s_min");
    take(options.s_tmax, "s_max");
    take(options.r, "r");
    const bool adaptive = name.find("adaptive") != std::string::npos;
    if (adaptive) {
        options.atol = theirs.at("absolute").get<double>();
        options.rtol = 0.0;
        options.h_init = theirs.at("first_step").get<double>();
    }
    if (const auto at = name.find("order "); at != std::string::npos)
        options.order = name.at(at + 6) - '0';
    if (name.find(" heun,") != std::string::npos) options.solver_type = "heun";
    const auto begin = std::string("k-diffusion ").size();
    const auto end = name.find_first_of(", ", begin);
    const int steps = theirs.contains("calls") ? theirs.at("calls").get<int>() : 8;
    return k_diffusion::sampler(name.substr(begin, end - begin), "karras", steps, edm_path{},
                                given);
}

}  // namespace

TEST_CASE("k-diffusion's walks by their names end where its own functions do") {
    std::set<std::string> compared;
    fokker_test::for_each_case("k_diffusion", "walk", [&](const golden_case& entry) {
        const std::string name = entry.at("sampler");
        const auto w = k_diffusion::sampler(name, entry.at("scheduler").get<std::string>(),
                                            entry.at("steps").get<int>());
        CHECK(fokker_test::error_of_walk(w, entry) < 1e-10);
        compared.insert("sample_" + name);
    });
    for (const auto& entry : k_diffusion::sampler_names)
        if (entry.name != "sample_dpm_adaptive") CHECK(compared.contains(std::string(entry.name)));
}

TEST_CASE("k-diffusion's walks with its own tree of noise end where it does") {
    const int cases =
        fokker_test::for_each_case("k_diffusion", "tree", [](const golden_case& entry) {
            const auto w =
                k_diffusion::sampler(entry.at("sampler").get<std::string>(), "karras", 8);
            CHECK(fokker_test::error_of_tree(w, entry) < 1e-10);
        });
    CHECK(cases == 3);
}

TEST_CASE("k-diffusion's samplers with options are its own, state after state") {
    std::set<std::string> compared;
    for (const golden_case& entry : fokker_test::golden_cases("solvers")) {
        const std::string name = entry.at("name");
        if (!name.starts_with("k-diffusion sample_") || entry.contains("restart")) continue;
        CAPTURE(name);
        const any_solver method = of_solver_case(name, entry).solver;
        std::vector<knot> knots;
        for (const auto& row : entry.at("knots")) {
            const auto k = golden_numbers(row);
            knots.push_back({k.at(0), k.at(1), k.at(2)});
        }
        const auto state_of = [](const golden_case& row) {
            const auto numbers = golden_numbers(row);
            return Eigen::ArrayXd(Eigen::Map<const Eigen::ArrayXd>(
                numbers.data(), static_cast<Eigen::Index>(numbers.size())));
        };
        std::vector<Eigen::ArrayXd> draws;
        for (const auto& row : entry.at("draws")) draws.push_back(state_of(row));
        recorded noise(draws);
        using network =
            std::function<void(const Eigen::ArrayXd&, const fokker::knot&, Eigen::ArrayXd&)>;
        const network exact = fokker_test::exact_network<data_prediction>{};
        Eigen::ArrayXd x = state_of(entry.at("x"));
        run steps(x, predicts_data(exact), grid(knots, edm_path{}), method, noise);
        double worst = 0.0;
        for (const auto& row : entry.at("states")) {
            steps.step();
            const Eigen::ArrayXd state = state_of(row);
            worst = std::max(worst, ((x - state).abs() / state.abs().max(1.0)).maxCoeff());
        }
        CHECK(worst < 1e-12);
        CHECK(noise.used() == draws.size());
        compared.insert(name.substr(12, name.find_first_of(", ", 12) - 12));
    }
    CHECK(compared.size() == k_diffusion::sampler_names.size());
}

TEST_CASE("k-diffusion's sigmas by their names are its own") {
    for (const char* recipe : {"karras", "karras, rho 3", "exponential", "polyexponential", "vp"})
        for (const int steps : {2, 7, 20}) {
            const std::string full = recipe, name = full.substr(0, full.find(','));
            CAPTURE(full, steps);
            const golden_case entry =
                fokker_test::golden("grids", "k " + full + ", " + std::to_string(steps));
            k_diffusion::options given{.sigma_min = 0.03, .sigma_max = 14.0};
            if (full == "karras, rho 3") given.rho = 3;
            if (name == "polyexponential") given.rho = 2;
            const auto sigmas = k_diffusion::sigmas_of(name, steps, edm_path{}, given);
            CHECK(fokker_test::difference(sigmas, golden_numbers(entry.at("sigmas"))) < 1e-12);
            CHECK(k_diffusion::sigmas_of("get_sigmas_" + name, steps, edm_path{}, given) == sigmas);
        }
}

TEST_CASE("k-diffusion's walks begin at its sigma_max, with labels between training times") {
    const auto w = k_diffusion::sampler("dpmpp_2m", "karras", 10);
    CHECK(w.knots.steps() == 10);
    CHECK(w.knots.front() == scaled_linear_schedule().at(999));
    CHECK(w.knots.prior() == prior::sigma);
    CHECK(w.knots[1].t != std::nearbyint(w.knots[1].t));
    CHECK(k_diffusion::sampler("sample_dpmpp_2m", "get_sigmas_karras", 10).knots[1] == w.knots[1]);

    const auto model = k_diffusion::sampler("euler", "get_sigmas", 5);
    CHECK(model.knots[1].t == 749.25);
    CHECK(k_diffusion::sampler("euler", "vp", 5, vp_path{}).knots.steps() == 5);
    const auto part = k_diffusion::sampler("euler", "karras", 5, {.sigma_max = 2.0});
    CHECK(std::abs(part.knots.front().noise_to_signal() - 2.0) < 1e-12);

    // Where noise is left the state has alpha = 1, as k-diffusion's.
    const auto fast = k_diffusion::sampler("dpm_fast", "karras", 8);
    CHECK(fast.knots.steps() == 3);
    CHECK(fast.knots.back().alpha == 1.0);
    CHECK(k_diffusion::sampler("dpm_adaptive", "karras", 8).knots.steps() == 1);
    CHECK(k_diffusion::sampler("dpmpp_sde", "karras", 8).draws ==
          by_name::gaussians::of_a_brownian_path);
}

TEST_CASE("k-diffusion's errors") {
    const auto says = [](const auto& f, const char* text) {
        CHECK_THAT(message_of(f), ContainsSubstring(text));
    };
    says([] { k_diffusion::sampler("dpmpp2m", "karras", 5); }, "did you mean 'sample_dpmpp_2m'?");
    says([] { k_diffusion::sampler("euler", "karas", 5); }, "did you mean 'get_sigmas_karras'?");
    says([] { k_diffusion::sampler("unipc", "karras", 5); }, "There are: sample_euler, ");
    says([] { k_diffusion::sampler("euler", "karras", -1); }, "steps is -1");
    says([] { k_diffusion::sampler("euler", "vp", 5); }, "the path goes only to");
    says([] { k_diffusion::sampler("euler", "get_sigmas", 5, edm_path{}); }, "continuous");
    says([] { k_diffusion::sampler("euler", "exponential", 5, {.rho = 3.0}); }, "has no rho");
    says([] { k_diffusion::sampler("euler", "karras", 5, {.rho = -3.0}); }, "rho is -3");
    says([] { k_diffusion::sampler("euler", "karras", 5, {.sigma_max = 0.01}); }, "sigma goes");
    says([] { k_diffusion::sampler("euler", "vp", 5, vp_path{}, {.eps_s = 2.0}); }, "eps_s is 2");
    says([] { k_diffusion::sampler("lms", "karras", 5, {.sampling = {.order = 9}}); },
         "order is 9");
    says([] { k_diffusion::sampler("dpm_adaptive", "karras", 5, {.sampling = {.order = 4}}); },
         "order is 4");
    says([] { k_diffusion::sampler("dpmpp_2m", "karras", 5, {.sampling = {.eta = 1.0}}); },
         "'sample_dpmpp_2m' has no option eta");
    says([] { k_diffusion::sampler("euler", "karras", 5, {.sampling = {.solver_type = "heun"}}); },
         "has no option solver_type");
}
