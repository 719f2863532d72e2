// Walks from data to noise with solvers that correct: what a corrector changes must not grow from
// step to step.
#include <Eigen/Core>
#include <cmath>
#include <string>

#include <fokker/fokker.hpp>

#include "catch.hpp"
#include "support/mixture.hpp"

using namespace fokker;
using namespace fokker_test;

namespace {

/// The root mean square of what is wrong at the noise, where x has about the deviation 1.
double error_of(const auto& solver, const grid& walk) {
    const Eigen::ArrayXXd from = Eigen::ArrayXd::LinSpaced(9, -1.5, 1.5);
    const Eigen::ArrayXXd to = from.unaryExpr(
        [&](double x) { return exact_flow(mixture{}, x, walk.front(), walk.back(), 4000); });
    Eigen::ArrayXXd x = from;
    denoise(x, predicts_data(exact_network<data_prediction>{}), walk, solver);
    return std::sqrt((x - to).square().mean()) / std::hypot(walk.back().alpha, walk.back().sigma);
}

}  // namespace

TEST_CASE("correctors do no harm on the way to the noise, on coarse grids, too") {
    for (const int steps : {10, 20, 40}) {
        CAPTURE(steps);
        for (const grid& walk :
             {linspace(flow_path{}, steps + 1).from(1).until(steps - 1).reversed(),
              uniform_lambda(linear_schedule(), steps, grid_end::least_noise).reversed(),
              karras(edm_path{}, steps, {.end = grid_end::least_noise}).reversed()}) {
            const double second_order = error_of(dpm_solver_pp_2m{}, walk);
            const auto check = [&](const auto& solver) {
                CHECK(error_of(solver, walk) < 1.2 * second_order);
            };
            check(unipc<2>{});
            check(unipc<3>{});
            check(sa_solver<2, 2>{.tau = 0});
            check(sa_solver<3, 3>{.tau = 0});
        }
    }
}

TEST_CASE("sa_solver without noise is unipc in both directions") {
    for (const grid& walk : {karras(vp_path{}, 8, {.end = grid_end::least_noise}),
                             karras(vp_path{}, 8, {.end = grid_end::least_noise}).reversed()})
        for (const double start : {-1.0, 0.3}) {
            Eigen::ArrayXXd x = Eigen::ArrayXXd::Constant(1, 1, start), y = x;
            const auto model = predicts_data(exact_network<data_prediction>{});
            denoise(x, model, walk, unipc<2>{.corrector = false});
            denoise(y, model, walk, sa_solver<2, 0>{.tau = 0});
            CHECK(std::abs(x(0, 0) - y(0, 0)) < 1e-12);
        }
}
