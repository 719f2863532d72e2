// SEEDS number by number, with stages and amounts of noise other than the golden data's.
#include <fokker/solver/seeds.hpp>

#include <cmath>
#include <cstddef>
#include <vector>

#include <fokker/path/continuous.hpp>
#include <fokker/path/grid.hpp>
#include <fokker/solver/dpm_solver_pp_singlestep.hpp>

#include "catch.hpp"
#include "support/grids.hpp"
#include "support/one_number.hpp"
#include "support/quadrature.hpp"

using namespace fokker;
using namespace fokker_test;
using Catch::Approx;
using Catch::Matchers::ContainsSubstring;

namespace {

const vp_path path;

struct amounts {
    double eta, s_noise;

    /// x_t but for its noise, with D the polynomial through these predictions.
    double mean(double x, const knot& s, const knot& t, const std::vector<double>& lambdas,
                const std::vector<double>& values) const {
        const double end = t.lambda();
        return t.sigma / s.sigma * std::exp(-eta * (end - s.lambda())) * x +
               t.sigma * interpolated_integral(s.lambda(), end, lambdas, values, [&](double l) {
                   return (1 + eta) * std::exp(-eta * (end - l) + l);
               });
    }

    /// What the draws of the parts from knot to knot have become at the last one.
    double noise(const std::vector<knot>& knots, const double* draws) const {
        double sum = 0;
        for (std::size_t i = 0; i + 1 < knots.size(); ++i) {
            const knot &s = knots[i], &t = knots[i + 1];
            const double h = t.lambda() - s.lambda();
            sum = t.sigma / s.sigma * std::exp(-eta * h) * sum +
                  s_noise * t.sigma * std::sqrt(1 - std::exp(-2 * eta * h)) * draws[i];
        }
        return sum;
    }
};
const std::vector<amounts> several{{1.0, 1.0}, {0.6, 1.1}};

knot between(const knot& s, const knot& t, double part) {
    return path.at(path.time(s.lambda() + part * (t.lambda() - s.lambda())));
}

}  // namespace

TEST_CASE("the noise of a stage goes on to the end of SEEDS-2's step") {
    const grid walk = uneven_grid(path, 3);
    for (const auto& [eta, s_noise] : several)
        for (const double r : {0.3, 0.5, 1.0})
            for (const auto weights : {seeds_weights::midpoint, seeds_weights::exact}) {
                const amounts a{eta, s_noise};
                // At r = 1 the second part has no length, and draws nothing.
                const std::size_t parts = r < 1 ? 2 : 1;
                const auto states =
                    states_of(seeds<2>{eta, s_noise, r, weights}, walk, 1.2, curved, 3 * parts);
                for (std::size_t i = 0; i < 3; ++i) {
                    const knot &s = walk[i], &t = walk[i + 1], m = between(s, t, r);
                    const double* const draws = &some_draws[parts * i];
                    const double D = curved(states[i], s);
                    const double u =
                        a.mean(states[i], s, m, {s.lambda()}, {D}) + a.noise({s, m}, draws);
                    const double D_m = curved(u, m);
                    const double mean =
                        weights == seeds_weights::exact
                            ? a.mean(states[i], s, t, {s.lambda(), m.lambda()}, {D, D_m})
                            : a.mean(states[i], s, t, {s.lambda()}, {D + (D_m - D) / (2 * r)});
                    CHECK(states[i + 1] == Approx(mean + a.noise({s, m, t}, draws)).epsilon(1e-9));
                }
            }
}

TEST_CASE("the noises of both stages go on to the end of SEEDS-3's step") {
    const grid walk = uneven_grid(path, 2);
    for (const auto& [eta, s_noise] : several)
        for (const auto& [r1, r2] : {std::pair{1.0 / 3, 2.0 / 3}, std::pair{0.25, 0.7}}) {
            const amounts a{eta, s_noise};
            const auto states = states_of(seeds<3>{eta, s_noise, r1, r2}, walk, 1.2, curved, 6);
            for (std::size_t i = 0; i < 2; ++i) {
                const knot &s = walk[i], &t = walk[i + 1];
                const knot m1 = between(s, t, r1), m2 = between(s, t, r2);
                const double* const draws = &some_draws[3 * i];
                const double x = states[i], D = curved(x, s);
                const double D1 =
                    curved(a.mean(x, s, m1, {s.lambda()}, {D}) + a.noise({s, m1}, draws), m1);
                const double D2 = curved(a.mean(x, s, m2, {s.lambda(), m1.lambda()}, {D, D1}) +
                                             a.noise({s, m1, m2}, draws),
                                         m2);
                CHECK(states[i + 1] == Approx(a.mean(x, s, t, {s.lambda(), m2.lambda()}, {D, D2}) +
                                              a.noise({s, m1, m2, t}, draws))
                                           .epsilon(1e-9));
            }
        }
}

TEST_CASE("without noise SEEDS is DPM-Solver++, or RES with exact weights") {
    const grid walk = uneven_grid(path, 4);
    const auto same = [&](const auto& method, const auto& plain) {
        CHECK(states_of(method, walk, 1.2)[4] ==
              Approx(states_of(plain, walk, 1.2)[4]).epsilon(1e-12));
    };
    same(seeds<2>{.eta = 0.0}, dpm_solver_pp_2s{});
    same(seeds<2>{.eta = 0.0, .r = 0.3}, dpm_solver_pp_2s{.r = 0.3});
    same(seeds<2>{.eta = 0.0, .weights = seeds_weights::exact}, res_2s{});
    same(seeds<3>{.eta = 0.0}, dpm_solver_pp_3s{});
}

TEST_CASE("SEEDS refuses options that it cannot use") {
    const grid walk = uneven_grid(path, 2);
    const auto says = [&](const auto& method, const char* words) {
        CHECK_THROWS_WITH(method.check(walk), ContainsSubstring(words));
    };
    says(seeds<2>{.r = 0.0}, "r is 0");
    says(seeds<2>{.r = 1.1}, "r is 1.1");
    says(seeds<2>{.eta = -1.0}, "eta is -1");
    says(seeds<3>{.s_noise = -1.0}, "s_noise is -1");
    says(seeds<3>{.r2 = 1.0}, "r2 is 1");
    says(seeds<3>{.r1 = 0.7}, "r1 is 0.7 and r2 is 0.66");
    const grid by_hand({{1, 0.2, 1}, {0.5, 0.5, 0.5}, knot{}});
    CHECK_THROWS_WITH(seeds<2>{}.check(by_hand), ContainsSubstring("path"));
    CHECK_THROWS_WITH(seeds<3>{}.check(by_hand), ContainsSubstring("path"));
}
