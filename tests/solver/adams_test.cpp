// Adams methods in sigma / alpha, step by step: X = x / alpha follows dX = E d(sigma / alpha).
#include <fokker/solver/adams.hpp>

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

/// Checks every step of a walk against mean(i, E): the mean of the noise prediction over the step
/// i, from those at the knots 0 .. i.
template <class Solver>
void check_means(const Solver& solver, const grid& walk, const auto& mean) {
    const auto states = states_of(solver, walk, 1.2);
    std::vector<double> E;
    for (std::size_t i = 0; i + 1 < walk.size(); ++i) {
        const knot &s = walk[i], &t = walk[i + 1];
        E.push_back(noise_of(states[i], curved(states[i], s), s));
        const double length = t.sigma / t.alpha - s.sigma / s.alpha;
        CHECK(states[i + 1] ==
              Approx(t.alpha * (states[i] / s.alpha + length * mean(i, E))).epsilon(1e-10));
    }
}

/// The mean over a step between two knots of the polynomial through the last predictions, where
/// knot k lies at place(k).
double polynomial_mean(std::size_t i, const std::vector<double>& E, std::size_t order,
                       const auto& place) {
    std::vector<double> nodes, values;
    for (std::size_t k = 0; k <= i && k < order; ++k) {
        nodes.push_back(place(i - k));
        values.push_back(E[i - k]);
    }
    const double from = place(i), to = place(i + 1);
    return interpolated_integral(from, to, nodes, values, [](double) { return 1.0; }) / (to - from);
}

const std::vector<grid> walks{uneven_grid(vp_path{}, 6), uneven_grid(edm_path{}, 6),
                              uneven_grid(vp_path{}, 6).reversed()};

template <int Order>
void check_order() {
    for (const grid& walk : walks) {
        // On the reversed walk steps grow by more than the usual factor.
        check_means(lms<Order>{.most_growth = 1000}, walk, [&](std::size_t i, const auto& E) {
            return polynomial_mean(i, E, Order,
                                   [&](std::size_t k) { return walk[k].noise_to_signal(); });
        });
        check_means(ipndm<Order>{}, walk, [&](std::size_t i, const auto& E) {
            return polynomial_mean(i, E, Order, [](std::size_t k) { return double(k); });
        });
    }
}

}  // namespace

TEST_CASE("LMS takes steps as long as they are, iPNDM as if they were of equal length") {
    check_order<1>();
    check_order<2>();
    check_order<3>();
    check_order<4>();
}

TEST_CASE("gradient estimation goes beyond the newest prediction, away from the last") {
    for (const grid& walk : walks)
        for (const double gamma : {2.0, 1.5, 1.0, 0.5})
            check_means(gradient_estimation{.gamma = gamma}, walk,
                        [&](std::size_t i, const auto& E) {
                            return i == 0 ? E[0] : gamma * E[i] + (1 - gamma) * E[i - 1];
                        });
    const auto states = states_of(gradient_estimation{}, walks[0], 1.2);
    CHECK(states == states_of(gradient_estimation{.gamma = 2.0}, walks[0], 1.2));
}

TEST_CASE("a prediction at alpha = 0 is of the data alone, and no later step looks back on it") {
    const grid walk{{1, 0, 1}, {0.7, 0.3, 0.7}, {0.4, 0.6, 0.4}, {0.2, 0.8, 0.2}};
    const auto states = states_of(lms<3>{}, walk, 0.7);
    CHECK(states[1] == Approx(0.7 * 0.7 + 0.3 * curved(0.7, walk[0])).epsilon(1e-12));
    const auto rest = states_of(lms<3>{}, walk.from(1), states[1]);
    CHECK(states[2] == Approx(rest[1]).epsilon(1e-12));
    CHECK(states[3] == Approx(rest[2]).epsilon(1e-12));
}
