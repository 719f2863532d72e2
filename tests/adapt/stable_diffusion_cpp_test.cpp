#include <cmath>
#include <fokker/adapt/stable_diffusion_cpp.hpp>
#include <fokker/fokker.hpp>
#include <set>
#include <string>
#include <vector>

#include "adapt/by_name/golden.hpp"
#include "catch.hpp"

using namespace fokker;
using Catch::Matchers::ContainsSubstring;
using fokker_test::golden_case, fokker_test::message_of;
namespace cpp = fokker::stable_diffusion_cpp;

namespace {

cpp::options options_for(std::string_view sampler) {
    return {.lms_shift = sampler == "lms" ? 0 : 1};
}

}  // namespace

TEST_CASE("stable-diffusion.cpp's sigmas are those of its formulas") {
    std::set<std::string> compared;
    fokker_test::for_each_case("stable_diffusion_cpp", "sigmas", [&](const golden_case& entry) {
        const std::string scheduler = entry.at("scheduler");
        const auto sigmas = fokker_test::with_model_path(entry, [&](const auto& path) {
            return cpp::sigmas_of(scheduler, entry.at("steps"), path,
                                  {.tokens = entry.at("tokens")});
        });
        CHECK(fokker_test::difference(sigmas, fokker_test::golden_numbers(entry.at("sigmas"))) <
              1e-11);
        compared.insert(scheduler);
    });
    for (const auto& entry : cpp::scheduler_names)  // the two tables are those of the grids
        if (entry.served && entry.name != "ays" && entry.name != "gits")
            CHECK(compared.contains(std::string(entry.name)));
}

TEST_CASE("stable-diffusion.cpp's walks end where its formulas do") {
    std::set<std::string> compared, on_flows;
    fokker_test::for_each_case("stable_diffusion_cpp", "walk", [&](const golden_case& entry) {
        const std::string name = entry.at("sampler");
        const auto w = fokker_test::with_model_path(entry, [&](const auto& path) {
            return cpp::sampler(name, entry.at("scheduler").get<std::string>(), entry.at("steps"),
                                path, options_for(name));
        });
        CHECK(fokker_test::error_of_walk(w, entry) < 1e-10);
        (entry.at("path") == "table" ? compared : on_flows).insert(name);
    });
    for (const auto& entry : cpp::sampler_names) {
        const std::string name(entry.name);
        CAPTURE(name);
        // Three are left: they need a second output, or differ and say so.
        if (entry.needs_unconditional || name == "er_sde" || name == "tcd") continue;
        CHECK(compared.contains(name) == entry.served());
        CHECK(on_flows.contains(name) == entry.served_on_flow());
    }
}

TEST_CASE("every served method of stable-diffusion.cpp samples, on a table and on a flow") {
    const auto network = [](const Eigen::ArrayXd& x, double, Eigen::ArrayXd& out,
                            Eigen::ArrayXd& second) { out = 0.5 * x, second = 0.4 * x; };
    const auto guided = predicts_data(network, second_output::unconditional);
    const auto plain =
        predicts_data([](const Eigen::ArrayXd& x, double, Eigen::ArrayXd& out) { out = 0.5 * x; });
    int served = 0, on_flow = 0;
    for (const auto& entry : cpp::sampler_names) {
        CAPTURE(std::string(entry.name));
        const auto samples = [&](const cpp::plan& w) {
            Eigen::ArrayXd x(3);
            if (entry.needs_unconditional)
                sample(x, guided, w.knots, w.solver, philox{.seed = 7});
            else
                sample(x, plain, w.knots, w.solver, philox{.seed = 7});
            CHECK(x.isFinite().all());
            CHECK(w.solver.stochastic() == (w.draws != by_name::gaussians::none));
        };
        const auto given = options_for(entry.name);
        const shifted_flow_path flow{.shift = 3};
        if (entry.served()) {
            samples(cpp::sampler(entry.name, "simple", 6, given));
            ++served;
        } else {
            CHECK_THAT(message_of([&] { cpp::sampler(entry.name, "simple", 6); }),
                       ContainsSubstring("'" + std::string(entry.here) + "'"));
            CHECK(cpp::sampler(entry.here, "simple", 6).knots.steps() == 6);
        }
        if (entry.served_on_flow()) {
            samples(cpp::sampler(entry.name, "simple", 6, flow, given));
            ++on_flow;
        } else {
            CHECK_THAT(message_of([&] { cpp::sampler(entry.name, "simple", 6, flow, given); }),
                       ContainsSubstring("not in the library"));
            if (entry.served()) CHECK_FALSE(entry.note_on_flow.empty());
        }
    }
    CHECK(served == 19);
    CHECK(on_flow == 18);
}

TEST_CASE("CFG++ on flows of stable-diffusion.cpp takes them for alpha = 1") {
    // x becomes D + sigma_t (x - U) / sigma_s.
    const auto network = [](const Eigen::ArrayXd& x, double, Eigen::ArrayXd& out,
                            Eigen::ArrayXd& second) { out = 0.5 * x, second = 0.4 * x; };
    const auto w = cpp::sampler("euler_cfg_pp", "simple", 2, shifted_flow_path{});
    Eigen::ArrayXd x(1);
    x[0] = 1.0;
    denoise(x, predicts_data(network, second_output::unconditional), w.knots.until(1), w.solver);
    CHECK(std::abs(x[0] - (0.5 + 0.5 * (1 - 0.4))) < 1e-12);
}

TEST_CASE("stable-diffusion.cpp's quirks") {
    const auto w = cpp::sampler("euler_a", "discrete", 5);
    CHECK(w.knots.prior() == prior::sigma);
    CHECK(w.knots[1].t == 749.25);
    CHECK(cpp::sampler("euler_a", "normal", 5).knots[1] == w.knots[1]);

    // Image to image: the product is cut, and one step more is made.
    const auto steps = [](double strength) {
        return cpp::sampler("euler", "karras", 20, {.strength = strength}).knots.steps();
    };
    CHECK(steps(0.75) == 16);
    CHECK(steps(0.01) == 1);
    CHECK(steps(0.99) == 20);
    CHECK(steps(1.0) == 20);

    // TCD ends with the noise of training time 0.
    const auto tcd = cpp::sampler("tcd", "lcm", 4);
    CHECK(tcd.knots.back() == scaled_linear_schedule().at(0));
    CHECK(tcd.solver.stochastic() == false);
    CHECK(cpp::sampler("tcd", "lcm", 4, {.sampling = {.eta = 0.3}}).solver.stochastic());
    // er_sde's eta is a switch.
    Eigen::ArrayXd half(2), whole(2);
    const auto plain =
        predicts_data([](const Eigen::ArrayXd& x, double, Eigen::ArrayXd& out) { out = 0.5 * x; });
    for (const auto& [eta, x] : {std::pair{0.5, &half}, std::pair{1.0, &whole}}) {
        const auto e = cpp::sampler("er_sde", "discrete", 4, {.sampling = {.eta = eta}});
        sample(*x, plain, e.knots, e.solver, philox{.seed = 7});
    }
    CHECK((half == whole).all());

    for (const char* table : {"ays", "gits"})
        CHECK(cpp::sampler("euler", table, 12).knots.steps() == 12);
    const auto sdxl = cpp::sampler("euler", "ays", 10, {.network = align_your_steps_for::sdxl});
    CHECK(std::abs(sdxl.knots[1].noise_to_signal() - 6.3184485287) < 1e-9);
    const auto svd = cpp::sampler("euler", "ays", 10, edm_path{.sigma_max = 700},
                                  {.network = align_your_steps_for::svd});
    CHECK(std::abs(svd.knots.front().sigma - 700) < 1e-9);
    CHECK(cpp::sampler("euler", "karras", 5, edm_path{}).knots.front().sigma == 80);
}

TEST_CASE("stable-diffusion.cpp's errors") {
    const auto says = [](const auto& f, const char* text) {
        CHECK_THAT(message_of(f), ContainsSubstring(text));
    };
    const shifted_flow_path flow;
    says([] { cpp::sampler("dpmpp_2m", "karras", 5); }, "did you mean 'dpm++2m'?");
    says([] { cpp::sampler("euler", "karas", 5); }, "did you mean 'karras'?");
    says([] { cpp::sampler("lms", "karras", 5); }, "lms_shift is 1");
    says([] { cpp::sampler("euler", "karras", 5, {.lms_shift = 0}); }, "lms_shift is for");
    says([] { cpp::sampler("dpm++2mv2", "karras", 5); }, "the nearest that is: 'dpm++2m'");
    says([&] { cpp::sampler("euler", "logit_normal", 5, flow); }, "the nearest that is: 'flux'");
    says([] { cpp::sampler("euler", "flux", 5, {.tokens = 4096}); }, "is for rectified flows");
    says([&] { cpp::sampler("euler", "flux", 5, flow); }, "asks for `tokens`");
    says([&] { cpp::sampler("euler", "ays", 5, flow); }, "is not for rectified flows");
    says([] { cpp::sampler("euler", "karras", 1); }, "divides 0 by 0");
    says([] { cpp::sampler("euler", "lcm", 51); }, "lays two knots");
    says([] { cpp::sampler("euler", "karras", 5, {.strength = 0.0}); }, "strength is 0");
    says([] { cpp::sampler("euler", "beta", 200, {.strength = 0.5}); }, "strength counts by");
    says([] { cpp::sampler("tcd", "karras", 5); }, "ends at training time 0");
    says([] { cpp::sampler("euler", "karras", 5, scaled_linear_schedule(500)); }, "500");
    says([] { cpp::sampler("heun", "karras", 5, {.sampling = {.eta = 1.0}}); },
         "the sampler 'heun' has no option eta");
}
