// Step control, and the two kinds of solver that have it.
#include <fokker/solver/dpm_solver_adaptive.hpp>

#include <Eigen/Core>
#include <cmath>
#include <utility>

#include <fokker/fokker.hpp>

#include "catch.hpp"
#include "support/grids.hpp"
#include "support/mixture.hpp"
#include "support/one_number.hpp"

using namespace fokker;
using namespace fokker_test;
using Catch::Matchers::ContainsSubstring;

namespace {

struct result {
    double error;
    std::int64_t calls;
};

template <class Solver>
result walked(const Solver& solver, bool reversed = false) {
    const mixture m;
    const grid one = reversed ? uneven_grid(vp_path{}, 1).reversed() : uneven_grid(vp_path{}, 1);
    Eigen::ArrayXd x = Eigen::ArrayXd::LinSpaced(9, -2.0, 2.0), exact(9);
    for (Eigen::Index i = 0; i < 9; ++i) exact[i] = exact_flow(m, x[i], one.front(), one.back());
    const auto done = denoise(x, exact_network<>{m}, one, solver);
    return {(x - exact).abs().maxCoeff(), done.evaluations};
}

template <class Solver>
void check_tolerance(bool reversed = false) {
    const auto at = [=](double tolerance) {
        return walked(Solver{.control = {.tolerated = {tolerance, tolerance}}}, reversed);
    };
    const result loose = at(1e-4), tight = at(1e-7);
    CHECK(loose.error < 20 * 1e-4);
    CHECK(tight.error < 20 * 1e-7);
    CHECK(tight.calls > loose.calls);
}

}  // namespace

TEST_CASE("the error follows the tolerance") {
    check_tolerance<dpm_solver_adaptive<2>>();
    check_tolerance<dpm_solver_adaptive<3>>();
    check_tolerance<dormand_prince>();
}

TEST_CASE("the error follows the tolerance from data to noise, too") {
    check_tolerance<dpm_solver_adaptive<2>>(true);
    check_tolerance<dpm_solver_adaptive<3>>(true);
    check_tolerance<dormand_prince>(true);
}

TEST_CASE("a higher order needs fewer calls for a tight tolerance") {
    const step_control tight{.tolerated = {1e-7, 1e-7}};
    const auto calls = [&](const auto& solver) { return walked(solver).calls; };
    CHECK(calls(dpm_solver_adaptive<3>{tight}) < calls(dpm_solver_adaptive<2>{tight}));
    CHECK(calls(dormand_prince{tight}) < calls(dpm_solver_adaptive<3>{tight}));
}

TEST_CASE("the worst sample decides, or the batch") {
    // Nine samples of one element; one of them is hard.
    const auto calls = [](error_over over) {
        Eigen::ArrayXXd x = Eigen::ArrayXXd::Constant(1, 30, 1.7);
        x(0, 4) = -0.05;
        const dpm_solver_adaptive<3> solver{
            {.tolerated = {.absolute = 1e-6, .relative = 1e-6, .over = over}}};
        return denoise(x, exact_network<>{}, uneven_grid(vp_path{}, 1), solver).evaluations;
    };
    CHECK(calls(error_over::batch) < calls(error_over::worst_sample));
}

TEST_CASE("DPM-Solver's error is the difference to the method of one order less") {
    const grid walk = uneven_grid(vp_path{}, 4).from(1).until(1);
    const auto state = [&](const auto& solver) { return states_of(solver, walk, 1.2)[1]; };
    const auto check = [&]<int Order>(dpm_solver_adaptive<Order>, double high, double low) {
        const auto made = [&](double tolerated) {
            const step_control control{.tolerated = {tolerated, 0.0}, .first_step = 100.0};
            return state(dpm_solver_adaptive<Order>{control});
        };
        const double error = std::abs(high - low);
        CHECK(made(1.001 * error) == Catch::Approx(high).epsilon(1e-12));  // in one part
        CHECK(std::abs(made(0.999 * error) - high) > 1e-3 * error);        // in more
    };
    check(dpm_solver_adaptive<2>{}, state(dpm_solver_2{}), state(ddim{}));
    check(dpm_solver_adaptive<3>{}, state(dpm_solver_3{}), state(dpm_solver_2{.r = 1.0 / 3}));
}

TEST_CASE("a relative tolerance is one of the state before the part or after it, the larger one") {
    const grid walk = uneven_grid(vp_path{}, 4).from(2).until(1);
    const auto check = [&]<int Order>(dpm_solver_adaptive<Order>, const auto& solver,
                                      const auto& lower, double x, bool grows) {
        const auto state = [&](const auto& any) { return states_of(any, walk, x)[1]; };
        const double high = state(solver), error = std::abs(high - state(lower));
        REQUIRE((std::abs(high) > 1.05 * x) == grows);
        REQUIRE((std::abs(high) < 0.95 * x) == !grows);
        const auto made = [&](double relative) {
            const step_control control{.tolerated = {0.0, relative}, .first_step = 100.0};
            return state(dpm_solver_adaptive<Order>{control});
        };
        const double size = grows ? std::abs(high) : x;
        CHECK(made(1.001 * error / size) == Catch::Approx(high).epsilon(1e-12));  // in one part
        CHECK(std::abs(made(0.999 * error / size) - high) > 1e-3 * error);        // in more
    };
    for (const auto& [x, grows] : {std::pair{0.2, true}, {2.5, false}}) {
        check(dpm_solver_adaptive<2>{}, dpm_solver_2{}, ddim{}, x, grows);
        check(dpm_solver_adaptive<3>{}, dpm_solver_3{}, dpm_solver_2{.r = 1.0 / 3}, x, grows);
    }
}

TEST_CASE("wrong options of the step control are named") {
    const auto refused = [](const step_control& control) { walked(dormand_prince{control}); };
    CHECK_THROWS_WITH(refused({.tolerated = {.absolute = 0, .relative = 0}}),
                      ContainsSubstring("one must be positive"));
    CHECK_THROWS_WITH(refused({.tolerated = {.absolute = -1}}), ContainsSubstring("-1"));
    CHECK_THROWS_WITH(refused({.first_step = 0}), ContainsSubstring("first_step is 0"));
    CHECK_THROWS_WITH(refused({.safety = 1}), ContainsSubstring("safety is 1"));
    CHECK_THROWS_WITH(refused({.most_factor = 0.5}),
                      ContainsSubstring("factor between two steps is bounded"));
    CHECK_THROWS_WITH(refused({.most_parts = 0}), ContainsSubstring("most_parts is 0"));
    CHECK_THROWS_WITH(refused({.tolerated = {1e-12, 1e-12}, .most_parts = 3}),
                      ContainsSubstring("loosen the tolerance"));
}

TEST_CASE("a network that returns not-a-number is told") {
    Eigen::ArrayXd x = Eigen::ArrayXd::Ones(3);
    const auto broken = [](const Eigen::ArrayXd&, double, Eigen::ArrayXd& out) {
        out.setConstant(std::numeric_limits<double>::quiet_NaN());
    };
    const auto says = [&](auto solver) {
        const auto walk = uneven_grid(vp_path{}, 1);
        CHECK_THROWS_AS(denoise(x, broken, walk, solver), network_error);
        CHECK_THROWS_WITH(denoise(x, broken, walk, solver),
                          ContainsSubstring("not a number at step 0, t = 0.704"));
    };
    says(dormand_prince{});
    says(dpm_solver_adaptive<2>{});
    says(dpm_solver_adaptive<3>{});
}

TEST_CASE("with eta the samples are the mixture's, whatever the parts") {
    // One sample of many elements: each is a draw of the mixture.
    const mixture m;
    const auto moments_of = [&](double eta) {
        Eigen::ArrayXd x(4000);
        const step_control control{.tolerated = {0.05, 0.05}};
        sample(x, exact_network<>{m}, uniform_lambda(vp_path{}, 4, grid_end::least_noise),
               dpm_solver_adaptive<3>{.control = control, .eta = eta}, philox{.seed = 4});
        return std::pair{x.mean(), (x - x.mean()).square().mean()};
    };
    const double variance = m.central_moment(2);
    for (const double eta : {0.5, 1.0}) {
        const auto [mean, spread] = moments_of(eta);
        CHECK(std::abs(mean - m.first_moment()) < 5 * std::sqrt(variance / 4000));
        CHECK(std::abs(spread / variance - 1) < 0.1);
    }
}

TEST_CASE("noise is one for all samples, and for no more parts than a step has Gaussians") {
    int calls = 0;
    const auto network = [&](const auto& v, const knot& k, auto& out) {
        ++calls;
        exact_network<>{mixture{}}(v, k, out);
    };
    const grid one = uneven_grid(vp_path{}, 1);
    Eigen::ArrayXXd x = Eigen::ArrayXXd::Ones(3, 2);
    const auto draw = [&](const step_control& control) {
        denoise(x, network, one, dpm_solver_adaptive<2>{.control = control, .eta = 1.0}, philox{});
    };
    CHECK_THROWS_WITH(draw({}), ContainsSubstring("draws noise in its parts") &&
                                    ContainsSubstring("worst_sample"));
    CHECK_THROWS_WITH(
        denoise(x, network, one, any_solver(dpm_solver_adaptive<3>{.eta = 0.5}), philox{}),
        ContainsSubstring("worst_sample"));
    CHECK(calls == 0);
    CHECK_NOTHROW(draw({.tolerated = {.over = error_over::worst_sample}}));
    CHECK_THROWS_WITH(
        draw({.tolerated = {1e-6, 1e-6, error_over::worst_sample}, .first_step = 1e-3}),
        ContainsSubstring("more than 256"));
    CHECK_THROWS_WITH(denoise(x, network, one, dpm_solver_adaptive<2>{.eta = 1.5}, philox{}),
                      ContainsSubstring("eta is 1.5"));
    CHECK_THROWS_WITH(denoise(x, network, one, dpm_solver_adaptive<2>{.eta = 0.5}),
                      ContainsSubstring("pass a noise source"));
}
