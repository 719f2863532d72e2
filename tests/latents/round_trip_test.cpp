// Every solver of the flow ODE in the catalogue: to the latent and back.
#include <fokker/latents/encode.hpp>

#include <Eigen/Core>
#include <cmath>
#include <string>
#include <string_view>

#include <fokker/catalogue.hpp>
#include <fokker/fokker.hpp>

#include "catch.hpp"
#include "support/mixture.hpp"
#include "support/solvers.hpp"

using namespace fokker;
using namespace fokker_test;

namespace {

struct errors {
    double latent, back;
};

template <class Solver>
errors there_and_back(const Solver& solver, const grid& walk) {
    const auto model =
        predicts_data(any_network<double>([](const auto& x, const knot& k, auto& out) {
            exact_network<data_prediction>{}(x, k, out);
        }));
    const Eigen::ArrayXXd data = Eigen::ArrayXd::LinSpaced(9, -1.5, 1.5);
    Eigen::ArrayXXd x = data;
    const auto code = encode(x, model, walk, solver);
    const Eigen::ArrayXXd exact = data.unaryExpr(
        [&](double v) { return exact_flow(mixture{}, v, walk.back(), walk.front(), 2000); });
    const double latent = (x - exact).abs().maxCoeff();
    if constexpr (detail::is_inversion<Solver>())
        decode(x, model, walk, ddim{}, code);
    else
        decode(x, model, walk, solver, code);
    return {latent, (x - data).abs().maxCoeff()};
}

}  // namespace

TEST_CASE("every solver of the flow ODE finds the latent, and comes back to its order") {
    int seen = 0, exact = 0;
    for_each_named_solver([&]<class Solver>(named_solver<Solver> entry) {
        if (entry.order == 0 || entry.stochastic() || entry.needs_second_output()) return;
        if constexpr (!requires { entry.solver.variance; }) {
            const std::string name(entry.name);
            INFO(name);
            ++seen;
            const auto walked = [&](int steps) {
                if constexpr (requires { entry.solver.calls = 1; }) {
                    entry.solver.calls = 2 * steps;
                    steps = Solver::fast_steps(entry.solver.calls);
                }
                if constexpr (requires { entry.solver.control; })
                    entry.solver.control.tolerated = {.absolute = 1.0 / (steps * steps),
                                                      .relative = 1.0 / (steps * steps)};
                return there_and_back(entry.solver,
                                      uniform_lambda(vp_path{}, steps, grid_end::least_noise));
            };
            const errors coarse = walked(20), fine = walked(160);
            CHECK(fine.latent < (entry.order == 1 ? 0.05 : 4e-3));
            CHECK(fine.latent < 0.3 * coarse.latent);
            constexpr bool reversible = detail::starts_from_memories<Solver>();
            if (reversible) {
                ++exact;
                CHECK(coarse.back < 1e-13);
                CHECK(fine.back < 1e-12);
            } else {
                CHECK(fine.back < (entry.order == 1 ? 0.05 : 4e-3));
                CHECK(fine.back < 0.3 * coarse.back);
                CHECK(fine.back > 1e-13);
            }
        }
    });
    CHECK(seen > 30);
    CHECK(exact == 3);
}
