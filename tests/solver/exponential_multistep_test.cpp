// Exponential Adams-Bashforth methods against their integrals, made by brute force.
#include <fokker/solver/exponential_multistep.hpp>

#include <cmath>
#include <cstddef>
#include <vector>

#include <fokker/path/continuous.hpp>

#include "catch.hpp"
#include "support/grids.hpp"
#include "support/one_number.hpp"
#include "support/quadrature.hpp"

using namespace fokker;
using namespace fokker_test;
using Catch::Approx;

namespace {

/// Checks every step of a walk; the prediction is that of the noise, or of the data.
template <class Solver>
void check_steps(const Solver& solver, const grid& walk, std::size_t order, bool noise) {
    const auto states = states_of(solver, walk, 1.2);
    for (std::size_t i = 0; i + 1 < walk.size(); ++i) {
        const knot &s = walk[i], &t = walk[i + 1];
        std::vector<double> nodes, values;
        for (std::size_t k = 0; k <= i && k < order; ++k) {
            const double D = curved(states[i - k], walk[i - k]);
            nodes.push_back(walk[i - k].lambda());
            values.push_back(noise ? noise_of(states[i - k], D, walk[i - k]) : D);
        }
        const double integral = interpolated_integral(
            s.lambda(), t.lambda(), nodes, values,
            [=](double lambda) { return std::exp(noise ? -lambda : lambda); });
        const double wanted = noise ? t.alpha * (states[i] / s.alpha - integral)
                                    : t.sigma * (states[i] / s.sigma + integral);
        CHECK(states[i + 1] == Approx(wanted).epsilon(1e-9));
    }
}

}  // namespace

TEST_CASE("every step integrates the polynomial through the last predictions") {
    for (const grid& walk : {uneven_grid(vp_path{}, 5), uneven_grid(edm_path{}, 5),
                             uneven_grid(vp_path{}, 5).reversed()}) {
        check_steps(deis<1>{}, walk, 1, true);
        check_steps(deis<2>{}, walk, 2, true);
        check_steps(deis<3>{}, walk, 3, true);
        check_steps(dpm_solver_pp_3m<>{}, walk, 3, false);
        check_steps(res_multistep{}, walk, 2, false);
    }
}

TEST_CASE("steps from alpha = 0 and to sigma = 0 are of order 1, and the first is not looked at") {
    const grid walk{{1, 0, 1}, {0.7, 0.3, 0.7}, {0.4, 0.6, 0.4}, knot{}};
    const auto check = [&](const auto& solver) {
        const auto states = states_of(solver, walk, 0.7);
        CHECK(states[1] == Approx(0.7 * 0.7 + 0.3 * curved(0.7, walk[0])).epsilon(1e-12));
        CHECK(states[2] ==
              Approx(states_of(solver, walk.from(1).until(1), states[1])[1]).epsilon(1e-12));
        CHECK(states[3] == Approx(curved(states[2], walk[2])).epsilon(1e-12));
    };
    check(deis<3>{});
    check(dpm_solver_pp_3m<>{});
    check(res_multistep{});
}
