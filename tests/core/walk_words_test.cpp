// What a solver may ask of its walk, word by word.
#include <fokker/core/walk.hpp>

#include <Eigen/Core>
#include <algorithm>
#include <cmath>
#include <vector>

#include <fokker/model/model.hpp>
#include <fokker/path/continuous.hpp>
#include <fokker/path/grids.hpp>
#include <fokker/run.hpp>

#include "catch.hpp"
#include "support/grids.hpp"

using namespace fokker;
using Catch::Approx;
using Eigen::ArrayXXd;

namespace {

/// A solver whose step is a function, and which calls the network first.
template <int History, class F>
struct asking {
    static constexpr int history = History;
    static constexpr int evaluations = 1;
    static constexpr int stages = 3;
    F ask;
    bool stochastic() const { return true; }
    void step(auto& run) const {
        const auto D = run.data(run.x(), run.interval().first);
        ask(run, D);
    }
};

template <int History = 0, class F>
asking<History, F> asks(F ask) {
    return {ask};
}

/// Its Gaussians are 1 everywhere, so that a state shows their standard deviation.
struct ones {
    static constexpr bool counted = true;
    template <class T>
    void fill(T* out, std::size_t count, noise_position) const {
        std::fill_n(out, count, T(1));
    }
};

const auto twice = [](const ArrayXXd& x, double, ArrayXXd& out) { out = 2 * x; };
const grid one_step{{1, 0.6, 0.8}, {0.5, 0.8, 0.6}};

/// The state after one step from x = 1.
template <class Model, class Solver>
double after_step(Model&& model, const Solver& solver) {
    ArrayXXd x = ArrayXXd::Ones(5, 2);
    run r(x, model, one_step, solver, ones{});
    r.step();
    CHECK(x.isApproxToConstant(x(0)));
    return x(0);
}

}  // namespace

TEST_CASE("past_steps counts from the beginning, a seek or a jump, up to the history") {
    std::vector<int> counted;
    const auto solver = asks<2>([&](auto& run, const auto& D) {
        counted.push_back(run.past_steps());
        CHECK(run.first() == (run.past_steps() == 0));
        run.x() = 1.0 * D;
    });
    ArrayXXd x = ArrayXXd::Ones(3, 1);
    run r(x, predicts_data(twice), fokker_test::uneven_grid(vp_path{}, 5), solver, ones{});
    while (!r.done()) r.step();
    r.seek(3);
    while (!r.done()) r.step();
    CHECK(counted == std::vector<int>{0, 1, 2, 2, 2, 0, 1});
    counted.clear();
    const grid plain = fokker_test::uneven_grid(vp_path{}, 4);
    const grid jumps =
        restarted(plain, {.sigma_min = plain[3].noise_to_signal(), .sigma_max = 2.0, .steps = 2});
    run jumping(x, predicts_data(twice), jumps, solver, ones{});
    while (!jumping.done()) jumping.step();
    CHECK(counted == std::vector<int>{0, 1, 2, 0, 1, 2});
}

TEST_CASE("the norm is the mean over the samples, and the error is that of the worst one") {
    ArrayXXd x(3, 2);
    x << 3, 0, 4, 0, 0, 12;
    double norm = 0, error = 0;
    run r(x, predicts_data(twice), one_step, asks([&](auto& run, const auto&) {
              norm = run.norm(run.x());
              run.stage(0) = 0.5 * run.x();
              run.stage(1) = -2.0 * run.x();
              error = run.error_norm(run.stage(0), run.x(), run.stage(1),
                                     {1.0, 0.25, error_over::worst_sample});
              run.x() = 1.0 * run.x();
          }),
          ones{});
    r.step();
    CHECK(norm == Approx((5.0 + 12.0) / 2));
    // The first sample: errors of 1.5 and 2, where the larger states are 6 and 8.
    CHECK(error == Approx(std::hypot(1.5 / (1 + 0.25 * 6), 2 / (1 + 0.25 * 8)) / std::sqrt(3.0)));
}

TEST_CASE("a Gaussian has the variance that the solver says") {
    const auto std_of = [](const auto& gaussian) {
        return after_step(predicts_data(twice), asks([&](auto& run, const auto&) {
                              run.stage(0) = 3.0 * run.x();
                              run.x() = gaussian(run);
                          }));
    };
    CHECK(std_of([](auto& run) { return -2.0 * run.gaussian(); }) == Approx(-2));
    CHECK(std_of([](auto& run) {
              return 5.0 * run.gaussian_with_variance(1.0, 0.5 * run.stage(0));
          }) == Approx(5 * std::sqrt(1 + 0.5 * 3)));
    CHECK(std_of([](auto& run) {
              return run.gaussian_with_variance(1.0, 0.5 * run.stage(0), {0.1, 2.0});
          }) == Approx(std::sqrt(2.0)));
    CHECK(std_of([](auto& run) {
              return run.gaussian_with_variance(1.0, -0.5 * run.stage(0), {0.1, 2.0});
          }) == Approx(std::sqrt(0.1)));
    CHECK(std_of([](auto& run) {
              return run.gaussian_with_log_variance(1.0, -0.5 * run.stage(0));
          }) == Approx(std::exp(0.5 * (1 - 0.5 * 3))));
}

namespace {

/// Every number is that of its draw.
struct draw_numbers {
    static constexpr bool counted = true;
    template <class T>
    void fill(T* out, std::size_t count, noise_position p) const {
        std::fill_n(out, count, static_cast<T>(p.draw));
    }
};

}  // namespace

TEST_CASE("each Gaussian of a walk is a draw of its own") {
    ArrayXXd x = ArrayXXd::Ones(5, 2);
    std::vector<double> drawn;
    run r(x, predicts_data(twice), fokker_test::uneven_grid(vp_path{}, 2),
          asks([&](auto& run, const auto&) {
              run.stage(0) = 1.0 * run.gaussian();
              run.stage(1) = 1.0 * run.gaussian();
              run.stage(2) = 1.0 * run.gaussian();
              run.x() = 1.0 * run.stage(0) + 1000.0 * run.stage(1) + 1e6 * run.stage(2);
          }),
          draw_numbers{});
    while (!r.done()) {
        r.step();
        drawn.push_back(x(0));
    }
    CHECK(drawn == std::vector<double>{256 + 257e3 + 258e6, 512 + 513e3 + 514e6});
}

TEST_CASE("the noise prediction before bounds is the network's, whatever is done to it") {
    // At x = 1 the network says E = 2, hence D = (1 - 0.8 * 2) / 0.6 = -1.
    const auto variance_of = [](auto&& model, bool read) {
        const double std =
            after_step(model, asks([=](auto& run, const auto& D) {
                           if (read) run.stage(0) = 1.0 * D;
                           const auto E = run.unbounded_epsilon();
                           run.x() = 0.0 * run.x() + run.gaussian_with_variance(
                                                         20.0, 2.0 * (3.0 * run.x() - squared(E)));
                       }));
        return std * std;
    };
    const auto term_of = [](auto&& model, bool read) {
        return after_step(model, asks([=](auto& run, const auto& D) {
                              if (read) run.stage(0) = 1.0 * D;
                              run.x() = 10.0 * D + 1.0 * run.unbounded_epsilon();
                          }));
    };
    const auto check = [&](auto&& model, double D) {
        for (const bool read : {false, true}) {
            CHECK(variance_of(model, read) == Approx(20 + 2 * (3 - 4)));
            CHECK(term_of(model, read) == Approx(10 * D + 2));
        }
    };
    const auto model = predicts_noise(twice);
    const ArrayXXd known = ArrayXXd::Constant(5, 1, 0.25), mask = ArrayXXd::Ones(5, 1);
    check(model, -1);
    check(model.clipped(-0.5, 0.5), -0.5);
    check(model.thresholded(0.5, 1.0), -1);
    check(model.with_known_region(known, mask), 0.25);
    check(model.clipped(-0.5, 0.5).with_known_region(known, mask), 0.25);
    check(model.thresholded().with_known_region(known, mask), 0.25);
}

TEST_CASE("a variance may come from a prediction, which is bounded before") {
    const auto check = [](auto&& model, double D) {
        for (const bool read : {false, true}) {
            const double std =
                after_step(model, asks([=](auto& run, const auto& prediction) {
                               if (read) run.stage(0) = 1.0 * prediction;
                               run.x() = 0.0 * run.x() +
                                         run.gaussian_with_variance(
                                             20.0, 2.0 * (3.0 * run.x() - squared(prediction)));
                           }));
            CHECK(std * std == Approx(20 + 2 * (3 - D * D)));
        }
    };
    const auto model = predicts_noise(twice);
    check(model, -1);
    check(model.clipped(-0.5, 0.5), -0.5);
    check(model.thresholded(0.5, 1.0), -1);
}

TEST_CASE("a new part of a step may call the network again, and its prediction is the one kept") {
    // The first part's D is 2, the second one's, at 3 x, is 6; bounds hold each.
    double first = 0, second = 0;
    const auto predicted = [&](auto&& model) {
        ArrayXXd x = ArrayXXd::Ones(5, 2);
        run r(x, model, one_step, asks([&](auto& run, const auto& D) {
                  run.stage(0) = 1.0 * D;
                  run.stage(1) = 3.0 * run.x();
                  run.begin_part();
                  const auto again = run.data(run.stage(1), run.interval().first);
                  run.stage(2) = 10.0 * run.stage(0) + again;
                  run.x() = run.stage(2);
              }),
              ones{});
        r.step();
        CHECK(r.evaluations() == 2);
        second = r.prediction()(0);
        first = 0.1 * (x(0) - second);
    };
    predicted(predicts_data(twice));
    CHECK(first == Approx(2));
    CHECK(second == Approx(6));
    predicted(predicts_data(twice).clipped(-2.5, 2.5));
    CHECK(first == Approx(2));
    CHECK(second == Approx(2.5));
}
