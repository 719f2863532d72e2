// What every solver of the list must hold.
#include <Eigen/Core>
#include <cmath>
#include <limits>
#include <type_traits>
#include <vector>

#include <fokker/model/guidance.hpp>
#include <fokker/noise/philox.hpp>
#include <fokker/path/continuous.hpp>
#include <fokker/path/discrete_schedule.hpp>
#include <fokker/path/grids.hpp>
#include <fokker/run.hpp>
#include <fokker/sample.hpp>

#include "catch.hpp"
#include "support/allocations.hpp"
#include "support/grids.hpp"
#include "support/mixture.hpp"
#include "support/solvers.hpp"

using Catch::Matchers::ContainsSubstring;
using namespace fokker_test;

namespace {

double slope(const std::vector<double>& x, const std::vector<double>& y) {
    double sx = 0, sy = 0, sxx = 0, sxy = 0;
    const auto n = static_cast<double>(x.size());
    for (std::size_t i = 0; i < x.size(); ++i) {
        sx += x[i];
        sy += y[i];
        sxx += x[i] * x[i];
        sxy += x[i] * y[i];
    }
    return (n * sxy - sx * sy) / (n * sxx - sx * sx);
}

template <class Path, class Solver>
double measured_order(const Path& path, const Solver& solver) {
    const mixture m;
    const exact_network<> network{m};
    std::vector<double> log_steps, log_errors;
    for (int steps : {64, 96, 128, 192, 256}) {
        const fokker::grid grid = uneven_grid(path, steps);
        Eigen::ArrayXd x = Eigen::ArrayXd::LinSpaced(9, -2.0, 2.0), exact(9);
        for (Eigen::Index i = 0; i < 9; ++i)
            exact[i] = exact_flow(m, x[i], grid.front(), grid.back());
        fokker::denoise(x, fokker::predicts_noise(network), grid, solver);
        log_steps.push_back(std::log(steps));
        log_errors.push_back(std::log((x - exact).matrix().norm()));
    }
    return -slope(log_steps, log_errors);
}

}  // namespace

TEST_CASE("every ODE solver has its order on the exact mixture, on every path") {
    for_each_solver([](const auto& entry) {
        if (entry.order == 0.0) return;
        INFO(entry.name);
        CHECK(std::abs(measured_order(fokker::vp_path{}, entry.solver) - entry.order) < 0.1);
        CHECK(std::abs(measured_order(fokker::edm_path{}, entry.solver) - entry.order) < 0.1);
        CHECK(std::abs(measured_order(fokker::flow_path{}, entry.solver) - entry.order) < 0.1);
        CHECK(std::abs(measured_order(fokker::ve_path{}, entry.solver) - entry.order) < 0.1);
    });
}

/// Arrays that a run makes: an output for each evaluation and each step that is looked back on, and
/// the stages.
template <class Solver>
std::size_t buffers_of(const Solver&) {
    const int predictions = Solver::history + Solver::evaluations;
    return static_cast<std::size_t>(predictions) + fokker::detail::stages_of<Solver>();
}

TEST_CASE("a run allocates its buffers, and its steps nothing") {
    const auto network = [](const Eigen::ArrayXf& x, double, Eigen::ArrayXf& out) {
        out = 0.5f * x;
    };
    const auto grid = fokker::trailing(fokker::linear_schedule(), 12);
    for_each_solver([&](const auto& entry) {
        INFO(entry.name);
        Eigen::ArrayXf x(1000);
        const std::size_t buffers = buffers_of(entry.solver);
        auto mine = grid;  // the grid and the moments are the user's; they are moved in
        auto solver = entry.solver;
        const std::size_t at_first = allocations();
        fokker::run run(x, network, std::move(mine), std::move(solver), fokker::philox{.seed = 3});
        CHECK(allocations() == at_first + buffers);
        run.start_from_prior();
        const std::size_t before = allocations();
        while (!run.done()) run.step();
        run.seek(0);
        while (!run.done()) run.step();
        CHECK(allocations() == before);
    });
    // Guidance, EDM's input scaling, clipping and observers: after the first step, nothing either.
    Eigen::ArrayXXf x(100, 3);
    const auto same = [](const auto& in, double, auto& out) { out = in; };
    fokker::run run(
        x, fokker::edm_preconditioned(fokker::guided(same, same, 2.0)).clipped(-1, 1),
        fokker::karras(fokker::edm_path{}, 5), fokker::heun{.s_churn = 3}, fokker::philox{},
        [](fokker::progress) {}, fokker::check_finite{});
    run.start_from_prior();
    run.step();
    const std::size_t after_first = allocations();
    while (!run.done()) run.step();
    CHECK(allocations() == after_first);

    const std::size_t before = allocations();
    Eigen::ArrayXf counted(100);
    CHECK(allocations() == before + 1);  // the counter does count
}

TEST_CASE("fixed-size arrays never touch the heap") {
    using fixed = Eigen::Array<float, 16, 7>;
    const auto network = [](const fixed& x, double, fixed& out) { out = 0.5f * x; };
    auto grid = fokker::trailing(fokker::linear_schedule(), 5);
    for_each_solver([&](auto entry) {
        INFO(entry.name);
        fixed x;
        auto mine = grid;  // the grid and the moments are the user's; they are moved in
        const std::size_t before = allocations();
        fokker::sample(x, network, std::move(mine), std::move(entry.solver),
                       fokker::philox{.seed = 3});
        CHECK(allocations() == before);
        CHECK(x.isFinite().all());
    });
}

namespace {

/// The same walk with stored halves and with floats; the noise is the same, as it is made in float.
template <class T>
void check_reduced(double tolerance) {
    const auto network = [](const auto& x, double, auto& out) {
        using number = typename std::remove_cvref_t<decltype(out)>::Scalar;
        out = number(0.5f) * x;
    };
    const auto grid = fokker::trailing(fokker::linear_schedule(), 6);
    for_each_solver([&](const auto& entry) {
        INFO(entry.name);
        Eigen::ArrayXX<T> x(33, 5);
        Eigen::ArrayXXf y(33, 5);
        const auto report =
            fokker::sample(x, network, grid, entry.solver, fokker::philox{.seed = 3});
        fokker::sample(y, network, grid, entry.solver, fokker::philox{.seed = 3});
        CHECK(report.steps == 6);
        CHECK((x.template cast<float>() - y).abs().maxCoeff() <
              static_cast<float>(tolerance) * y.abs().maxCoeff());
    });
}

}  // namespace

TEST_CASE("states of 16 bits follow float") {
    check_reduced<Eigen::half>(0.01);
    check_reduced<Eigen::bfloat16>(0.08);
}

TEST_CASE("float follows double") {
    const exact_network<> network;
    for_each_solver([&](const auto& entry) {
        if (is_stochastic(entry.solver)) return;
        INFO(entry.name);
        Eigen::ArrayXd x = Eigen::ArrayXd::LinSpaced(37, -2.0, 2.0);
        Eigen::ArrayXf y = x.cast<float>();
        const auto grid = uneven_grid(fokker::vp_path{}, 20);
        fokker::denoise(x, network, grid, entry.solver);
        fokker::denoise(y, network, grid, entry.solver);
        CHECK((x - y.cast<double>()).abs().maxCoeff() < 2e-6 * x.abs().maxCoeff());
    });
}

TEST_CASE("evaluations are those that the docstring promises") {
    for_each_solver([](const auto& entry) {
        INFO(entry.name);
        const exact_network<> network;
        int calls = 0;
        const auto counted = [&](const Eigen::ArrayXd& x, const fokker::knot& k,
                                 Eigen::ArrayXd& out) {
            ++calls;
            network(x, k, out);
        };
        Eigen::ArrayXd x = Eigen::ArrayXd::LinSpaced(5, -1.0, 1.0);
        const auto grid = fokker::trailing(fokker::linear_schedule(), 10);
        const auto done = fokker::denoise(x, counted, grid, entry.solver, fokker::philox{});
        // The last step, to sigma = 0, takes one evaluation whatever the solver.
        CHECK(done.evaluations == 9 * std::remove_cvref_t<decltype(entry.solver)>::evaluations + 1);
        CHECK(done.evaluations == calls);
        CHECK(done.steps == 10);
        CHECK_FALSE(done.stopped);
    });
}

TEST_CASE("one step, the end at sigma = 0 and the start at alpha = 0 give finite numbers") {
    const exact_network<fokker::flow_prediction> flow;
    for_each_solver([&](const auto& entry) {
        INFO(entry.name);
        for (int steps = 1; steps < 60; ++steps) {
            Eigen::ArrayXd x(6);
            fokker::sample(x, fokker::predicts_noise(exact_network<>{}),
                           fokker::trailing(fokker::linear_schedule(), steps), entry.solver,
                           fokker::philox{.seed = 1});
            CHECK(x.isFinite().all());
            const auto from_nothing = [&](auto solver) {
                fokker::sample(x, fokker::predicts_flow(flow),
                               fokker::linspace(fokker::flow_path{}, steps), solver,
                               fokker::philox{.seed = 1});
            };
            if constexpr (requires { entry.solver.variance.data_radius; }) {
                CHECK_THROWS_WITH(from_nothing(entry.solver), ContainsSubstring("data_radius"));
                auto bounded = entry.solver;
                bounded.variance.data_radius = 3.0;
                from_nothing(bounded);
            } else {
                from_nothing(entry.solver);
            }
            CHECK(x.isFinite().all());
        }
    });
}

TEST_CASE("stochastic samplers reproduce the mixture's moments") {
    // 40,000 samples: the bounds are 5 standard errors of the mean and of the variance, and the
    // discretisation's own error, which falls as 1 / steps.
    const mixture m;
    const int samples = 40000, steps = 400;
    const double variance = m.central_moment(2), fourth = m.central_moment(4);
    const double mean_bound = 5 * std::sqrt(variance / samples);
    const double variance_bound = 5 * std::sqrt((fourth - variance * variance) / samples);
    const double bias = 2.0 / steps;
    for_each_solver([&](const auto& entry) {
        if (!is_stochastic(entry.solver) || !entry.keeps_marginals) return;
        INFO(entry.name);
        Eigen::ArrayXd x(samples);
        fokker::sample(x, exact_network<>{m}, fokker::uniform_lambda(fokker::vp_path{}, steps),
                       entry.solver, fokker::philox{.seed = 11});
        const double mean = x.mean(), spread = (x - mean).square().mean();
        CHECK(std::abs(mean - m.first_moment()) < mean_bound + bias);
        CHECK(std::abs(spread - variance) < variance_bound + bias);
    });
}
