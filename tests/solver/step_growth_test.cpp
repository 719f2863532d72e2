// From which earlier steps a multistep method extrapolates: not from those that are far shorter
// than the one it takes.
#include <fokker/solver/step_growth.hpp>

#include <Eigen/Core>
#include <array>
#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include <fokker/fokker.hpp>

#include "catch.hpp"
#include "support/mixture.hpp"
#include "support/one_number.hpp"
#include "support/solvers.hpp"

using namespace fokker;
using namespace fokker_test;
using Catch::Approx;
using Catch::Matchers::ContainsSubstring;

namespace {

const auto exact = predicts_data(any_network<double>(exact_network<data_prediction>{}));
using state = Eigen::ArrayXXd;

/// Nine points of the prior, and where the probability-flow ODE carries them.
struct carried {
    state from, to;

    explicit carried(const grid& walk) {
        const auto ends = [](knot k) {
            if (k.alpha == 0) k.alpha = 1e-6;
            if (k.sigma == 0) k.sigma = 1e-6;
            return k;
        };
        from = Eigen::ArrayXd::LinSpaced(9, -2, 2) *
               std::hypot(walk.front().alpha, walk.front().sigma);
        to = from.unaryExpr([&](double x) {
            return exact_flow(mixture{}, x, ends(walk.front()), ends(walk.back()), 4000);
        });
    }

    /// The root mean square of what is wrong at the end.
    double error(const auto& solver, const grid& walk) const {
        state x = from;
        denoise(x, exact, walk, solver, philox{.seed = 5});
        return std::sqrt((x - to).square().mean());
    }
};

/// Forty steps even in lambda, one of them cut at this distance from its beginning.
grid cut_walk(double distance) {
    const vp_path path;
    std::vector<knot> knots;
    for (const knot& k : uniform_lambda(path, 40)) {
        knots.push_back(k);
        if (knots.size() == 20) knots.push_back(path.at(path.time(k.lambda() + distance)));
    }
    return grid(knots, path);
}

/// The same with two knots whose lambda is one number in double.
grid equal_walk() {
    std::vector<knot> knots;
    for (const knot& k : uniform_lambda(edm_path{}, 40)) knots.push_back(k);
    const auto at = knots.begin() + 20;
    const double sigma = at->sigma, below = std::nextafter(sigma, 0.0);
    knots.insert(at + 1, {below, 1.0, below});
    for (double fine = below; knots[20].lambda() != knots[21].lambda();
         fine = std::nextafter(fine, 0.0))
        knots[20].sigma = fine, knots[21].sigma = std::nextafter(fine, 0.0);
    return grid(knots, edm_path{});
}

/// A walk of three steps on a path where lambda = -ln(sigma), the last `growth` times as long as
/// the one before.
grid growing(double growth) {
    std::vector<knot> knots;
    for (const double lambda : {-1.0, -0.7, -0.4, -0.4 + 0.3 * growth}) {
        const double sigma = std::exp(-lambda);
        knots.push_back({sigma, 1.0, sigma});
    }
    return grid(knots, edm_path{});
}

bool is_published(const std::string& name) {
    return name.starts_with("published") || name.find("bh") != name.npos;
}

}  // namespace

TEST_CASE("a knot next to another does no harm to a solver without noise") {
    for_each_multistep_solver([](const auto& entry) {
        INFO(entry.name);
        for (const double distance : {1e-3, 1e-5, 1e-7, 1e-9, 1e-11, 1e-13, 4e-15}) {
            CAPTURE(distance);
            const grid walk = cut_walk(distance);
            const carried points(walk);
            CHECK(points.error(entry.solver, walk) < 1.5 * points.error(ddim{}, walk));
        }
        const grid walk = equal_walk();
        REQUIRE(walk[20].lambda() == walk[21].lambda());
        const carried points(walk);
        CHECK(points.error(entry.solver, walk) < 1.5 * points.error(ddim{}, walk));
    });
}

TEST_CASE("a knot next to another does no harm to a stochastic solver") {
    const mixture m;
    for_each_sde_solver([&](const auto& entry) {
        if (entry.weak.variance < 1) return;
        INFO(entry.name);
        const auto check = [&](const grid& walk) {
            state x(4, 500);
            sample(x, exact, walk, entry.solver, philox{.seed = 5});
            REQUIRE(x.isFinite().all());
            CHECK(std::abs((x - x.mean()).square().mean() / m.central_moment(2) - 1) < 0.4);
        };
        for (const double distance : {1e-3, 1e-6, 1e-9, 1e-12, 4e-15}) check(cut_walk(distance));
        check(equal_walk());
    });
}

TEST_CASE("the last long step of a grid does no harm") {
    const discrete_schedule schedule = linear_schedule();
    for (const int steps : {10, 25})
        for (const grid& walk :
             {linspace(schedule, steps), leading(schedule, steps), kl_optimal(edm_path{}, steps),
              kl_optimal(edm_path{.sigma_min = 1e-6}, steps), linspace(flow_path{}, steps)}) {
            const carried points(walk);
            const double first_order = points.error(ddim{}, walk);
            for_each_multistep_solver([&](const auto& entry) {
                if (is_published(entry.name) || entry.name.starts_with("gradient")) return;
                INFO(entry.name);
                CHECK(points.error(entry.solver, walk) < 1.01 * first_order);
            });
        }
}

TEST_CASE("steps in sigma that grow do no harm on the way to the noise") {
    const grid walk = uniform_lambda(linear_schedule(), 10, grid_end::least_noise).reversed();
    const carried points(walk);
    const double first_order = points.error(ddim{}, walk);
    CHECK(points.error(lms<2>{}, walk) < 1.01 * first_order);
    CHECK(points.error(lms<4>{}, walk) < 1.01 * first_order);
    CHECK(points.error(deis_in_time<3>{}, walk) < 1.01 * first_order);
}

TEST_CASE("a step of up to twice the length looks back, and a longer one does not") {
    const auto last = [](const auto& solver, const grid& walk) {
        return states_of(solver, walk, 1.2).back();
    };
    // What the last step makes where it knows no earlier one.
    const auto alone = [](const auto& solver, const grid& walk) {
        return states_of(ddim{}, walk.from(2), states_of(solver, walk, 1.2)[2])[1];
    };
    const auto check = [&](const auto& solver) {
        CHECK(std::abs(last(solver, growing(1.99)) - alone(solver, growing(1.99))) > 1e-4);
        CHECK(last(solver, growing(2.01)) == Approx(alone(solver, growing(2.01))).epsilon(1e-13));
        auto as_it_was = solver;
        as_it_was.most_growth = 1000;
        CHECK(std::abs(last(as_it_was, growing(2.01)) - alone(solver, growing(2.01))) > 1e-4);
        as_it_was.most_growth = 1;
        CHECK(last(as_it_was, growing(1.01)) == Approx(alone(as_it_was, growing(1.01))));
    };
    check(dpm_solver_pp_2m{});
    check(dpm_solver_2m{});
    check(dpm_solver_pp_3m<>{});
    check(res_multistep{});
    check(unipc<2>{.corrector = false});
    check(sde_dpm_solver_pp<2>{.eta = 0});
    check(sde_dpm_solver_pp<3>{.eta = 0});
    check(sa_solver<2, 0>{.tau = 0});
}

TEST_CASE("lms has the same bound on the step to sigma = 0 as on any other") {
    const grid walk{{9, 1, 9}, {6, 1, 6}, {3, 1, 3}, {2.5, 1, 2.5}, knot{}};
    const auto last = [&](const auto& solver) { return states_of(solver, walk, 3.1).back(); };
    const double before = states_of(lms<4>{}, walk, 3.1)[3];
    const double alone = states_of(ddim{}, walk.from(3), before).back();
    CHECK(last(lms<4>{}) == Approx(alone).epsilon(1e-13));
    CHECK(std::abs(last(lms<4>{.most_growth = 6}) - alone) > 1e-3);
}

TEST_CASE("unipc's bound is that of its variant, whenever the variant is set, or the one given") {
    const grid walk = growing(5);
    const auto last = [&](const auto& solver) { return states_of(solver, walk, 1.2).back(); };
    for (const auto variant : {unipc_variant::bh1, unipc_variant::bh2}) {
        unipc<2> set_later;
        set_later.variant = variant;
        CHECK(last(set_later) == last(unipc<2>{.variant = variant}));
        CHECK(last(set_later) == last(unipc<2>{.variant = variant, .most_growth = 1000}));
        CHECK(last(set_later) != last(unipc<2>{.variant = variant, .most_growth = 2}));
    }
    unipc<2> set_back{.variant = unipc_variant::bh2};
    set_back.variant = unipc_variant::exact;
    CHECK(last(set_back) == last(unipc<2>{}));
    CHECK(last(set_back) == last(unipc<2>{.most_growth = 2}));
    CHECK(last(set_back) != last(unipc<2>{.most_growth = 1000}));
}

TEST_CASE("a line of noise predictions is good over any length to the data, a parabola is not") {
    const grid walk = growing(5);
    const auto last = [&](const auto& solver) { return states_of(solver, walk, 1.2).back(); };
    CHECK(last(deis<3>{}) == Approx(last(deis<2>{.most_growth = 1000})).epsilon(1e-12));
    CHECK(std::abs(last(deis<3>{}) - last(deis<3>{.most_growth = 1000})) > 1e-4);
    CHECK(std::abs(last(deis<3>{}) - last(ddim{})) > 1e-4);
}

TEST_CASE("a method with a one-step start starts anew where a step looks back on none") {
    const auto calls = [](const auto& solver, double growth) {
        state x = state::Constant(1, 1, 1.2);
        return denoise(x, exact, growing(growth), solver).evaluations;
    };
    constexpr auto one_step = multistep_start::one_step;
    CHECK(calls(dpm_solver_pp_3m<one_step>{}, 1) == 4);
    CHECK(calls(dpm_solver_pp_3m<one_step>{}, 5) == 5);
    CHECK(calls(dpm_solver_pp_3m<>{}, 5) == 3);
}

TEST_CASE("what is named after a program keeps that program's orders") {
    for (const grid& walk : {kl_optimal(edm_path{}, 20), linspace(linear_schedule(), 10)}) {
        const carried points(walk);
        const auto walked = [&](const auto& solver) {
            state x = points.from;
            denoise(x, exact, walk, solver, philox{});
            return x;
        };
        const auto apart = [&](const auto& a, const auto& b) {
            return (walked(a) - walked(b)).abs().maxCoeff();
        };
        CHECK(apart(published_sde_dpm_solver_pp_2m{.eta = 0},
                    dpm_solver_pp_2m{.most_growth = 1000}) < 1e-12);
        CHECK(apart(published_sde_dpm_solver_pp_2m{.eta = 0}, dpm_solver_pp_2m{}) > 1e-2);
        const auto keeps = [&](auto solver) {
            auto most = solver, usual = solver;
            most.most_growth = 1000;
            usual.most_growth = 2;
            CHECK(apart(solver, most) == 0);
            CHECK(apart(solver, usual) > 1e-2);
        };
        keeps(published_dpm_solver_pp_3m{});
        keeps(published_dpm_solver_3m{});
        keeps(published_sde_dpm_solver_pp_3m{.eta = 0});
        keeps(unipc<2>{.variant = unipc_variant::bh1});
        keeps(unipc<3>{.variant = unipc_variant::bh2});
    }
}

TEST_CASE("most_growth has its range") {
    constexpr double nan = std::numeric_limits<double>::quiet_NaN();
    for_each_named_solver([](const auto& entry) {
        auto solver = entry.solver;
        if constexpr (requires { solver.most_growth; }) {
            INFO(entry.name);
            const grid walk = growing(1);
            for (const double bad : {0.5, 1001.0, -1.0, nan}) {
                solver.most_growth = bad;
                CHECK_THROWS_WITH(solver.check(walk), ContainsSubstring("most_growth is "));
            }
            for (const double good : {1.0, 1000.0}) {
                solver.most_growth = good;
                CHECK_NOTHROW(solver.check(walk));
            }
        }
    });
}

namespace {

/// What the network of these tests predicts.
enum class says { data, noise };

/// One number along a walk, for a network that knows the time alone: a step in the form of its
/// prediction adds to what it keeps of the state only what the predictions say.
std::vector<double> states_of(const auto& solver, const grid& walk, says what = says::data) {
    const auto by_time = [](const Eigen::ArrayXd& x, double t, Eigen::ArrayXd& out) {
        out = 0.0 * x + std::cos(t);
    };
    Eigen::ArrayXd x = Eigen::ArrayXd::Constant(1, walk.front().sigma);
    std::vector<double> states{x(0)};
    const auto note = [&](const auto& p) { states.push_back(p.state()(0)); };
    if (what == says::data)
        denoise(x, predicts_data(by_time), walk, solver, philox{.seed = 5}, note);
    else
        denoise(x, predicts_noise(by_time), walk, solver, philox{.seed = 5}, note);
    return states;
}

/// What its step number i adds.
double added(const auto& solver, const grid& walk, std::size_t i, says what = says::data) {
    const auto states = states_of(solver, walk, what);
    const knot &s = walk[i], &t = walk[i + 1];
    const double kept = what == says::data ? t.sigma / s.sigma : t.alpha / s.alpha;
    return states[i + 1] - kept * states[i];
}

/// Eight steps that end above the data.
grid eight_steps() { return uniform_lambda(vp_path{}, 9).until(8); }

/// Without noise, and without a corrector, which mends the state before the step.
auto alone(auto solver) {
    if constexpr (requires { solver.s_noise; }) solver.s_noise = 0.0;
    if constexpr (requires { solver.eta; }) solver.eta = 0.0;
    if constexpr (requires { solver.tau; }) solver.tau = 0.0;
    if constexpr (requires { solver.corrector; }) solver.corrector = false;
    return solver;
}

}  // namespace

TEST_CASE("in the last steps the order falls to the number of steps that are left") {
    const grid walk = eight_steps();
    const auto check = [&](auto high, auto low, says what = says::data) {
        high = alone(high), low = alone(low);
        auto falling = high;
        falling.falling_steps = 2;
        const auto last = [&](const auto& solver, std::size_t i) {
            return added(solver, walk, i, what);
        };
        const auto before = states_of(high, walk, what), now = states_of(falling, walk, what);
        CHECK(std::equal(before.begin(), before.begin() + 7, now.begin()));
        CHECK(last(falling, 6) == Approx(last(low, 6)).epsilon(1e-10));
        CHECK(std::abs(last(falling, 6) - last(high, 6)) > 1e-6);
        CHECK(last(falling, 7) == Approx(last(ddim{}, 7)).epsilon(1e-10));
        falling.falling_steps = 1;
        CHECK(states_of(falling, walk, what)[7] == before[7]);
        CHECK(last(falling, 7) == Approx(last(ddim{}, 7)).epsilon(1e-10));
    };
    check(deis<3>{}, deis<2>{}, says::noise);
    check(deis_in_time<3>{}, deis_in_time<2>{}, says::noise);
    check(lms<4>{}, lms<2>{}, says::noise);
    check(ipndm<4>{}, ipndm<2>{}, says::noise);
    check(dpm_solver_pp_3m<>{}, res_multistep{});
    check(published_dpm_solver_pp_3m{}, dpm_solver_pp_2m{});
    check(published_dpm_solver_3m{}, dpm_solver_2m{}, says::noise);
    check(published_sde_dpm_solver_pp_3m{}, sde_dpm_solver_pp<2>{});
    check(sde_dpm_solver_pp<3>{}, sde_dpm_solver_pp<2>{});
    check(unipc<3>{}, unipc<2>{});
    check(sa_solver<3, 0>{}, sa_solver<2, 0>{});
}

TEST_CASE("ER-SDE's order falls, too") {
    const grid walk = eight_steps();
    const auto last = [&](auto solver, auto first) {
        solver.s_noise = first.s_noise = 0.0;
        solver.falling_steps = 2;
        // One step of the other method from the state that this one has come to.
        auto states = states_of(solver, walk);
        Eigen::ArrayXd x = Eigen::ArrayXd::Constant(1, states[7]);
        const auto by_time =
            predicts_data([](const Eigen::ArrayXd& v, double t, Eigen::ArrayXd& out) {
                out = 0.0 * v + std::cos(t);
            });
        denoise(x, by_time, walk.from(7), first, philox{.seed = 5});
        CHECK(states[8] == Approx(x(0)).epsilon(1e-12));
    };
    last(er_sde<3>{}, er_sde<1>{});
    last(er_sde<2>{}, er_sde<1>{});
}

TEST_CASE("a corrector's order falls with the step that it mends") {
    const grid walk = eight_steps();
    const auto falling = states_of(unipc<3>{.falling_steps = 3}, walk);
    CHECK(falling[6] == states_of(unipc<3>{}, walk)[6]);
    // The last step begins with the state that the corrector of order 2 has made of the one before.
    const double mended = (falling[8] - added(ddim{}, walk, 7)) * walk[7].sigma / walk[8].sigma;
    const auto second = states_of(unipc<2>{.falling_steps = 1}, walk);
    const double of_second = (second[8] - added(ddim{}, walk, 7)) * walk[7].sigma / walk[8].sigma;
    const auto corrected_from = [&](const auto& solver, const std::vector<double>& states) {
        // What the step before began with, mended likewise.
        return (states[7] - added(alone(solver), walk, 6)) * walk[6].sigma / walk[7].sigma;
    };
    const double part = walk[7].sigma / walk[6].sigma;
    CHECK(mended - part * corrected_from(unipc<2>{}, falling) ==
          Approx(of_second - part * corrected_from(unipc<2>{}, second)).epsilon(1e-9));
    const auto sa = states_of(sa_solver<3, 3>{.tau = 0.0, .falling_steps = 3}, walk);
    CHECK(sa[6] == states_of(sa_solver<3, 3>{.tau = 0.0}, walk)[6]);
    CHECK(sa[7] != states_of(sa_solver<3, 3>{.tau = 0.0}, walk)[7]);
    // Its corrector takes three predictions at most, which is what the last one is left.
    CHECK(states_of(sa_solver<1, 3>{.tau = 0.0, .falling_steps = 8}, walk) ==
          states_of(sa_solver<1, 3>{.tau = 0.0}, walk));
}

TEST_CASE("a start in one step begins no step whose order has to fall") {
    const grid walk = uniform_lambda(vp_path{}, 2);
    using one_step = deis<3, multistep_start::one_step>;
    int calls = 0;
    const auto counting = predicts_data([&](const Eigen::ArrayXd& x, double, Eigen::ArrayXd& out) {
        ++calls;
        out = 0.5 * x;
    });
    const auto calls_of = [&](const auto& solver, const grid& on) {
        calls = 0;
        Eigen::ArrayXd x = Eigen::ArrayXd::Constant(1, 1.0);
        denoise(x, counting, on, solver);
        return calls;
    };
    CHECK(calls_of(one_step{}, walk) == 3);
    CHECK(calls_of(one_step{.falling_steps = 1}, walk) == 3);
    CHECK(calls_of(one_step{.falling_steps = 1}, walk.from(1)) == 1);
}

TEST_CASE("falling_steps has its range") {
    for_each_named_solver([](const auto& entry) {
        auto solver = entry.solver;
        if constexpr (requires { solver.falling_steps; }) {
            INFO(entry.name);
            const grid walk = uniform_lambda(vp_path{}, 4);
            CHECK(solver.falling_steps == 0);
            solver.falling_steps = -1;
            CHECK_THROWS_WITH(solver.check(walk),
                              ContainsSubstring("falling_steps is -1; it must not be negative"));
            solver.falling_steps = 1000;
            CHECK_NOTHROW(solver.check(walk));
        }
    });
}
