#include <fokker/solver/pndm.hpp>

#include <array>
#include <cstddef>
#include <vector>

#include <fokker/path/continuous.hpp>

#include "catch.hpp"
#include "support/grids.hpp"
#include "support/one_number.hpp"

using namespace fokker;
using namespace fokker_test;
using Catch::Approx;

namespace {

/// The noise prediction at X = x / alpha and sigma / alpha, on EDM's path.
double slope(double X, double sigma) {
    const knot k{sigma, 1, sigma};
    return noise_of(X, curved(X, k), k);
}

/// The classical Runge-Kutta method for dX / dsigma = E.
double runge_kutta(double X, double from, double to) {
    const double h = to - from, a = slope(X, from), b = slope(X + h / 2 * a, from + h / 2),
                 c = slope(X + h / 2 * b, from + h / 2), d = slope(X + h * c, to);
    return X + h / 6 * (a + 2 * b + 2 * c + d);
}

}  // namespace

TEST_CASE("three steps of Runge and Kutta, then those of Adams and Bashforth") {
    const edm_path path;
    const grid walk = uneven_grid(path, 6);
    const auto states = states_of(pndm{}, walk, 7.0);
    std::vector<double> E;
    for (std::size_t i = 0; i < 6; ++i) {
        const double X = states[i], from = walk[i].sigma, to = walk[i + 1].sigma;
        E.push_back(slope(X, from));
        const double wanted =
            i < 3
                ? runge_kutta(X, from, to)
                : X + (to - from) * (55 * E[i] - 59 * E[i - 1] + 37 * E[i - 2] - 9 * E[i - 3]) / 24;
        CHECK(states[i + 1] == Approx(wanted).epsilon(1e-10));
    }
}

TEST_CASE("a step to sigma = 0 has no Runge-Kutta stages, however early it comes") {
    const edm_path path;
    const grid walk({path.at(3.0), path.at(1.0), knot{}}, path);
    const auto states = states_of(pndm{}, walk, 4.0);
    const double middle = runge_kutta(4.0, 3.0, 1.0);
    CHECK(states[1] == Approx(middle).epsilon(1e-10));
    CHECK(states[2] ==
          Approx(middle - (3 * slope(middle, 1.0) - slope(4.0, 3.0)) / 2).epsilon(1e-10));
}
