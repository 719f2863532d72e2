// UniPC against the formulas of its paper and code, state by state.
#include <fokker/solver/unipc.hpp>

#include <algorithm>
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

/// From x at s to t by the polynomial through the predictions, integrated exactly; where there are
/// two, the slope counts B(h) / 2 instead, unless the variant is the exact one. The first
/// prediction is that at s.
double stepped(unipc_variant variant, const knot& s, const knot& t, double x,
               const std::vector<double>& lambdas, const std::vector<double>& D) {
    const double h = t.lambda() - s.lambda(), ratio = t.sigma / s.sigma;
    if (lambdas.size() == 2 && variant != unipc_variant::exact) {
        const double B = variant == unipc_variant::bh1 ? h : 1 - std::exp(-h);
        const double node = (lambdas[1] - s.lambda()) / h;
        return ratio * x + t.alpha * ((1 - std::exp(-h)) * D[0] + 0.5 * B * (D[1] - D[0]) / node);
    }
    return ratio * x + t.sigma * interpolated_integral(s.lambda(), t.lambda(), lambdas, D,
                                                       [](double l) { return std::exp(l); });
}

/// Zhao et al. 2023, Algorithms 1 and 2, in the form that calls once a step.
std::vector<double> walked(const grid& walk, std::size_t order, bool corrector,
                           unipc_variant variant, double x) {
    std::vector<double> states{x}, D;
    double corrected = x;
    for (std::size_t i = 0; i + 1 < walk.size(); ++i) {
        D.push_back(curved(states[i], walk[i]));
        // The newest `count` predictions, those at `first` and then all others.
        const auto step = [&](std::size_t first, std::size_t to, std::size_t count) {
            std::vector<double> lambdas{walk[first].lambda()}, values{D[first]};
            for (std::size_t k = 0; k < count; ++k) {
                if (i - k == first) continue;
                lambdas.push_back(walk[i - k].lambda());
                values.push_back(D[i - k]);
            }
            return stepped(variant, walk[first], walk[to], corrected, lambdas, values);
        };
        if (!corrector)
            corrected = states[i];
        else if (i > 0)
            corrected = step(i - 1, i, std::min(order, i) + 1);
        states.push_back(step(i, i + 1, std::min(order, i + 1)));
    }
    return states;
}

template <int Order>
void check(const grid& walk, bool corrector, unipc_variant variant) {
    const auto states = states_of(unipc<Order>{corrector, variant}, walk, 1.2);
    const auto wanted = walked(walk, Order, corrector, variant, 1.2);
    for (std::size_t i = 0; i < states.size(); ++i)
        CHECK(states[i] == Approx(wanted[i]).epsilon(1e-9));
}

}  // namespace

TEST_CASE("every state is that of Zhao et al. 2023, in each variant, with and without corrector") {
    for (const grid& walk : {uneven_grid(vp_path{}, 5), uneven_grid(edm_path{}, 5)})
        for (const auto variant : {unipc_variant::exact, unipc_variant::bh1, unipc_variant::bh2})
            for (const bool corrector : {true, false}) {
                check<1>(walk, corrector, variant);
                check<2>(walk, corrector, variant);
                check<3>(walk, corrector, variant);
            }
}

TEST_CASE("steps from alpha = 0 and to sigma = 0 are of order 1, and the last is not corrected") {
    const grid walk{{1, 0, 1}, {0.7, 0.3, 0.7}, {0.4, 0.6, 0.4}, knot{}};
    const auto states = states_of(unipc<2>{}, walk, 0.7);
    CHECK(states[1] == Approx(0.7 * 0.7 + 0.3 * curved(0.7, walk[0])).epsilon(1e-12));
    const double ratio = 0.4 / 0.7;
    CHECK(states[2] ==
          Approx(ratio * states[1] + (0.6 - ratio * 0.3) * curved(states[1], walk[1])));
    CHECK(states[3] == Approx(curved(states[2], walk[2])).epsilon(1e-12));
}
