#include <fokker/solver/dormand_prince.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <vector>

#include <fokker/path/continuous.hpp>

#include "catch.hpp"
#include "support/grids.hpp"
#include "support/mixture.hpp"
#include "support/one_number.hpp"

using namespace fokker;
using namespace fokker_test;
using Catch::Approx;

namespace {

/// Takes each step of a grid in one part, whatever its error.
const dormand_prince in_one_part{{.tolerated = {.absolute = 1e9}, .first_step = 100.0}};

/// The data prediction that makes the equation dy / dlambda = rate y, where y = x / alpha.
number_function growing(double rate) {
    return [=](double x, const knot& k) { return (1 + rate) * x / k.alpha; };
}

/// How many times as large y is after a part with z = rate times its length: the exponential series
/// to order 5, and 1 / 600 z^6 (Hairer & Wanner 1996, IV.2).
double gain(double z) {
    return 1 + z * (1 + z / 2 * (1 + z / 3 * (1 + z / 4 * (1 + z / 5 * (1 + z / 5)))));
}

}  // namespace

TEST_CASE(
    "one part is the polynomial of Dormand and Prince's method where the equation is linear") {
    const grid walk = uneven_grid(vp_path{}, 3);
    for (const double rate : {0.7, -1.3}) {
        const auto states = states_of(in_one_part, walk, 1.2, growing(rate));
        for (std::size_t i = 0; i < 3; ++i) {
            const double z = rate * (walk[i + 1].lambda() - walk[i].lambda());
            CHECK(states[i + 1] / walk[i + 1].alpha ==
                  Approx(gain(z) * states[i] / walk[i].alpha).epsilon(1e-12));
        }
    }
}

TEST_CASE("its error is the difference to the embedded method of order 4") {
    // There that is y times 97 z^5 / 120000 - 13 z^6 / 40000 + z^7 / 24000.
    const grid walk = uneven_grid(vp_path{}, 1);
    const double length = walk[1].lambda() - walk[0].lambda();
    for (const double z : {0.8, -0.5, 2.0}) {
        const double error = std::abs(std::pow(z, 5) * 97 / 120000 - std::pow(z, 6) * 13 / 40000 +
                                      std::pow(z, 7) / 24000) *
                             0.6 / walk[0].alpha;
        const auto parts = [&](const tolerance& tolerated) {
            int calls = 0;
            const number_function counted = [&](double x, const knot& k) {
                ++calls;
                return growing(z / length)(x, k);
            };
            const step_control control{.tolerated = tolerated, .first_step = 100.0};
            states_of(dormand_prince{control}, walk, 0.6, counted);
            REQUIRE(calls % 7 == 0);
            return calls / 7;
        };
        CHECK(parts({1.001 * error, 0.0}) == 1);
        CHECK(parts({0.999 * error, 0.0}) > 1);
        // Relative to y before the part or after it, whichever is larger.
        const double size = std::max(1.0, gain(z)) * 0.6 / walk[0].alpha;
        CHECK(parts({0.0, 1.001 * error / size}) == 1);
        CHECK(parts({0.0, 0.999 * error / size}) > 1);
    }
}

TEST_CASE("the next part follows the fifth root of the error, whether this one is kept or not") {
    const vp_path path;
    const knot s = path.at(path.time(-0.5));
    const grid walk({s, path.at(path.time(0.5))}, path);
    const double h = 0.3, z = -0.7;  // of the first part, and how much it changes y
    // As above, in the first part.
    const double error = std::abs(std::pow(z, 5) * 97 / 120000 - std::pow(z, 6) * 13 / 40000 +
                                  std::pow(z, 7) / 24000) *
                         0.6 / s.alpha;
    for (const double e : {0.5, 3.0}) {
        std::vector<double> lambdas;
        const number_function watched = [&](double x, const knot& k) {
            lambdas.push_back(k.lambda());
            return growing(z / h)(x, k);
        };
        const step_control control{.tolerated = {error / e, 0.0, error_over::batch},
                                   .first_step = h};
        states_of(dormand_prince{control}, walk, 0.6, watched);
        REQUIRE(lambdas.size() >= 14);
        CHECK(lambdas[6] - lambdas[0] == Approx(h));
        CHECK(lambdas[7] == Approx(e < 1 ? lambdas[6] : lambdas[0]));
        CHECK(lambdas[13] - lambdas[7] == Approx(0.9 * std::pow(e, -1.0 / 5) * h).epsilon(1e-6));
    }
}

TEST_CASE("in parts of the grid's length it has order 5") {
    const mixture m;
    const number_function data = [&](double x, const knot& k) { return m.data(x, k); };
    const auto check = [&](const auto& path) {
        const grid ends = uneven_grid(path, 1);
        const double exact = exact_flow(m, 0.7, ends.front(), ends.back());
        const auto error = [&](int steps) {
            const grid walk = uneven_grid(path, steps);
            return std::abs(states_of(in_one_part, walk, 0.7, data).back() - exact);
        };
        CHECK(std::log2(error(64) / error(128)) == Approx(5.0).margin(0.15));
    };
    check(vp_path{});
    check(flow_path{});
}
