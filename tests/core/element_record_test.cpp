// What every solver does with it: tests/solver/element_paths_properties_test.cpp.
#include <fokker/core/element_record.hpp>

#include <string>

#include <Eigen/Core>

#include <fokker/any_solver.hpp>
#include <fokker/noise/philox.hpp>
#include <fokker/sample.hpp>
#include <fokker/solver/ddpm.hpp>
#include <fokker/solver/dpm2.hpp>
#include <fokker/solver/heun.hpp>
#include <fokker/solver/predictor_corrector.hpp>
#include <fokker/solver/sa_solver.hpp>
#include <fokker/solver/unipc.hpp>

#include "catch.hpp"
#include "support/checked_space.hpp"
#include "support/element_paths.hpp"

using namespace fokker;
using namespace fokker_test::by_element;
using Catch::Matchers::ContainsSubstring;
using Eigen::ArrayXXd;

namespace {

void compare_solver(const std::string& name, const auto& solver) {
    compare(name, [&](ArrayXXd& x, const grid& walk) {
        sample(x, network, walk, solver, philox{.seed = 11});
    });
}

/// A step that has another form on the path that loses its signal sooner.
struct of_two_forms {
    static constexpr int history = 0, evaluations = 1, stages = 1;
    enum class fault { pass, noise, call } with = fault::pass;

    bool stochastic() const { return true; }
    void step(auto& run) const {
        const auto [s, t] = run.interval();
        auto x = run.x();
        const bool other = s.alpha * s.alpha + s.sigma * s.sigma < 0.99;
        const auto D = run.data(x, with == fault::call && other ? t : s);
        if (with == fault::pass && other) run.stage(0) = 1.0 * D;
        if (with == fault::noise && other) (void)run.gaussian();
        x = 1.0 * D + 0.1 * run.gaussian();
    }
};

/// One whose noise has a variance for each element already.
struct of_an_array {
    static constexpr int history = 0, evaluations = 1;
    bool stochastic() const { return true; }
    void step(auto& run) const {
        auto x = run.x();
        const auto D = run.data(x, run.interval().first);
        x = 1.0 * D + run.gaussian_with_variance(1.0, 1.0 * run.x());
    }
};

}  // namespace

TEST_CASE("each element has the bits of a walk on its path") {
    compared = 0;
    compare_solver("ddpm", ddpm{});
    compare_solver("heun", heun{});
    compare_solver("unipc", unipc<3>{});
    compare_solver("any_solver", any_solver(unipc<2>{}));
    // It draws noise on some paths alone.
    compare_solver("sa_solver{.sigma_min = 0.5}",
                   sa_solver<2, 2>{.sigma_min = 0.5, .sigma_max = 2.0});
    CHECK(compared == 5);
    compare_solver("dpm2", dpm2{});
    compare_solver("predictor_corrector{measured}",
                   predictor_corrector{.length = langevin_step::measured});
    CHECK(compared == 5);
}

TEST_CASE("a step that differs from path to path is refused") {
    const auto refuses = [&](const auto& solver, const char* why) {
        ArrayXXd x(elements, 1);
        CHECK_THROWS_WITH(sample(x, network, walk_by_element(), solver, philox{}),
                          ContainsSubstring(why));
    };
    using fault = of_two_forms::fault;
    refuses(of_two_forms{fault::pass}, "step is another one on some of the paths");
    refuses(of_two_forms{fault::noise}, "draws other Gaussians on some of the paths");
    refuses(of_two_forms{fault::call}, "calls the network at other knots on some of the paths");
    refuses(of_an_array{}, "whose variance comes from an array");
}

TEST_CASE("a space that cannot do it says so") {
    fokker_test::checked_array<double> x(elements, 1);
    const auto copying = [](const auto& from, double, auto& to) {
        to.elements() = from.elements();
    };
    CHECK_THROWS_WITH(denoise(x, copying, walk_by_element(), heun{}),
                      ContainsSubstring("no function run_by_element"));
}
