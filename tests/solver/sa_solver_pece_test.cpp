// SA-Solver in mode PECE number by number, with windows and amounts of noise of its own.
#include <fokker/solver/sa_solver_pece.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <vector>

#include <fokker/path/continuous.hpp>
#include <fokker/path/grid.hpp>

#include "catch.hpp"
#include "support/grids.hpp"
#include "support/one_number.hpp"
#include "support/quadrature.hpp"

using namespace fokker;
using namespace fokker_test;
using Catch::Approx;
using Catch::Matchers::ContainsSubstring;

namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

struct options {
    double tau, sigma_min, sigma_max, s_noise;
    bool noisy(const knot& s) const {
        const double sigma = s.sigma / s.alpha;
        return tau > 0 && sigma >= sigma_min && sigma <= sigma_max;
    }
};

/// Xue et al. 2023, appendix D: predict, evaluate, correct with the same noise, evaluate.
std::vector<double> walked(const options& o, std::size_t predictor, std::size_t corrector,
                           const grid& walk, double x) {
    std::vector<double> states{x}, lambdas, data;  // the newest last
    std::size_t drawn = 0;
    for (std::size_t i = 0; i + 1 < walk.size(); ++i) {
        const knot &s = walk[i], &t = walk[i + 1];
        const double square = o.noisy(s) ? o.tau * o.tau : 0.0, end = t.lambda();
        const double z = square > 0 ? some_draws[drawn++] : 0.0;
        const auto step = [&](std::size_t count) {
            const auto few = std::ptrdiff_t(std::min(count, data.size()));
            const double decay = std::exp(-square * (end - s.lambda()));
            const double drift = interpolated_integral(
                s.lambda(), end, {lambdas.end() - few, lambdas.end()},
                {data.end() - few, data.end()}, [=](double lambda) {
                    return (1 + square) * std::exp(-square * (end - lambda) + lambda);
                });
            return t.sigma / s.sigma * decay * states[i] + t.sigma * drift +
                   o.s_noise * t.sigma * std::sqrt(1 - decay * decay) * z;
        };
        data.push_back(curved(states[i], s));
        lambdas.push_back(s.lambda());
        const double predicted = step(predictor);
        data.push_back(curved(predicted, t));
        lambdas.push_back(end);
        // So many known ones, and the one at the end; a corrector has no more past than its step.
        const double corrected = step(corrector);
        data.pop_back();
        lambdas.pop_back();
        states.push_back(corrected);
    }
    return states;
}

template <int Predictor, int Corrector>
void check(const options& o, const grid& walk, std::size_t draws) {
    const sa_solver_pece<Predictor, Corrector> solver{o.tau, o.sigma_min, o.sigma_max, o.s_noise};
    const auto states = states_of(solver, walk, 1.2, curved, draws);
    const auto wanted = walked(o, Predictor, Corrector, walk, 1.2);
    for (std::size_t i = 0; i < states.size(); ++i)
        CHECK(states[i] == Approx(wanted[i]).epsilon(1e-9));
}

void check_all(const options& o, const grid& walk, std::size_t draws) {
    check<2, 2>(o, walk, draws);
    check<1, 3>(o, walk, draws);
    check<3, 4>(o, walk, draws);
}

}  // namespace

TEST_CASE("every step of sa_solver_pece is that of Xue et al. 2023, number by number") {
    check_all({1.0, 0.0, infinity, 1.0}, uneven_grid(vp_path{}, 5), 5);
    check_all({0.6, 0.0, infinity, 1.1}, uneven_grid(edm_path{}, 5), 5);
    check_all({0.0, 0.0, infinity, 1.0}, uneven_grid(vp_path{}, 5), 0);
}

TEST_CASE("noise comes only to steps that begin within the window") {
    const grid walk = uneven_grid(vp_path{}, 5);
    const auto sigma = [&](std::size_t i) { return walk[i].noise_to_signal(); };
    check_all({0.8, sigma(3), sigma(1), 1.1}, walk, 3);
    check_all({0.8, 1.01 * sigma(2), 0.99 * sigma(1), 1.0}, walk, 0);
}

TEST_CASE("at both ends sa_solver_pece takes one step of the ancestral process, with s_noise") {
    const knot half{0.5, 0.5, 0.5};
    const auto states = states_of(sa_solver_pece<2, 2>{.s_noise = 1.1},
                                  grid{{1, 0, 1}, half, knot{}}, 0.7, curved, 1);
    const double first = 0.5 * curved(0.7, {1, 0, 1}) + 1.1 * 0.5 * some_draws[0];
    CHECK(states[1] == Approx(first).epsilon(1e-12));
    CHECK(states[2] == Approx(curved(first, half)).epsilon(1e-12));
}

TEST_CASE("sa_solver_pece refuses options that it cannot use") {
    const grid walk = uneven_grid(vp_path{}, 2);
    const auto says = [&](const auto& method, const char* words) {
        CHECK_THROWS_WITH(method.check(walk), ContainsSubstring(words));
    };
    says(sa_solver_pece<2, 2>{.tau = -1.0}, "tau is -1");
    says(sa_solver_pece<2, 2>{.s_noise = -1.0}, "s_noise is -1");
    says(sa_solver_pece<3, 4>{.most_growth = 0.5}, "most_growth is 0.5");
    says(sa_solver_pece<1, 3>{.falling_steps = -1}, "falling_steps is -1");
}
