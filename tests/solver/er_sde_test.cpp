#include <fokker/solver/er_sde.hpp>

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

namespace {

/// The noise scale of ER-SDE 5 (Cui et al. 2023, table 2), and its derivative.
double xi(double sigma) { return sigma * (std::exp(std::pow(sigma, 0.3)) + 10); }
double xi_slope(double sigma) {
    const double p = std::pow(sigma, 0.3);
    return std::exp(p) * (1 + 0.3 * p) + 10;
}

/// The step i of a walk: with X = x / alpha, sigma relative to alpha and D the polynomial in sigma
/// through the last predictions,
///   X_t = xi_t / xi_s X_s + xi_t int_{sigma_t}^{sigma_s} xi' / xi^2 D dsigma + noise.
double stepped(const grid& walk, const std::vector<double>& states, std::size_t i, int order,
               double s_noise) {
    const knot &s = walk[i], &t = walk[i + 1];
    const double from = s.sigma / s.alpha, to = t.sigma / t.alpha;
    std::vector<double> nodes, values;
    for (std::size_t k = 0; k <= i && k < std::size_t(order); ++k) {
        const knot& before = walk[i - k];
        nodes.push_back(before.sigma / before.alpha);
        values.push_back(curved(states[i - k], before));
    }
    const double drift = xi(to) * interpolated_integral(to, from, nodes, values, [](double sigma) {
                             return xi_slope(sigma) / (xi(sigma) * xi(sigma));
                         });
    const double kept = xi(to) / xi(from);
    const double variance = to * to - from * from * kept * kept;
    return t.alpha *
           (kept * states[i] / s.alpha + drift + s_noise * std::sqrt(variance) * some_draws[i]);
}

template <int Order>
void check_steps(const grid& walk, double s_noise) {
    const auto states = states_of(er_sde<Order>{.s_noise = s_noise}, walk, 1.2, curved, 4);
    for (std::size_t i = 0; i < 4; ++i)
        CHECK(states[i + 1] ==
              Catch::Approx(stepped(walk, states, i, Order, s_noise)).epsilon(1e-9));
}

}  // namespace

TEST_CASE("every step is that of Cui et al. 2023, number by number") {
    for (const grid& walk : {uneven_grid(vp_path{}, 4), uneven_grid(edm_path{}, 4)}) {
        check_steps<1>(walk, 1.0);
        check_steps<2>(walk, 1.0);
        check_steps<3>(walk, 1.0);
        check_steps<3>(walk, 1.1);
    }
}

TEST_CASE("steps from alpha = 0 and to sigma = 0 are those of the ancestral process") {
    const knot half{0.5, 0.5, 0.5};
    const auto states =
        states_of(er_sde<3>{.s_noise = 1.1}, grid{{1, 0, 1}, half, knot{}}, 0.7, curved, 1);
    CHECK(states[1] ==
          Catch::Approx(0.5 * curved(0.7, {1, 0, 1}) + 1.1 * 0.5 * some_draws[0]).epsilon(1e-12));
    CHECK(states[2] == Catch::Approx(curved(states[1], half)).epsilon(1e-12));
}
