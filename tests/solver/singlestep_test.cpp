// Stages elsewhere than at their defaults: every single-step method by quadrature, and its order.
#include <fokker/solver/singlestep.hpp>

#include <cmath>
#include <vector>

#include <fokker/path/continuous.hpp>
#include <fokker/solver/dpm_solver.hpp>
#include <fokker/solver/dpm_solver_pp_singlestep.hpp>
#include <fokker/solver/pndm.hpp>

#include "catch.hpp"
#include "support/grids.hpp"
#include "support/mixture.hpp"
#include "support/one_number.hpp"
#include "support/quadrature.hpp"

using namespace fokker;
using namespace fokker_test;
using Catch::Approx;

namespace {

const vp_path path;

/// A prediction, of the data or of the noise, from a state.
struct data_prediction_form {
    static double predicted(double x, const knot& k) { return curved(x, k); }
    /// From x at s to t with the polynomial through these predictions, integrated exactly.
    static double exact(double x, const knot& s, const knot& t, const std::vector<double>& lambdas,
                        const std::vector<double>& values) {
        return t.sigma / s.sigma * x +
               t.sigma * interpolated_integral(s.lambda(), t.lambda(), lambdas, values,
                                               [](double l) { return std::exp(l); });
    }
};
struct noise_prediction_form {
    static double predicted(double x, const knot& k) { return noise_of(x, curved(x, k), k); }
    static double exact(double x, const knot& s, const knot& t, const std::vector<double>& lambdas,
                        const std::vector<double>& values) {
        return t.alpha / s.alpha * x -
               t.alpha * interpolated_integral(s.lambda(), t.lambda(), lambdas, values,
                                               [](double l) { return std::exp(-l); });
    }
};

knot between(const knot& s, const knot& t, double part) {
    return path.at(path.time(s.lambda() + part * (t.lambda() - s.lambda())));
}

template <class Form>
double one_stage(double x, const knot& s, const knot& t, double r, bool midpoint) {
    const knot m = between(s, t, r);
    const double P = Form::predicted(x, s);
    const double P_m = Form::predicted(Form::exact(x, s, m, {s.lambda()}, {P}), m);
    if (!midpoint) return Form::exact(x, s, t, {s.lambda(), m.lambda()}, {P, P_m});
    return Form::exact(x, s, t, {s.lambda()}, {P + (P_m - P) / (2 * r)});
}

template <class Form>
double two_stages(double x, const knot& s, const knot& t, double r1, double r2) {
    const knot m1 = between(s, t, r1), m2 = between(s, t, r2);
    const double P = Form::predicted(x, s);
    const double P1 = Form::predicted(Form::exact(x, s, m1, {s.lambda()}, {P}), m1);
    const double P2 =
        Form::predicted(Form::exact(x, s, m2, {s.lambda(), m1.lambda()}, {P, P1}), m2);
    return Form::exact(x, s, t, {s.lambda(), m2.lambda()}, {P, P2});
}

void check_steps(const auto& solver, const auto& step) {
    const grid walk = uneven_grid(path, 3);
    const auto states = states_of(solver, walk, 1.2);
    for (std::size_t i = 0; i < 3; ++i)
        CHECK(states[i + 1] == Approx(step(states[i], walk[i], walk[i + 1])).epsilon(1e-9));
}

/// The order between so many steps and twice as many.
double order_of(const auto& solver) {
    const mixture m;
    const number_function data = [&](double x, const knot& k) { return m.data(x, k); };
    const grid ends = uneven_grid(path, 1);
    const double exact = exact_flow(m, 0.7, ends.front(), ends.back());
    const auto error = [&](int steps) {
        return std::abs(states_of(solver, uneven_grid(path, steps), 0.7, data).back() - exact);
    };
    return std::log2(error(128) / error(256));
}

}  // namespace

TEST_CASE("one stage at any part of the step gives the weights of the paper") {
    for (const double r : {0.3, 0.5, 0.8}) {
        check_steps(dpm_solver_2{.r = r}, [&](double x, const knot& s, const knot& t) {
            return one_stage<noise_prediction_form>(x, s, t, r, true);
        });
        check_steps(dpm_solver_pp_2s{.r = r}, [&](double x, const knot& s, const knot& t) {
            return one_stage<data_prediction_form>(x, s, t, r, true);
        });
        check_steps(res_2s{.r = r}, [&](double x, const knot& s, const knot& t) {
            return one_stage<data_prediction_form>(x, s, t, r, false);
        });
    }
}

TEST_CASE("two stages at any parts of the step give lines, integrated exactly") {
    const auto check = [](double r1, double r2) {
        check_steps(dpm_solver_3{.r1 = r1, .r2 = r2}, [&](double x, const knot& s, const knot& t) {
            return two_stages<noise_prediction_form>(x, s, t, r1, r2);
        });
        check_steps(dpm_solver_pp_3s{.r1 = r1, .r2 = r2},
                    [&](double x, const knot& s, const knot& t) {
                        return two_stages<data_prediction_form>(x, s, t, r1, r2);
                    });
    };
    check(0.25, 0.7);
    check(1.0 / 3, 2.0 / 3);
}

TEST_CASE("the order does not depend on where a stage lies, or on the first of two") {
    for (const double r : {0.3, 0.8}) {
        CHECK(order_of(dpm_solver_2{.r = r}) == Approx(2.0).margin(0.1));
        CHECK(order_of(dpm_solver_pp_2s{.r = r}) == Approx(2.0).margin(0.1));
        CHECK(order_of(res_2s{.r = r}) == Approx(2.0).margin(0.1));
    }
    CHECK(order_of(dpm_solver_3{.r1 = 0.25}) == Approx(3.0).margin(0.1));
    CHECK(order_of(dpm_solver_pp_3s{.r1 = 0.25}) == Approx(3.0).margin(0.1));
}

TEST_CASE("a second stage elsewhere than at two thirds costs an order") {
    // The line through s and the second stage has the integral of a parabola only there.
    CHECK(order_of(dpm_solver_3{.r1 = 0.25, .r2 = 0.7}) == Approx(2.0).margin(0.2));
    CHECK(order_of(dpm_solver_pp_3s{.r1 = 0.25, .r2 = 0.7}) == Approx(2.0).margin(0.2));
}

TEST_CASE("a step over which noise predictions lose the data is refused, by what it is") {
    const grid far({{0, 1, 1e17}, {1, 1, 10}, {2, 1, 1}, knot{}}, edm_path{});
    const grid near({{0, 1, 1e8}, {1, 1, 10}, {2, 1, 1}, knot{}}, edm_path{});
    const auto check = [&](const auto& solver) {
        CHECK_THROWS_WITH(solver.check(far), Catch::Matchers::ContainsSubstring(
                                                 "step 0 falls from sigma / alpha = 1e+17 to 10"));
        CHECK_NOTHROW(solver.check(near));
        CHECK_NOTHROW(solver.check(grid({{0, 0, 1}, {1, 1, 1}, knot{}}, flow_path{})));
    };
    check(dpm_solver_2{});
    check(dpm_solver_3{});
    check(pndm{});
    CHECK_NOTHROW(dpm_solver_pp_3s{}.check(far));
}
