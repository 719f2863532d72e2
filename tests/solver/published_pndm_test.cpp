// What PNDM as published does at the ends of a walk, and on scaled paths. (golden_test.cpp compares
// it with diffusers.)
#include <fokker/solver/published_pndm.hpp>

#include <cmath>
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

using of_noise = published_pndm<>;
using of_velocity = published_pndm<pndm_mixes::velocity>;

/// The noise prediction at X = x / alpha and sigma / alpha, on EDM's path.
double slope(double X, double sigma) {
    const knot k{sigma, 1, sigma};
    return noise_of(X, curved(X, k), k);
}

int calls_of(const auto& solver, const grid& walk) {
    int calls = 0;
    states_of(solver, walk, 2.0, [&](double x, const knot& k) {
        ++calls;
        return curved(x, k);
    });
    return calls;
}

}  // namespace

TEST_CASE(
    "the repeated first step takes the mean of its ends, and later ones look back on it once") {
    const edm_path path;
    const grid walk = uneven_grid(path, 4);
    const auto states = states_of(of_noise{.runge_kutta = false}, walk, 7.0);
    const auto at = [&](std::size_t i) { return slope(states[i], walk[i].sigma); };
    const auto h = [&](std::size_t i) { return walk[i + 1].sigma - walk[i].sigma; };
    const double end = 7.0 + h(0) * at(0);
    const std::vector<double> wanted{
        7.0, 7.0 + h(0) * (at(0) + slope(end, walk[1].sigma)) / 2,
        states[1] + h(1) * (3 * at(1) - at(0)) / 2,
        states[2] + h(2) * (23 * at(2) - 16 * at(1) + 5 * at(0)) / 12,
        states[3] + h(3) * (55 * at(3) - 59 * at(2) + 37 * at(1) - 9 * at(0)) / 24};
    for (std::size_t i = 0; i < wanted.size(); ++i)
        CHECK(states[i] == Approx(wanted[i]).epsilon(1e-10));
}

TEST_CASE("where sigma is the time a published Runge-Kutta step is the classical one") {
    const grid walk = uneven_grid(edm_path{}, 5);
    const auto by_sigma = states_of(of_noise{}, walk, 7.0);
    const double from = walk[0].sigma, to = walk[1].sigma, h = to - from, m = from + h / 2;
    const double one = slope(7.0, from), two = slope(7.0 + h / 2 * one, m),
                 three = slope(7.0 + h / 2 * two, m), four = slope(7.0 + h * three, to);
    CHECK(by_sigma[1] == Approx(7.0 + h / 6 * (one + 2 * two + 2 * three + four)).epsilon(1e-10));
}

TEST_CASE("the last step of published PNDM has one call, and one to sigma = 0 is no start") {
    const edm_path path;
    const grid one = uneven_grid(path, 1), to_data({path.at(3.0), path.at(1.0), knot{}}, path);
    CHECK(calls_of(of_noise{}, one) == 1);
    CHECK(calls_of(of_noise{.runge_kutta = false}, one) == 1);
    CHECK(calls_of(of_noise{}, to_data) == 5);
    CHECK(calls_of(of_noise{.runge_kutta = false}, to_data) == 3);
    CHECK(calls_of(of_noise{}, uneven_grid(path, 5)) == 14);
}

TEST_CASE("velocities are those of the path that preserves variances, whatever the scale of x") {
    const vp_path path;
    const grid walk = uneven_grid(path, 7);
    std::vector<knot> scaled;
    for (const knot& k : walk) scaled.push_back({k.t, 1.0, k.sigma / k.alpha});
    const double first = walk[0].alpha;
    const auto predicted = [](double x, const knot& k) {
        return curved(x / k.alpha, {k.t, 1.0, k.sigma / k.alpha});
    };
    const auto plain = states_of(of_velocity{.runge_kutta = false}, walk, 1.3 * first, predicted);
    const auto wide = states_of(of_velocity{.runge_kutta = false}, grid(scaled), 1.3, predicted);
    for (std::size_t i = 0; i < plain.size(); ++i)
        CHECK(plain[i] == Approx(walk[i].alpha * wide[i]).epsilon(1e-10));
}

TEST_CASE("a walk of published PNDM from alpha = 0 begins with a step of the data") {
    const flow_path path;
    const grid walk({path.at(1.0), path.at(0.8), path.at(0.5), path.at(0.1)}, path);
    CHECK(calls_of(of_velocity{.runge_kutta = false}, walk) == 4);
    CHECK(calls_of(of_noise{}, walk) == 1 + 4 + 1);
}
