// How a run walks a grid with jumps.
#include <fokker/path/grids/jumps.hpp>

#include <Eigen/Core>
#include <cmath>
#include <vector>

#include <fokker/fokker.hpp>

#include "../../catch.hpp"
#include "../../support/allocations.hpp"
#include "../../support/drawn.hpp"
#include "../../support/mixture.hpp"
#include "../../support/solvers.hpp"

using namespace fokker;
using Catch::Matchers::ContainsSubstring;
using fokker_test::any_network, fokker_test::exact_network, fokker_test::mixture;

namespace {

const any_network<double> network = exact_network<>{};
constexpr philox seeded{.seed = 5};

const vp_path path;
const grid& plain() {
    static const grid walk = uniform_lambda(path, 12);
    return walk;
}
/// 12 steps, four of them twice: a jump after step 7, from knot 8.
const grid& with_jump() {
    static const grid walk =
        restarted(plain(), {.sigma_min = plain()[8].noise_to_signal(), .sigma_max = 2, .steps = 4});
    return walk;
}
constexpr int jump = 8;

Eigen::ArrayXXd start(int samples = 6) { return fokker_test::gaussian(3, samples, 1); }

/// The state after `steps` of the walk.
template <class Solver>
Eigen::ArrayXXd walked(const grid& walk, const Solver& solver, int steps) {
    Eigen::ArrayXXd x = start();
    run r(x, network, walk, solver, seeded);
    while (r.index() < steps) r.step();
    return x;
}

void check_refused(const auto& solver, auto source, const char* why) {
    Eigen::ArrayXXd x = start();
    CHECK_THROWS_WITH(denoise(x, network, with_jump(), solver, source), ContainsSubstring(why));
    CHECK((x == start()).all());
}

}  // namespace

TEST_CASE("a jump is a draw of the forward process, the first of its step") {
    REQUIRE(with_jump().is_jump(jump));
    const Eigen::ArrayXXd before = walked(with_jump(), ddim{}, jump),
                          after = walked(with_jump(), ddim{}, jump + 1);
    Eigen::ArrayXXd expected(3, 6);
    forward_between(before, with_jump()[jump], with_jump()[jump + 1], seeded, expected,
                    256 * (jump + 1));
    CHECK((after == expected).all());
}

TEST_CASE("it has the variance of the noisier knot") {
    // States at t of data N(0, 0.5^2).
    const knot s = path.at(0.9), t = path.at(0.2);
    const grid walk = restarted(grid({s, t}, path),
                                {.sigma_min = t.noise_to_signal(), .sigma_max = 1.5, .steps = 1});
    Eigen::ArrayXXd x = std::hypot(0.5 * t.alpha, t.sigma) * fokker_test::gaussian(1, 200000, 1);
    run r(x, network, walk, ddim{}, seeded);
    r.seek(1);
    r.step();
    const knot up = r.knot();
    const double variance = 0.25 * up.alpha * up.alpha + up.sigma * up.sigma;
    // 5 standard errors.
    CHECK(std::abs(x.square().mean() / variance - 1) < 5 * std::sqrt(2.0 / 200000));
}

TEST_CASE("a jump calls no network, and counts as a step") {
    Eigen::ArrayXXd x = start();
    int calls = 0;
    const any_network<double> counted = [&](const auto& in, const knot& k, auto& out) {
        ++calls;
        network(in, k, out);
    };
    std::vector<int> steps;
    const auto observer = [&](const progress& p) { steps.push_back(p.step); };
    const auto done = denoise(x, counted, with_jump(), ddim{}, seeded, observer);
    CHECK(done.steps == 12 + 4 + 1);
    CHECK(done.evaluations == 12 + 4);
    CHECK(calls == 12 + 4);
    CHECK(steps.size() == 17);
}

TEST_CASE("after a jump a multistep solver takes a first step") {
    const auto check = [](const auto& solver) {
        Eigen::ArrayXXd x = walked(with_jump(), solver, jump + 1);
        const Eigen::ArrayXXd after = walked(with_jump(), solver, jump + 3);
        run fresh(x, network, with_jump(), solver, seeded);
        fresh.seek(jump + 1);
        fresh.step();
        fresh.step();
        CHECK((x == after).all());
        // The same steps, where there is history before.
        Eigen::ArrayXXd y = walked(plain(), solver, 7), z = y;
        run r(y, network, plain(), solver, seeded);
        r.seek(7);
        r.step();
        CHECK((y != walked(plain(), solver, 8)).any());
    };
    check(dpm_solver_pp_2m{});
    check(unipc<2>{});
}

TEST_CASE("the prediction survives a jump") {
    Eigen::ArrayXXd x = start();
    run r(x, network, with_jump(), unipc<2>{}, seeded);
    while (r.index() < jump) r.step();
    const Eigen::ArrayXXd kept = r.prediction();
    r.step();
    CHECK((r.prediction() == kept).all());
    CHECK(r.previous_knot() == with_jump()[jump]);
    r.step();
    CHECK((r.prediction() != kept).any());
    run none(x, network, with_jump(), ddim{}, seeded);
    none.seek(jump);
    none.step();
    CHECK_THROWS_WITH(none.prediction(), ContainsSubstring("no prediction"));
    none.keep_prediction(false);
    none.step();
    CHECK_THROWS_WITH(none.prediction(), ContainsSubstring("no prediction"));
}

TEST_CASE(
    "a network with a memory hears of a jump as of a new walk, and a jump allocates nothing") {
    struct remembering {
        int walks = 0;
        void begin_walk() { ++walks; }
        void operator()(const Eigen::ArrayXXd& in, const knot& k, Eigen::ArrayXXd& out) const {
            exact_network<>{}(in, k, out);
        }
    } memory;
    Eigen::ArrayXXd x = start();
    run r(x, memory, with_jump(), ddim{}, seeded);
    r.step();
    const std::size_t before = fokker_test::allocations();
    while (!r.done()) r.step();
    CHECK(fokker_test::allocations() == before);
    CHECK(memory.walks == 2);
}

TEST_CASE("a walk with jumps can be resumed anywhere, with the same noise") {
    const Eigen::ArrayXXd whole = walked(with_jump(), ddpm{}, 17);
    for (const int at : {3, jump, jump + 1, jump + 2}) {
        Eigen::ArrayXXd x = walked(with_jump(), ddpm{}, at);
        run r(x, network, with_jump(), ddpm{}, seeded);
        r.seek(at);
        while (!r.done()) r.step();
        CHECK((x == whole).all());
    }
}

TEST_CASE("a sample of a walk with jumps does not depend on its batch") {
    Eigen::ArrayXXd batch = start(7), part = batch.rightCols(3);
    denoise(batch, network, with_jump(), ddim{}, philox{.seed = 9});
    denoise(part, network, with_jump(), ddim{}, philox{.seed = 9, .first_sample = 4});
    CHECK((batch.rightCols(3) == part).all());
}

TEST_CASE("before the first jump a walk is the plain grid's, bit by bit") {
    CHECK((walked(with_jump(), unipc<2>{}, jump) == walked(plain(), unipc<2>{}, jump)).all());
    CHECK((walked(with_jump(), ddpm{}, jump) == walked(plain(), ddpm{}, jump)).all());
    const grid none = resampled(plain(), {.jump_samples = 1});
    CHECK((walked(none, ddpm{}, 12) == walked(plain(), ddpm{}, 12)).all());
}

TEST_CASE("restart and resampling keep the moments of the data") {
    const mixture m;
    const int samples = 40000;
    const double variance = m.central_moment(2), fourth = m.central_moment(4);
    const auto check = [&](const grid& walk, const auto& solver) {
        Eigen::ArrayXXd x(1, samples);
        sample(x, network, walk, solver, philox{.seed = 11});
        const double mean = x.mean(), spread = (x - mean).square().mean();
        const double bias = 2.0 / 200;
        CHECK(std::abs(mean - m.first_moment()) < 5 * std::sqrt(variance / samples) + bias);
        CHECK(std::abs(spread - variance) <
              5 * std::sqrt((fourth - variance * variance) / samples) + bias);
    };
    const grid fine = uniform_lambda(path, 200);
    const grid restarts =
        restarted(fine, {{.sigma_min = 0.1, .sigma_max = 1, .times = 3, .steps = 40},
                         {.sigma_min = 2, .sigma_max = 20, .times = 2, .steps = 40}});
    const grid resampling = resampled(fine, {.jump_length = 20, .jump_samples = 3});
    check(restarts, ddim{});
    check(restarts, ddpm{});
    check(restarts, unipc<2>{});
    check(restarts, heun{.s_churn = 20});
    check(resampling, ddim{});
    check(resampling, ddpm{});
}

TEST_CASE("a walk with jumps needs seeded, and noise that can walk twice") {
    Eigen::ArrayXXd x = start();
    CHECK_THROWS_WITH(denoise(x, network, with_jump(), ddim{}),
                      ContainsSubstring("pass a noise source"));
    check_refused(ddpm{}, brownian{.seed = 1}, "one Brownian path");
    check_refused(ddpm{}, per_sample(std::vector<brownian>(6)), "philox");
    check_refused(ddpm{}, prior_and_steps(philox{}, brownian{}), "philox");
    check_refused(ddpm{}, recording(brownian{}), "philox");
    CHECK_NOTHROW(denoise(x, network, with_jump(), ddpm{}, prior_and_steps(brownian{}, philox{})));
    CHECK_NOTHROW(denoise(x, network, plain(), ddpm{}, brownian{}));
}

TEST_CASE("solvers that count steps count their own") {
    // With as much churn a step as on a plain grid of 16 steps.
    const auto churned = [](const grid& walk, double s_churn) {
        Eigen::ArrayXXd x = start();
        run r(x, network, walk, euler{.s_churn = s_churn}, seeded);
        r.step();
        return x;
    };
    CHECK((churned(with_jump(), 1.6) - churned(plain(), 1.2)).abs().maxCoeff() < 1e-14);
    CHECK((churned(with_jump(), 1.7) - churned(plain(), 1.2)).abs().maxCoeff() > 1e-3);
    check_refused(dpm_solver_fast{.calls = 48}, seeded, "dpm_solver_3");
    analytic_ddpm bounded{.variance = {.gamma = fokker_test::plain_moments(), .bounded_steps = 8}};
    check_refused(bounded, seeded, "is a jump back");
    bounded.variance.bounded_steps = 7;
    CHECK_NOTHROW(walked(with_jump(), bounded, 17));
}

TEST_CASE("the variational bound is that of one descent") {
    const Eigen::ArrayXXd data = Eigen::ArrayXXd::Constant(3, 2, 1.0);
    CHECK_THROWS_WITH(variational_bound(network, with_jump(), data, seeded),
                      ContainsSubstring("one descent"));
}
