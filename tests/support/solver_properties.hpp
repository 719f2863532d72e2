/// What every solver must hold, for one part of the list of solvers.hpp: each part is a file of its
/// own, so that they are compiled side by side.
#pragma once

#include <cmath>
#include <limits>
#include <type_traits>
#include <vector>

#include <Eigen/Core>

#include <fokker/fokker.hpp>

#include "../catch.hpp"
#include "allocations.hpp"
#include "grids.hpp"
#include "mixture.hpp"
#include "solvers.hpp"

namespace fokker_test {

/// The exact noise prediction, in a type that all tests share.
template <class T>
any_network<T> exact_noise(const mixture& m = {}) {
    return [network = exact_network<>{m}](const auto& x, const fokker::knot& k, auto& out) {
        network(x, k, out);
    };
}

inline double slope(const std::vector<double>& x, const std::vector<double>& y) {
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

/// Where the probability-flow ODE carries nine points along an uneven grid of this path.
template <class Path>
Eigen::ArrayXXd carried(const Path& path, Eigen::ArrayXXd x) {
    const fokker::grid ends = uneven_grid(path, 1);
    for (Eigen::Index i = 0; i < x.size(); ++i)
        x(i) = exact_flow(mixture{}, x(i), ends.front(), ends.back());
    return x;
}

/// The slope of the error against the number of steps, on an uneven grid; higher orders on finer
/// ones, where what is left of the next power is small.
template <class Path, class Solver>
double measured_order(const Path& path, const Solver& solver, double expected) {
    const any_network<double> network = exact_noise<double>();
    const Eigen::ArrayXXd start = Eigen::ArrayXd::LinSpaced(9, -2.0, 2.0);
    static const Eigen::ArrayXXd exact = carried(path, start);
    const int finer = expected > 2.5 ? 2 : 1;
    std::vector<double> log_steps, log_errors;
    for (int steps : {64, 96, 128, 192, 256}) {
        Eigen::ArrayXXd x = start;
        fokker::denoise(x, network, uneven_grid(path, finer * steps), solver);
        log_steps.push_back(std::log(finer * steps));
        log_errors.push_back(std::log((x - exact).matrix().norm()));
    }
    return -slope(log_steps, log_errors);
}

void check_orders(const auto& for_each) {
    for_each([](const auto& entry) {
        if (entry.order == 0.0) return;
        INFO(entry.name);
        const auto check = [&](const auto& path) {
            CHECK(std::abs(measured_order(path, entry.solver, entry.order) - entry.order) < 0.1);
        };
        check(fokker::vp_path{});
        check(fokker::edm_path{});
        check(fokker::flow_path{});
        check(fokker::ve_path{});
    });
}

/// Arrays that a run makes: an output for each evaluation and each step that is looked back on, the
/// stages, and what survives a step.
template <class Solver>
std::size_t buffers_of(const Solver&) {
    const int predictions = Solver::history + Solver::evaluations;
    return static_cast<std::size_t>(predictions) + fokker::detail::stages_of<Solver>() +
           fokker::detail::memories_of<Solver>();
}

void check_allocations(const auto& for_each) {
    const any_network<double> network = exact_noise<double>();
    const auto grid = fokker::trailing(fokker::linear_schedule(), 12);
    for_each([&](const auto& entry) {
        INFO(entry.name);
        Eigen::ArrayXXd x(100, 2);
        auto mine = grid;  // the grid and the moments are the user's; they are moved in
        auto solver = entry.solver;
        const std::size_t at_first = allocations();
        fokker::run run(x, network, std::move(mine), std::move(solver), fokker::philox{.seed = 3});
        CHECK(allocations() == at_first + buffers_of(entry.solver));
        run.start_from_prior();
        const std::size_t before = allocations();
        while (!run.done()) run.step();
        run.seek(0);
        while (!run.done()) run.step();
        CHECK(allocations() == before);
    });
}

/// The same walk in double and in float.
void check_float(const auto& for_each) {
    const any_network<double> network = exact_noise<double>();
    const any_network<float> network_of_floats = exact_noise<float>();
    for_each([&](const auto& entry) {
        if (is_stochastic(entry.solver) || entry.calls < 0) return;
        INFO(entry.name);
        Eigen::ArrayXXd x = Eigen::ArrayXd::LinSpaced(37, -2.0, 2.0);
        Eigen::ArrayXXf y = x.cast<float>();
        const auto grid = uneven_grid(fokker::vp_path{}, 20);
        fokker::denoise(x, network, grid, entry.solver);
        fokker::denoise(y, network_of_floats, grid, entry.solver);
        CHECK((x - y.cast<double>()).abs().maxCoeff() < 2e-6 * x.abs().maxCoeff());
    });
}

void check_evaluations(const auto& for_each) {
    for_each([](const auto& entry) {
        INFO(entry.name);
        int calls = 0;
        const any_network<double> network = exact_noise<double>();
        const any_network<double> counted = [&](const Eigen::ArrayXXd& x, const fokker::knot& k,
                                                Eigen::ArrayXXd& out) {
            ++calls;
            network(x, k, out);
        };
        Eigen::ArrayXXd x = Eigen::ArrayXd::LinSpaced(5, -1.0, 1.0);
        const auto grid = fokker::trailing(fokker::linear_schedule(), 10);
        const auto done = fokker::denoise(x, counted, grid, entry.solver, fokker::philox{});
        // The last step, to sigma = 0, takes one evaluation whatever the solver.
        const int all = 9 * std::remove_cvref_t<decltype(entry.solver)>::evaluations + 1;
        if (entry.calls >= 0) CHECK(done.evaluations == (entry.calls > 0 ? entry.calls : all));
        CHECK(done.evaluations == calls);
        CHECK(done.steps == 10);
        CHECK_FALSE(done.stopped);
    });
}

/// sigma = 0 at the end, alpha = 0 at the beginning, and few steps.
void check_ends(const auto& for_each) {
    const any_network<double> noise = exact_noise<double>();
    const any_network<double> flow = [](const auto& x, const fokker::knot& k, auto& out) {
        exact_network<fokker::flow_prediction>{}(x, k, out);
    };
    for_each([&](const auto& entry) {
        INFO(entry.name);
        for (int steps = 1; steps < 60; ++steps) {
            Eigen::ArrayXXd x(6, 1);
            fokker::sample(x, noise, fokker::trailing(fokker::linear_schedule(), steps),
                           entry.solver, fokker::philox{.seed = 1});
            CHECK(x.isFinite().all());
            const auto from_nothing = [&](auto solver) {
                fokker::sample(x, fokker::predicts_flow(flow),
                               fokker::linspace(fokker::flow_path{}, steps), solver,
                               fokker::philox{.seed = 1});
            };
            if constexpr (requires { entry.solver.variance.data_radius; }) {
                using Catch::Matchers::ContainsSubstring;
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

/// 40,000 samples: the bounds are 5 standard errors of the mean and of the variance, and the
/// discretisation's own error, which falls as 1 / steps.
void check_moments(const auto& for_each) {
    const mixture m;
    const int samples = 40000, steps = 400;
    const double variance = m.central_moment(2), fourth = m.central_moment(4);
    const double mean_bound = 5 * std::sqrt(variance / samples);
    const double variance_bound = 5 * std::sqrt((fourth - variance * variance) / samples);
    const double bias = 2.0 / steps;
    const any_network<double> network = exact_noise<double>(m);
    for_each([&](const auto& entry) {
        if (!is_stochastic(entry.solver) || !entry.keeps_marginals) return;
        INFO(entry.name);
        Eigen::ArrayXXd x(1, samples);
        fokker::sample(x, network, fokker::uniform_lambda(fokker::vp_path{}, steps), entry.solver,
                       fokker::philox{.seed = 11});
        const double mean = x.mean(), spread = (x - mean).square().mean();
        CHECK(std::abs(mean - m.first_moment()) < mean_bound + bias);
        CHECK(std::abs(spread - variance) < variance_bound + bias);
    });
}

}  // namespace fokker_test
