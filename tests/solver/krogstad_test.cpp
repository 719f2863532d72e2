// Krogstad's method number by number: its stages and its last line by quadrature.
#include <fokker/solver/krogstad.hpp>

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

/// From x at s to t with D = start + slope w + curve w^2 in w, the part of the whole step's length
/// that is behind, integrated by Simpson's rule.
double exact(double x, const knot& s, const knot& t, double length, double start, double slope,
             double curve = 0.0) {
    const double from = s.lambda();
    return t.sigma / s.sigma * x +
           t.sigma * simpson(from, t.lambda(), [&](double lambda) {
               const double w = (lambda - from) / length;
               return std::exp(lambda) * (start + slope * w + curve * w * w);
           });
}

/// A step by the definition. The second stage in the middle follows twice the slope to the first,
/// as in the classical method; the one at the end a line to the second; and the end a parabola
/// through the beginning, the mean of the two in the middle, and the last.
double step(double x, const knot& s, const knot& m, const knot& t) {
    const double h = t.lambda() - s.lambda();
    const double D_1 = curved(x, s);
    const double D_2 = curved(exact(x, s, m, h, D_1, 0.0), m);
    const double D_3 = curved(exact(x, s, m, h, D_1, 4 * (D_2 - D_1)), m);
    const double D_4 = curved(exact(x, s, t, h, D_1, 2 * (D_3 - D_1)), t);
    const double middle = 0.5 * (D_2 + D_3);
    return exact(x, s, t, h, D_1, 4 * middle - 3 * D_1 - D_4, 2 * D_1 + 2 * D_4 - 4 * middle);
}

}  // namespace

TEST_CASE("a step of krogstad follows lines and a parabola, integrated exactly") {
    const auto check = [](const auto& path) {
        const grid walk = uneven_grid(path, 3);
        const auto states = states_of(krogstad{}, walk, 1.2);
        for (std::size_t i = 0; i < 3; ++i) {
            const knot &s = walk[i], &t = walk[i + 1];
            const knot m = path.at(path.time(0.5 * (s.lambda() + t.lambda())));
            CHECK(states[i + 1] == Approx(step(states[i], s, m, t)).epsilon(1e-9));
        }
    };
    check(vp_path{});
    check(edm_path{});
}

TEST_CASE(
    "where the data prediction is a parabola in lambda, a step of krogstad of any length is "
    "exact") {
    const vp_path path;
    const grid walk = uneven_grid(path, 1);
    const auto parabola = [](double, const knot& k) {
        return 0.3 - 0.2 * k.lambda() + 0.1 * k.lambda() * k.lambda();
    };
    const double integral = simpson(-2.5, 2.5, [&](double lambda) {
        return std::exp(lambda) * (0.3 - 0.2 * lambda + 0.1 * lambda * lambda);
    });
    const knot &s = walk[0], &t = walk[1];
    CHECK(states_of(krogstad{}, walk, 1.2, parabola)[1] ==
          Approx(t.sigma / s.sigma * 1.2 + t.sigma * integral).epsilon(1e-9));
}

TEST_CASE("krogstad makes DDIM's step from noise alone and to the data, and wants a path") {
    const flow_path path;
    const grid walk({path.at(1.0), path.at(0.5), knot{}}, path);
    const auto states = states_of(krogstad{}, walk, 0.8);
    CHECK(states[1] == Approx(0.5 * curved(0.8, walk[0]) + 0.5 * 0.8));
    CHECK(states[2] == Approx(curved(states[1], walk[1])));
    CHECK_THROWS_WITH(krogstad{}.check(grid({{1, 0.2, 1}, {0.5, 0.5, 0.5}, knot{}})),
                      Catch::Matchers::ContainsSubstring("path"));
}
