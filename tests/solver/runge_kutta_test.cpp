// The classical Runge-Kutta method in both coordinates, number by number.
#include <fokker/solver/runge_kutta.hpp>

#include <cmath>
#include <cstddef>

#include <fokker/path/continuous.hpp>
#include <fokker/path/grid.hpp>

#include "catch.hpp"
#include "support/grids.hpp"
#include "support/one_number.hpp"

using namespace fokker;
using namespace fokker_test;
using Catch::Approx;

namespace {

/// The step of Kutta 1901 for dy/dz = f(y, z).
double kutta(double y, double z, double h, const auto& f) {
    const double k_1 = f(y, z), k_2 = f(y + h / 2 * k_1, z + h / 2);
    const double k_3 = f(y + h / 2 * k_2, z + h / 2), k_4 = f(y + h * k_3, z + h);
    return y + h * (k_1 + 2 * k_2 + 2 * k_3 + k_4) / 6;
}

}  // namespace

TEST_CASE("rk4 is Kutta's method for x / alpha in lambda") {
    const auto check = [](const auto& path) {
        const grid walk = uneven_grid(path, 3);
        const auto states = states_of(rk4{}, walk, 1.2);
        for (std::size_t i = 0; i < 3; ++i) {
            const double from = walk[i].lambda(), h = walk[i + 1].lambda() - from;
            const auto slope = [&](double y, double lambda) {
                const knot k = path.at(path.time(lambda));
                return curved(k.alpha * y, k) - y;
            };
            CHECK(states[i + 1] ==
                  Approx(walk[i + 1].alpha * kutta(states[i] / walk[i].alpha, from, h, slope))
                      .epsilon(1e-10));
        }
    };
    check(vp_path{});
    check(flow_path{});
}

TEST_CASE("flow_rk4 is Kutta's method for a flow's state in a flow's time") {
    const auto scale = [](const knot& k) { return k.alpha + k.sigma; };
    const auto check = [&](const auto& path) {
        const grid walk = uneven_grid(path, 3);
        const auto states = states_of(flow_rk4{}, walk, 1.2);
        for (std::size_t i = 0; i < 3; ++i) {
            const knot &s = walk[i], &t = walk[i + 1];
            const double from = s.sigma / scale(s), h = t.sigma / scale(t) - from;
            const auto slope = [&](double X, double u) {
                const knot k = path.at(path.time(std::log((1 - u) / u)));
                const double x = scale(k) * X, D = curved(x, k);
                return noise_of(x, D, k) - D;
            };
            CHECK(states[i + 1] ==
                  Approx(scale(t) * kutta(states[i] / scale(s), from, h, slope)).epsilon(1e-10));
        }
    };
    check(vp_path{});
    check(flow_path{});
}

TEST_CASE("where the flow's velocity is a parabola in time, flow_rk4 is exact from alpha = 0 on") {
    // Simpson's rule, which is exact for it.
    const flow_path path;
    const grid walk({path.at(1.0), path.at(0.25)}, path);
    const auto velocity = [](double u) { return 0.7 - 0.4 * u + 0.9 * u * u; };
    const auto data = [&](double x, const knot& k) { return x - k.sigma * velocity(k.sigma); };
    const auto integral = [](double u) { return 0.7 * u - 0.2 * u * u + 0.3 * u * u * u; };
    CHECK(states_of(flow_rk4{}, walk, 0.8, data)[1] ==
          Approx(0.8 + integral(0.25) - integral(1.0)).epsilon(1e-12));
}

TEST_CASE("at the ends rk4 makes DDIM's step, and flow_rk4 at the data alone") {
    const flow_path path;
    const grid walk({path.at(1.0), path.at(0.5), knot{}}, path);
    const double ddim = 0.5 * curved(0.8, walk[0]) + 0.5 * 0.8;
    const auto states = states_of(rk4{}, walk, 0.8);
    CHECK(states[1] == Approx(ddim));
    CHECK(states[2] == Approx(curved(states[1], walk[1])));
    const auto in_flow = states_of(flow_rk4{}, walk, 0.8);
    CHECK(std::abs(in_flow[1] - ddim) > 1e-3);
    CHECK(in_flow[2] == Approx(curved(in_flow[1], walk[1])));
    const grid by_hand({{1, 0.2, 1}, {0.5, 0.5, 0.5}, knot{}});
    CHECK_THROWS_WITH(rk4{}.check(by_hand), Catch::Matchers::ContainsSubstring("path"));
    CHECK_THROWS_WITH(flow_rk4{}.check(by_hand), Catch::Matchers::ContainsSubstring("path"));
}
