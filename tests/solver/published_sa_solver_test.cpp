// SA-Solver as diffusers has it, term by term. (tests/golden/diffusers compares whole walks.)
#include <fokker/solver/published_sa_solver.hpp>

#include <cmath>
#include <vector>

#include <Eigen/Core>

#include <fokker/fokker.hpp>

#include "catch.hpp"

using namespace fokker;
using Catch::Approx;
using Catch::Matchers::ContainsSubstring;

namespace {

double prediction(const knot& k) { return std::cos(3.0 * k.t); }

grid walk() { return uniform_lambda(vp_path{}, 9).until(4); }

/// The states of a walk with a network that knows the label alone.
std::vector<double> states_of(const auto& solver, bool noise = false) {
    const auto by_label = [](const Eigen::ArrayXd& x, double t, Eigen::ArrayXd& out) {
        out = 0.0 * x + prediction({t, 1.0, 1.0});
    };
    Eigen::ArrayXd x = Eigen::ArrayXd::Constant(1, 0.8);
    std::vector<double> states{x(0)};
    const auto note = [&](const auto& run) { states.push_back(run.state()(0)); };
    if (noise)
        denoise(x, predicts_noise(by_label), walk(), solver, philox{.seed = 5}, note);
    else
        denoise(x, predicts_data(by_label), walk(), solver, philox{.seed = 5}, note);
    return states;
}

struct lengths {
    knot before, s, t;
    double h, last;

    explicit lengths(std::size_t i)
        : before(walk()[i - 1]),
          s(walk()[i]),
          t(walk()[i + 1]),
          h(t.lambda() - s.lambda()),
          last(s.lambda() - before.lambda()) {}
};

}  // namespace

TEST_CASE("with one prediction in each the published SA-Solver is the exact one") {
    const auto exact = states_of(sa_solver<1, 1>{.tau = 0.7});
    const auto published =
        states_of(published_sa_solver{.predictor = 1, .corrector = 1, .tau = 0.7});
    for (std::size_t i = 0; i < exact.size(); ++i) CHECK(published[i] == Approx(exact[i]));
}

TEST_CASE("a predictor through two has half a step for its integral") {
    const double tau = 0.6, f = 1 + tau * tau;
    const auto x =
        states_of(published_sa_solver{.predictor = 2, .corrector = 1, .tau = tau, .s_noise = 0.0});
    const lengths l(1);
    const double D = prediction(l.s), older = prediction(l.before);
    const auto moved = [&](const knot& s, const knot& t, double state, double data) {
        const double h = t.lambda() - s.lambda();
        return t.sigma / s.sigma * std::exp(-tau * tau * h) * state -
               t.alpha * std::expm1(-f * h) * data;
    };
    // The corrector of order 1 repeats the first step with the newer prediction.
    const double mended = moved(l.before, l.s, x[0], D);
    const double slope = (D - older) / l.last;
    CHECK(x[1] == Approx(moved(l.before, l.s, x[0], older)));
    CHECK(x[2] == Approx(moved(l.s, l.t, mended, D) + f * l.t.alpha * l.h * l.h / 2 * slope));
}

TEST_CASE("a corrector through two has half a step for its integral") {
    const double tau = 0.6, f = 1 + tau * tau;
    const auto x =
        states_of(published_sa_solver{.predictor = 1, .corrector = 2, .tau = tau, .s_noise = 0.0});
    const lengths l(1);
    const double D = prediction(l.s), older = prediction(l.before);
    const double kept = l.s.sigma / l.before.sigma * std::exp(-tau * tau * l.last);
    const double mended = kept * x[0] - l.s.alpha * std::expm1(-f * l.last) * older +
                          f * l.s.alpha * l.last / 2 * (D - older);
    CHECK(x[2] == Approx(l.t.sigma / l.s.sigma * std::exp(-tau * tau * l.h) * mended -
                         l.t.alpha * std::expm1(-f * l.h) * D));
}

TEST_CASE("in noise form all weights are exact, and the noise doubles the drift") {
    const double tau = 0.6, f = 1 + tau * tau;
    const auto x = states_of(
        published_sa_solver{
            .predictor = 2, .corrector = 1, .tau = tau, .s_noise = 0.0, .in_noise = true},
        true);
    const lengths l(1);
    const double E = prediction(l.s), older = prediction(l.before);
    const auto moved = [&](const knot& s, const knot& t, double state, double noise) {
        return t.alpha / s.alpha * state -
               f * t.sigma * std::expm1(t.lambda() - s.lambda()) * noise;
    };
    const double mended = moved(l.before, l.s, x[0], E);
    const double line = std::expm1(l.h) - l.h;  // of the slope in lambda
    CHECK(x[2] == Approx(moved(l.s, l.t, mended, E) - f * l.t.sigma * line * (E - older) / l.last));
}

TEST_CASE("noise is added in steps that begin between the labels") {
    const grid knots = walk();
    const auto quiet = states_of(published_sa_solver{.tau = 0.0});
    const auto window =
        states_of(published_sa_solver{.least_label = knots[2].t, .most_label = knots[2].t});
    CHECK(window[2] == Approx(quiet[2]).epsilon(1e-12));
    CHECK(std::abs(window[3] - quiet[3]) > 1e-3);
    CHECK(states_of(published_sa_solver{.least_label = 1e9})[4] == Approx(quiet[4]));
}

TEST_CASE("its orders fall with the steps that are left") {
    const published_sa_solver whole{.predictor = 3, .corrector = 3, .tau = 0.0};
    published_sa_solver falling = whole;
    falling.falling_steps = 4;
    const auto x = states_of(whole), y = states_of(falling);
    CHECK(x[2] == y[2]);
    CHECK(std::abs(x[3] - y[3]) > 1e-6);  // two steps are left, of three predictions

    // The corrector's alone: it has three predictions in the last step in place of four.
    const published_sa_solver mending{.predictor = 1, .corrector = 4, .tau = 0.0};
    published_sa_solver mending_less = mending;
    mending_less.falling_steps = 2;
    const auto u = states_of(mending), v = states_of(mending_less);
    CHECK(u[3] == v[3]);
    CHECK(std::abs(u[4] - v[4]) > 1e-7);
}

TEST_CASE("after a step from alpha = 0 there is nothing to mend") {
    const grid knots = time_uniform(flow_path{}, 4);
    REQUIRE(knots[0].alpha == 0);
    const auto network = [](const Eigen::ArrayXd& x, double t, Eigen::ArrayXd& out) {
        out = 0.0 * x + prediction({t, 1.0, 1.0});
    };
    Eigen::ArrayXd x = Eigen::ArrayXd::Constant(1, 0.8);
    denoise(x, predicts_data(network), knots.until(2), published_sa_solver{.tau = 0.0},
            philox{.seed = 5});
    double wanted = 0.8;
    for (std::size_t i = 0; i < 2; ++i) {
        const knot &s = knots[i], &t = knots[i + 1];
        const double ratio = t.sigma / s.sigma;
        // The second predictor has no other prediction to use, either.
        wanted = ratio * wanted + (t.alpha - ratio * s.alpha) * prediction(s);
    }
    CHECK(x(0) == Approx(wanted));
}

TEST_CASE("the published SA-Solver refuses bad options") {
    const grid knots = walk();
    const auto check = [&](const published_sa_solver& solver, const char* message) {
        CHECK_THROWS_WITH(solver.check(knots), ContainsSubstring(message));
    };
    check({.predictor = 0}, "predictor is 0");
    check({.corrector = 5}, "corrector is 5");
    check({.tau = -1.0}, "tau is -1");
    check({.least_label = 2.0, .most_label = 1.0}, "least_label is 2");
    check({.s_noise = -1.0}, "s_noise");
    CHECK_FALSE(published_sa_solver{.tau = 0.0}.stochastic());
}
