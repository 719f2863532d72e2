#include <fokker/fitting/solver_fit.hpp>

#include <Eigen/Core>
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <stdexcept>
#include <vector>

#include <fokker/error.hpp>
#include <fokker/fitting/fit_error.hpp>
#include <fokker/model/guidance.hpp>
#include <fokker/model/model.hpp>
#include <fokker/noise/philox.hpp>
#include <fokker/path/continuous.hpp>
#include <fokker/path/discrete_schedule.hpp>
#include <fokker/path/grids.hpp>
#include <fokker/path/schedules/rescale.hpp>
#include <fokker/sample.hpp>
#include <fokker/solver/ddim.hpp>
#include <fokker/solver/ddpm.hpp>
#include <fokker/solver/dormand_prince.hpp>
#include <fokker/solver/unipc.hpp>

#include "catch.hpp"
#include "support/mixture.hpp"

using namespace fokker;
using Catch::Matchers::ContainsSubstring;
using Eigen::MatrixXd;

namespace {

auto noise_of(const fokker_test::mixture& m) {
    return predicts_noise([&m](const MatrixXd& x, const knot& k, MatrixXd& out) {
        out = (x.array() - k.alpha * x.array().unaryExpr([&](double v) { return m.data(v, k); })) /
              k.sigma;
    });
}

const fokker_test::mixture two_humps;

/// A correction, and the gradient of a classifier, that counts its calls.
struct remembers {
    int calls = 0;
    void operator()(const MatrixXd&, const knot&, MatrixXd& D) {
        D.setZero();
        ++calls;
    }
    template <class Archive>
    void memory(Archive& archive) {
        archive(calls);
    }
};

grid few(int steps) { return uniform_lambda(vp_path{}, steps); }

/// Walks to fit to, of the two humps.
template <class Model>
auto walks(MatrixXd& x, Model& model) {
    solver_fit fit(x, model, few(200));
    fit.add(philox{.seed = 1});
    fit.add(philox{.seed = 2});
    return fit;
}

}  // namespace

TEST_CASE("On a Gaussian of one variance one fitted step is the exact map of the flow") {
    const double s = 0.6, m = 0.4;
    const fokker_test::mixture gaussian{{1.0, 0.0}, {m, 0.0}, {s, 1.0}};
    const auto model = noise_of(gaussian);
    MatrixXd x(3, 40);
    const grid one = uniform_lambda(vp_path{}, 1, grid_end::least_noise);
    solver_fit fit(x, model, one);
    dormand_prince exactly;
    exactly.control.tolerated.relative = 1e-13;
    exactly.control.tolerated.absolute = 1e-13;
    fit.add(philox{.seed = 3}, exactly);
    const fitted_walk found = fit.on(one);
    CHECK(found.unfitted.held_out > 0.1);
    CHECK(found.error.held_out < 1e-10);
    // And on samples that no one saw.
    MatrixXd fresh(3, 5);
    sample(fresh, model, found.grid, found.solver, philox{.seed = 4});
    MatrixXd start(3, 5);
    run begin(start, model, one, ddim{}, philox{.seed = 4});
    begin.start_from_prior();
    const auto spread = [&](const knot& k) { return std::hypot(k.alpha * s, k.sigma); };
    const knot &from = one.front(), &to = one.back();
    const MatrixXd exact =
        ((start.array() - from.alpha * m) * (spread(to) / spread(from)) + to.alpha * m).matrix();
    CHECK((fresh - exact).cwiseAbs().maxCoeff() < 1e-10);
}

TEST_CASE("A fit ends nearer to the flow than known solvers, and knows how near") {
    const auto model = noise_of(two_humps);
    MatrixXd x(4, 64);
    auto fit = walks(x, model);
    for (const int steps : {3, 5}) {
        const double best = std::min(fit.error_of(few(steps), ddim{}).held_out,
                                     fit.error_of(few(steps), unipc<2>{}).held_out);
        const fitted_walk weights = fit.on(few(steps));
        const fitted_walk both = fit.on(few(steps), {.move_knots = true});
        CHECK(weights.error.held_out < 0.7 * best);
        CHECK(both.error.held_out < weights.error.held_out);
        CHECK(weights.error.held_out <= weights.unfitted.held_out);
        // What it says of itself is what a run of it does.
        for (const fitted_walk& each : {weights, both}) {
            const fit_error its = fit.error_of(each.grid, each.solver);
            CHECK(std::abs(its.held_out - each.error.held_out) < 1e-12);
            CHECK(std::abs(its.fitted - each.error.fitted) < 1e-12);
            CHECK(each.error.standard_error > 0);
        }
        CHECK(std::equal(weights.grid.begin(), weights.grid.end(), few(steps).begin()));
        CHECK(both.grid.front() == weights.grid.front());
        CHECK(both.grid.back() == weights.grid.back());
        CHECK(both.grid.has_path());
    }
}

TEST_CASE("Knots move no further than the fine grid goes") {
    // Almost all of the flow happens at the noisy end of so wide a path, and beyond its clean end a
    // path like this extrapolates.
    const edm_path path{0.002, 20};
    const auto model = noise_of(two_humps);
    MatrixXd x(4, 64);
    solver_fit fit(x, model, karras(path, 100));
    fit.add(philox{.seed = 1});
    const fitted_walk found = fit.on(karras(path, 4), {.move_knots = true});
    CHECK(found.error.held_out < 0.5 * fit.error_of(karras(path, 4), unipc<2>{}).held_out);
    for (const knot& k : found.grid) CHECK((k.sigma == 0 || k.sigma >= 0.002 * (1 - 1e-9)));
    CHECK_NOTHROW(found.solver.grid_on(path));
}

TEST_CASE("Knots that begin beyond the fine grid's last level are fitted, too") {
    const auto model = noise_of(two_humps);
    const auto schedule = linear_schedule(1000);
    MatrixXd x(4, 64);
    // Of the six knots two are nearer to the data than the last but one of the fine grid.
    solver_fit fit(x, model, trailing(schedule, 20));
    fit.add(philox{.seed = 1});
    const fitted_walk found = fit.on(karras(schedule, 6), {.move_knots = true, .rounds = 4});
    CHECK(found.error.held_out < 0.2 * found.unfitted.held_out);
    const auto snr = zero_terminal_snr(schedule);
    const auto velocity = predicts_velocity([](const MatrixXd& v, const knot& k, MatrixXd& out) {
        out = v.unaryExpr([&](double u) {
            const double D = two_humps.data(u, k);
            return k.alpha * (u - k.alpha * D) / k.sigma - k.sigma * D;
        });
    });
    // Between the ends of one step there is no level at all.
    solver_fit rough(x, velocity, trailing(snr, 1));
    rough.add(philox{.seed = 1});
    const fitted_walk two = rough.on(trailing(snr, 3), {.move_knots = true});
    CHECK(two.error.held_out < 0.1 * two.unfitted.held_out);
}

TEST_CASE("Knots that would change places cost the weights nothing") {
    const auto model = noise_of(two_humps);
    MatrixXd x(4, 16);
    solver_fit fit(x, model, few(60));
    fit.add(philox{.seed = 1});
    const fitted_walk many = fit.on(few(30), {.move_knots = true, .rounds = 2});
    CHECK(many.error.held_out < 0.5 * many.unfitted.held_out);
    // A network for which the weights alone follow the flow.
    auto same = predicts_data(
        [](const MatrixXd& v, double, MatrixXd& D) { D = v.array().tanh().matrix(); });
    MatrixXd y(2, 64);
    solver_fit simple(y, same, few(50));
    simple.add(philox{.seed = 1});
    const fit_error weights = simple.on(few(4)).error;
    CHECK(simple.on(few(4), {.move_knots = true}).error.fitted < 2 * weights.fitted);
}

TEST_CASE("Knots find a minimum by the first way where the second ends in a bad one") {
    const edm_path path{0.002, 20};
    // Of data that are normal around -1 and 1, exactly.
    const auto model = predicts_data([](const MatrixXd& v, double sigma, MatrixXd& D) {
        const double own = 0.09, all = own + sigma * sigma;
        D = v.unaryExpr(
            [&](double u) { return (own * u + sigma * sigma * std::tanh(u / all)) / all; });
    });
    MatrixXd x(2, 64);
    solver_fit fit(x, model, karras(path, 100));
    fit.add(philox{.seed = 1});
    fit.add(philox{.seed = 2});
    std::vector<int> rounds;
    const grid two = karras(path, 2);
    const fit_error weights = fit.on(two).error;
    const fitted_walk found =
        fit.on(two, {.move_knots = true, .rounds = 9, .progress = [&](const fit_progress& p) {
                         rounds.push_back(p.round);
                         CHECK(p.rounds == 18);
                     }});
    CHECK(found.error.held_out < 0.3 * weights.held_out);
    CHECK(std::is_sorted(rounds.begin(), rounds.end()));
    CHECK(std::count(rounds.begin(), rounds.end(), 9) > 0);
}

TEST_CASE("A prediction that is almost nothing has a weight like any other") {
    // In floats its reciprocal is no number.
    const auto model =
        predicts_data([](const Eigen::MatrixXf& x, const knot& k, Eigen::MatrixXf& D) {
            D = k.sigma > 15 ? Eigen::MatrixXf(x * 1e-43f)
                             : Eigen::MatrixXf(x.unaryExpr([&](float v) {
                                   return static_cast<float>(two_humps.data(v, k));
                               }));
        });
    const edm_path path{0.002, 20};
    Eigen::MatrixXf x(4, 64);
    solver_fit fit(x, model, karras(path, 100));
    fit.add(philox{.seed = 1});
    const fitted_walk found = fit.on(karras(path, 6));
    CHECK(found.error.held_out < 0.5 * found.unfitted.held_out);
}

TEST_CASE("The samples that are held out are not fitted") {
    const auto model = noise_of(two_humps);
    MatrixXd x(4, 64);
    auto fit = walks(x, model);
    const fitted_walk usual = fit.on(few(3));
    CHECK(usual.error.held_out < 1.3 * usual.error.fitted);
    // The samples that are held out are of another law: the others are fitted as well as without.
    const fokker_test::mixture elsewhere{{0.4, 0.6}, {-2.7, 2.8}, {0.35, 0.5}};
    std::size_t batch = 0;
    const auto spoilt = predicts_noise([&](const MatrixXd& v, const knot& k, MatrixXd& out) {
        for (Eigen::Index i = 0; i < v.cols(); ++i)
            for (Eigen::Index j = 0; j < v.rows(); ++j) {
                const bool held = detail::is_held_out(batch * 64 + static_cast<std::size_t>(i));
                const auto& law = held ? elsewhere : two_humps;
                out(j, i) = (v(j, i) - k.alpha * law.data(v(j, i), k)) / k.sigma;
            }
    });
    solver_fit with_others(x, spoilt, few(200));
    with_others.begin_batch = [&](std::size_t b) { batch = b; };
    with_others.add(philox{.seed = 1});
    with_others.add(philox{.seed = 2});
    const fitted_walk found = with_others.on(few(3));
    CHECK(found.error.held_out > 3 * found.error.fitted);
}

TEST_CASE("A fit is the same for the same noise, and tells how far it is") {
    const auto model = noise_of(two_humps);
    MatrixXd x(4, 64);
    auto fit = walks(x, model);
    std::vector<int> rounds;
    std::int64_t calls = 0;
    const fitted_walk a = fit.on(few(4), {.rounds = 3, .progress = [&](const fit_progress& now) {
                                              rounds.push_back(now.round);
                                              CHECK(now.rounds == 3);
                                              CHECK(now.calls > calls);
                                              calls = now.calls;
                                          }});
    CHECK(rounds.front() == 0);
    CHECK(rounds.back() == a.rounds);
    CHECK(a.calls == calls);
    const fitted_walk b = fit.on(few(4), {.rounds = 3});
    CHECK(a.solver.steps == b.solver.steps);
    CHECK(fit.on(few(4), {.predictions = 1}).solver.steps.back().predictions == 1);
    CHECK(fit.on(few(4), {.rounds = 0}).error.held_out == a.unfitted.held_out);
    CHECK(a.solver.prediction == "noise prediction");
    CHECK(a.solver.elements == 4);
}

TEST_CASE("A batch gets its conditions before the network is called for it") {
    std::size_t now = 99;
    std::vector<std::size_t> seen;
    const auto model = predicts_noise([&](const MatrixXd& x, const knot& k, MatrixXd& out) {
        seen.push_back(now);
        out = x * k.sigma;
    });
    MatrixXd x(2, 8);
    solver_fit fit(x, model, few(10));
    fit.begin_batch = [&](std::size_t batch) { now = batch; };
    fit.add(philox{.seed = 1});
    fit.add(philox{.seed = 2});
    CHECK(std::count(seen.begin(), seen.end(), 0) == 10);
    CHECK(std::count(seen.begin(), seen.end(), 1) == 10);
    seen.clear();
    fit.on(few(2), {.rounds = 2});
    CHECK(std::count(seen.begin(), seen.end(), 0) == std::count(seen.begin(), seen.end(), 1));
    CHECK(std::count(seen.begin(), seen.end(), 0) > 4);
}

TEST_CASE("Conditions that come or go after the first batch are refused") {
    const auto model = noise_of(two_humps);
    MatrixXd x(2, 8);
    solver_fit late(x, model, few(10));
    late.add(philox{.seed = 1});
    late.begin_batch = [](std::size_t) {};
    const char* const comes = "begin_batch is set now, and was empty at the first add";
    CHECK_THROWS_WITH(late.add(philox{.seed = 2}), ContainsSubstring(comes));
    CHECK_THROWS_WITH(late.on(few(2)), ContainsSubstring(comes));
    CHECK_THROWS_WITH(late.error_of(few(2), ddim{}), ContainsSubstring(comes));
    late.begin_batch = nullptr;
    CHECK_NOTHROW(late.on(few(2), {.rounds = 1}));
    solver_fit gone(x, model, few(10));
    gone.begin_batch = [](std::size_t) {};
    gone.add(philox{.seed = 1});
    gone.begin_batch = nullptr;
    CHECK_THROWS_WITH(gone.on(few(2)),
                      ContainsSubstring("begin_batch is empty now, and was set at the first add"));
}

TEST_CASE("Batches may be one sample each") {
    const auto model = noise_of(two_humps);
    MatrixXd x(4, 64), one(4, 1);
    solver_fit together(x, model, few(100)), single(one, model, few(100));
    together.add(philox{.seed = 5});
    for (std::uint64_t i = 0; i < 64; ++i) single.add(philox{.seed = 5, .first_sample = i});
    const fitted_walk a = together.on(few(3)), b = single.on(few(3));
    // A difference is as large as a part of its batch.
    CHECK(std::abs(a.error.held_out - b.error.held_out) < 1e-2 * a.error.held_out);
    CHECK(std::abs(a.unfitted.held_out - b.unfitted.held_out) < 1e-12);
}

TEST_CASE("A walk from pure noise to clean data is fitted, too, in floats") {
    const auto schedule = zero_terminal_snr(linear_schedule(1000));
    const auto model =
        predicts_velocity([](const Eigen::MatrixXf& x, const knot& k, Eigen::MatrixXf& out) {
            for (Eigen::Index i = 0; i < x.size(); ++i) {
                const double v = x(i), D = two_humps.data(v, k);
                const double eps = (v - k.alpha * D) / k.sigma;
                out(i) = static_cast<float>(k.alpha * eps - k.sigma * D);
            }
        });
    Eigen::MatrixXf x(4, 64);
    solver_fit fit(x, model, trailing(schedule, 100));
    fit.add(philox{.seed = 1});
    const grid walk = trailing(schedule, 4);
    REQUIRE(walk.front().alpha == 0);
    REQUIRE(walk.back().sigma == 0);
    const fitted_walk found = fit.on(walk, {.move_knots = true});
    CHECK(found.error.held_out < 0.6 * fit.error_of(walk, unipc<2>{}).held_out);
    CHECK(std::abs(fit.error_of(found.grid, found.solver).held_out - found.error.held_out) < 1e-5);
}

TEST_CASE("A fit begins with the steps of DDIM") {
    const auto model = noise_of(two_humps);
    MatrixXd x(4, 64);
    auto fit = walks(x, model);
    const fit_error first = fit.on(few(3), {.predictions = 1, .rounds = 0}).error;
    const fit_error its = fit.error_of(few(3), ddim{});
    CHECK(std::abs(first.held_out - its.held_out) < 1e-12);
    CHECK(std::abs(first.fitted - its.fitted) < 1e-12);
    CHECK(std::abs(first.standard_error - its.standard_error) < 1e-12);
}

TEST_CASE("A network that fails leaves the fit as it was") {
    std::int64_t calls_left = 1000000;
    const auto model = predicts_noise([&](const MatrixXd& x, const knot& k, MatrixXd& out) {
        if (calls_left-- == 0) throw std::runtime_error("no memory on the device");
        out = (x.array() -
               k.alpha * x.array().unaryExpr([&](double v) { return two_humps.data(v, k); })) /
              k.sigma;
    });
    MatrixXd x(4, 64);
    solver_fit fit(x, model, few(50));
    fit.add(philox{.seed = 1});
    const fitted_walk before = fit.on(few(3), {.rounds = 2});
    calls_left = 20;
    CHECK_THROWS_WITH(fit.add(philox{.seed = 2}), ContainsSubstring("on the device"));
    CHECK(fit.batches() == 1);
    calls_left = 20;
    CHECK_THROWS_WITH(fit.on(few(3)), ContainsSubstring("on the device"));
    calls_left = 1000000;
    const fitted_walk after = fit.on(few(3), {.rounds = 2});
    CHECK(after.solver.steps == before.solver.steps);
    CHECK(after.calls == before.calls);
}

TEST_CASE("A fit refuses numbers that are not finite on the few knots, and an x of another shape") {
    bool broken = false;
    const auto model = predicts_noise([&](const MatrixXd& x, const knot& k, MatrixXd& out) {
        out = (x.array() -
               k.alpha * x.array().unaryExpr([&](double v) { return two_humps.data(v, k); })) /
              k.sigma;
        if (broken) out(1, 2) = std::numeric_limits<double>::quiet_NaN();
    });
    MatrixXd x(4, 8);
    solver_fit fit(x, model, few(50));
    fit.add(philox{.seed = 1});
    broken = true;
    CHECK_THROWS_WITH(fit.on(few(3)), ContainsSubstring("not finite"));
    CHECK_THROWS_WITH(fit.add(philox{.seed = 2}), ContainsSubstring("not finite"));
    CHECK(fit.batches() == 1);
    broken = false;
    CHECK_NOTHROW(fit.on(few(3), {.rounds = 1}));
    const auto break_it = [&](const fit_progress&) { broken = true; };
    CHECK_THROWS_WITH(fit.on(few(3), {.progress = break_it}),
                      ContainsSubstring("are changed a little"));
    broken = false;
    x.resize(4, 2);
    CHECK_THROWS_WITH(fit.on(few(3)), ContainsSubstring("give solver_fit an x of its own"));
    CHECK_THROWS_WITH(fit.error_of(few(3), ddim{}), ContainsSubstring("has 2 of 4 now"));
    CHECK_THROWS_WITH(fit.add(philox{.seed = 2}), ContainsSubstring("had 8 samples of 4 elements"));
}

TEST_CASE("A fit does not end in silence where only a derivative is not finite") {
    // 50 calls of the fine walk, three of each of the two first tables, three of the walk whose
    // derivatives are taken.
    int calls_left = 50 + 2 * 3 + 3;
    const auto model = predicts_noise([&](const MatrixXd& x, const knot& k, MatrixXd& out) {
        out = x * k.sigma;
        if (calls_left-- == 0) out(1, 2) = std::numeric_limits<double>::quiet_NaN();
    });
    MatrixXd x(4, 8);
    solver_fit fit(x, model, few(50));
    fit.add(philox{.seed = 1});
    CHECK_THROWS_WITH(fit.on(few(3)), ContainsSubstring("weights or knots are changed a little"));
    CHECK_NOTHROW(fit.on(few(3), {.rounds = 1}));
}

TEST_CASE("A fit refuses what it cannot fit to") {
    const auto model = noise_of(two_humps);
    MatrixXd x(4, 8), three(4, 3);
    CHECK_THROWS_WITH(solver_fit(x, model, few(10).reversed()),
                      ContainsSubstring("must go from noise to data"));
    solver_fit small(three, model, few(10));
    small.add(philox{.seed = 1});
    small.add(philox{.seed = 2});
    CHECK_THROWS_WITH(small.on(few(3)), ContainsSubstring("has 6 of the 8 samples"));
    small.add(philox{.seed = 3});
    CHECK_NOTHROW(small.on(few(3), {.rounds = 0}));
    MatrixXd none(4, 0);
    CHECK_THROWS_WITH(solver_fit(none, model, few(10)),
                      ContainsSubstring("x of solver_fit is empty"));
    solver_fit fit(x, model, few(10));
    CHECK_THROWS_WITH(fit.on(few(3)), ContainsSubstring("no walks to fit to"));
    CHECK_THROWS_WITH(fit.error_of(few(3), ddim{}), ContainsSubstring("no walks to fit to"));
    CHECK_THROWS_WITH(fit.add(philox{}, ddpm{}), ContainsSubstring("draws noise"));
    fit.add(philox{.seed = 1});
    CHECK_THROWS_WITH(fit.add(philox{.seed = 1}),
                      ContainsSubstring("has the noise of this batch already, in batch 0"));
    CHECK(fit.batches() == 1);
    CHECK_THROWS_WITH(fit.on(few(3).reversed()), ContainsSubstring("from noise to data"));
    CHECK_THROWS_WITH(fit.on(uniform_lambda(vp_path{}, 3, grid_end::least_noise)),
                      ContainsSubstring("give both the same ends"));
    CHECK_THROWS_WITH(fit.on(few(3), {.predictions = 5}), ContainsSubstring("1 .. 4"));
    CHECK_THROWS_WITH(fit.on(few(3), {.predictions = 0}), ContainsSubstring("1 .. 4"));
    CHECK_THROWS_WITH(fit.on(few(3), {.rounds = -1}), ContainsSubstring("rounds is -1"));
    const grid three_steps = few(3);
    const grid by_hand(std::vector<knot>(three_steps.begin(), three_steps.end()));
    CHECK_NOTHROW(fit.on(by_hand, {.rounds = 0}));
    CHECK_THROWS_WITH(fit.on(by_hand, {.move_knots = true}), ContainsSubstring("made by hand"));

    const auto broken = predicts_noise([](const MatrixXd& v, double, MatrixXd& out) {
        out = v * std::numeric_limits<double>::infinity();
    });
    solver_fit infinite(x, broken, few(10));
    CHECK_THROWS_WITH(infinite.add(philox{}), ContainsSubstring("not finite"));
    CHECK(infinite.batches() == 0);

    const auto plain = [](const MatrixXd& v, double, MatrixXd& out) { out = 0.5 * v; };
    auto keeps =
        predicts_noise(guided(plain, plain, {.scale = 2, .projection = {.momentum = -0.5}}));
    solver_fit remembering(x, keeps, few(10));
    CHECK_THROWS_WITH(remembering.add(philox{}), ContainsSubstring("leave the momentum out"));
    auto corrected = noise_of(two_humps).with_correction(remembers{});
    solver_fit correcting(x, corrected, few(10));
    CHECK_THROWS_WITH(correcting.add(philox{}), ContainsSubstring("keeps something"));
    auto classified = noise_of(two_humps).guided_by(remembers{}, 1.0);
    solver_fit classifying(x, classified, few(10));
    CHECK_THROWS_WITH(classifying.add(philox{}), ContainsSubstring("keeps something"));
    auto forgets = predicts_noise(guided(plain, plain, 2.0));
    solver_fit guided_fit(x, forgets, few(10));
    guided_fit.add(philox{});
    CHECK_NOTHROW(guided_fit.on(few(2), {.rounds = 1}));
}
