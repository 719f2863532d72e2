// What stands around every solver: element types, fixed sizes, models and observers.
#include <Eigen/Core>
#include <cmath>
#include <vector>

#include <fokker/model/guidance.hpp>
#include <fokker/noise/philox.hpp>
#include <fokker/path/continuous.hpp>
#include <fokker/path/discrete_schedule.hpp>
#include <fokker/path/grids.hpp>
#include <fokker/run.hpp>
#include <fokker/sample.hpp>

#include "catch.hpp"
#include "support/allocations.hpp"
#include "support/grids.hpp"
#include "support/mixture.hpp"
#include "support/solvers.hpp"

using namespace fokker_test;

TEST_CASE("whatever stands around a solver allocates nothing after the first step") {
    // Guidance, EDM's input scaling, clipping and observers: after the first step, nothing either.
    Eigen::ArrayXXf x(100, 3);
    const auto same = [](const auto& in, double, auto& out) { out = in; };
    fokker::run run(
        x, fokker::edm_preconditioned(fokker::guided(same, same, 2.0)).clipped(-1, 1),
        fokker::karras(fokker::edm_path{}, 5), fokker::heun{.s_churn = 3}, fokker::philox{},
        [](fokker::progress) {}, fokker::check_finite{});
    run.start_from_prior();
    run.step();
    const std::size_t after_first = allocations();
    while (!run.done()) run.step();
    CHECK(allocations() == after_first);

    const std::size_t before = allocations();
    Eigen::ArrayXf counted(100);
    CHECK(allocations() == before + 1);  // the counter does count
}

TEST_CASE("fixed-size arrays never touch the heap") {
    using fixed = Eigen::Array<float, 16, 7>;
    const auto network = [](const fixed& x, double, fixed& out) { out = 0.5f * x; };
    auto grid = fokker::trailing(fokker::linear_schedule(), 5);
    for_some_solvers([&](auto entry) {
        INFO(entry.name);
        fixed x;
        auto mine = grid;  // the grid and the moments are the user's; they are moved in
        const std::size_t before = allocations();
        fokker::sample(x, network, std::move(mine), std::move(entry.solver),
                       fokker::philox{.seed = 3});
        CHECK(allocations() == before);
        CHECK(x.isFinite().all());
    });
}

namespace {

/// The same walk with stored halves and with floats; the noise is the same, as it is made in float.
template <class T>
void check_reduced(double tolerance) {
    const auto network = [](const auto& x, double, auto& out) {
        using number = typename std::remove_cvref_t<decltype(out)>::Scalar;
        out = number(0.5f) * x;
    };
    const auto grid = fokker::trailing(fokker::linear_schedule(), 6);
    const auto check = [&](const auto& entry) {
        INFO(entry.name);
        Eigen::ArrayXX<T> x(33, 5);
        Eigen::ArrayXXf y(33, 5);
        const auto report =
            fokker::sample(x, network, grid, entry.solver, fokker::philox{.seed = 3});
        fokker::sample(y, network, grid, entry.solver, fokker::philox{.seed = 3});
        CHECK(report.steps == 6);
        CHECK((x.template cast<float>() - y).abs().maxCoeff() <
              static_cast<float>(tolerance) * y.abs().maxCoeff());
    };
    for_some_solvers(check);
    using namespace fokker;
    const fokker::tolerance loose{.absolute = 0.1,
                                  .relative = 0.1};  // well above what 16 bits can tell
    check(listed<dpm_solver_adaptive<2>>{.name = "dpm_solver_adaptive<2>",
                                         .solver = {{.tolerated = loose}}});
    check(listed<tcd>{.name = "tcd"});
    check(listed<euler_maruyama>{.name = "euler_maruyama"});
}

}  // namespace

TEST_CASE("states of 16 bits follow float") {
    check_reduced<Eigen::half>(0.01);
    check_reduced<Eigen::bfloat16>(0.08);
}
