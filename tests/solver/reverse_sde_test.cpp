// Integrators of the reverse SDE: dX = (1 + eta) E dsigma + sqrt(2 eta sigma |dsigma|) z, with X =
// x / alpha and sigma relative to alpha (Karras et al. 2022, eq. 6).
#include <fokker/solver/reverse_sde.hpp>

#include <cmath>
#include <cstddef>

#include <fokker/path/continuous.hpp>

#include "catch.hpp"
#include "support/grids.hpp"
#include "support/one_number.hpp"

using namespace fokker;
using namespace fokker_test;
using Catch::Approx;

namespace {

/// More noise where there is much already.
double amount(const knot& k) { return k.sigma / (k.alpha + k.sigma); }

double noise_at(double x, const knot& k) { return noise_of(x, curved(x, k), k); }

/// Checks every step against step(x, s, t, z).
template <class Solver>
void check_steps(const Solver& solver, const grid& walk, const auto& step) {
    const auto states = states_of(solver, walk, 1.2, curved, 4);
    for (std::size_t i = 0; i < 4; ++i)
        CHECK(states[i + 1] ==
              Approx(step(states[i], walk[i], walk[i + 1], some_draws[i])).epsilon(1e-10));
}

}  // namespace

TEST_CASE("Euler-Maruyama takes drift and noise where a step begins") {
    for (const grid& walk : {uneven_grid(vp_path{}, 4), uneven_grid(edm_path{}, 4)})
        check_steps(euler_maruyama{.eta = amount, .s_noise = 1.1}, walk,
                    [](double x, const knot& s, const knot& t, double z) {
                        const double from = s.sigma / s.alpha, to = t.sigma / t.alpha;
                        const double eta = amount(s);
                        return t.alpha * (x / s.alpha + (1 + eta) * noise_at(x, s) * (to - from) +
                                          1.1 * std::sqrt(eta * (from * from - to * to)) * z);
                    });
}

TEST_CASE("stochastic Heun takes the mean of the drifts and of the amounts of noise") {
    for (const grid& walk : {uneven_grid(vp_path{}, 4), uneven_grid(edm_path{}, 4)})
        check_steps(stochastic_heun{.eta = amount, .s_noise = 1.1}, walk,
                    [](double x, const knot& s, const knot& t, double z) {
                        const double from = s.sigma / s.alpha, to = t.sigma / t.alpha;
                        const double here = amount(s), there = amount(t);
                        const double fresh =
                            1.1 * std::sqrt((here + there) / 2 * (from * from - to * to)) * z;
                        const double first = (1 + here) * noise_at(x, s);
                        const double euler = t.alpha * (x / s.alpha + first * (to - from) + fresh);
                        const double second = (1 + there) * noise_at(euler, t);
                        return t.alpha * (x / s.alpha + (first + second) / 2 * (to - from) + fresh);
                    });
}

TEST_CASE("noise that begins after the first step is drawn from there on") {
    const grid walk = uneven_grid(edm_path{}, 4);
    const auto late = [&](const knot& k) { return k.sigma > walk[2].sigma ? 0.0 : 1.0; };
    states_of(euler_maruyama{.eta = late}, walk, 7.0, curved, 2);
    states_of(stochastic_heun{.eta = late}, walk, 7.0, curved, 3);
}
