#include <fokker/solver/sa_solver.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
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

struct options {
    double tau, sigma_min, sigma_max, s_noise;
    bool noisy(const knot& s) const {
        const double sigma = s.sigma / s.alpha;
        return tau > 0 && sigma >= sigma_min && sigma <= sigma_max;
    }
};

/// Xue et al. 2023, eq. 9 with constant tau: from x at s to t, with the predictions of these knots.
double stepped(const options& o, const knot& s, const knot& t, double x,
               const std::vector<double>& lambdas, const std::vector<double>& values, double z) {
    const double square = o.noisy(s) ? o.tau * o.tau : 0.0, end = t.lambda();
    const double drift =
        interpolated_integral(s.lambda(), end, lambdas, values, [=](double lambda) {
            return (1 + square) * std::exp(-square * (end - lambda)) * std::exp(lambda);
        });
    const double decay = std::exp(-square * (end - s.lambda()));
    const double std = t.sigma * std::sqrt(1 - decay * decay);
    return t.sigma / s.sigma * decay * x + t.sigma * drift + o.s_noise * std * z;
}

/// Xue et al. 2023, Algorithm 1, in the form that calls once a step.
std::vector<double> walked(const options& o, int predictor, int corrector, const grid& walk,
                           double x) {
    std::vector<double> states{x}, data, lambdas;
    double corrected = x, z = 0.0;
    std::size_t drawn = 0;
    const auto newest = [](const std::vector<double>& all, std::size_t count) {
        return std::vector(all.end() - std::ptrdiff_t(std::min(count, all.size())), all.end());
    };
    for (std::size_t i = 0; i + 1 < walk.size(); ++i) {
        data.push_back(curved(states[i], walk[i]));
        lambdas.push_back(walk[i].lambda());
        const auto step = [&](std::size_t from, std::size_t to, double begin, int count) {
            return stepped(o, walk[from], walk[to], begin, newest(lambdas, std::size_t(count)),
                           newest(data, std::size_t(count)), z);
        };
        if (corrector == 0)
            corrected = states[i];
        else if (i > 0)
            corrected = step(i - 1, i, corrected, corrector);
        z = o.noisy(walk[i]) ? some_draws[drawn++] : 0.0;
        states.push_back(step(i, i + 1, corrected, predictor));
    }
    return states;
}

template <int Predictor, int Corrector>
void check(const options& o, const grid& walk, std::size_t draws) {
    const sa_solver<Predictor, Corrector> solver{o.tau, o.sigma_min, o.sigma_max, o.s_noise};
    const auto states = states_of(solver, walk, 1.2, curved, draws);
    const auto wanted = walked(o, Predictor, Corrector, walk, 1.2);
    for (std::size_t i = 0; i < states.size(); ++i)
        CHECK(states[i] == Approx(wanted[i]).epsilon(1e-9));
}

void check_all(const options& o, const grid& walk, std::size_t draws) {
    check<2, 2>(o, walk, draws);
    check<3, 3>(o, walk, draws);
    check<1, 1>(o, walk, draws);
    check<2, 0>(o, walk, draws);
}

}  // namespace

TEST_CASE("every step is that of Xue et al. 2023, number by number") {
    const double infinity = std::numeric_limits<double>::infinity();
    check_all({1.0, 0.0, infinity, 1.0}, uneven_grid(vp_path{}, 5), 5);
    check_all({0.6, 0.0, infinity, 1.1}, uneven_grid(edm_path{}, 5), 5);
    check_all({0.0, 0.0, infinity, 1.0}, uneven_grid(vp_path{}, 5), 0);
}

TEST_CASE("noise comes only to steps that begin within the window, its ends included") {
    for (const grid& walk : {uneven_grid(vp_path{}, 5), uneven_grid(edm_path{}, 5)}) {
        const auto sigma = [&](std::size_t i) { return walk[i].noise_to_signal(); };
        check_all({0.8, sigma(3), sigma(1), 1.1}, walk, 3);
        check_all({0.8, 0.99 * sigma(2), 1.01 * sigma(2), 1.0}, walk, 1);
        check_all({0.8, 1.01 * sigma(2), 0.99 * sigma(1), 1.0}, walk, 0);
    }
}

TEST_CASE("from alpha = 0 and to sigma = 0 a step is one of the ancestral process, with s_noise") {
    const knot half{0.5, 0.5, 0.5};
    const auto states =
        states_of(sa_solver<2, 2>{.s_noise = 1.1}, grid{{1, 0, 1}, half, knot{}}, 0.7, curved, 1);
    const double first = 0.5 * curved(0.7, {1, 0, 1}) + 1.1 * 0.5 * some_draws[0];
    CHECK(states[1] == Approx(first).epsilon(1e-12));
    CHECK(states[2] == Approx(curved(first, half)).epsilon(1e-12));
}
