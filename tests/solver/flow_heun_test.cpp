// Heun's method in the coordinates of rectified flow, where it differs from the one in sigma.
#include <fokker/solver/flow_heun.hpp>

#include <Eigen/Core>
#include <cmath>

#include <fokker/fokker.hpp>

#include "catch.hpp"
#include "support/mixture.hpp"
#include "support/solvers.hpp"

using namespace fokker;
using namespace fokker_test;

namespace {

/// The exact flow of Gaussian data N(m, c^2), of which E - D is known at alpha = 0, too.
constexpr double mean = 0.5, deviation = 0.3;

any_network<double> gaussian_flow(int& calls) {
    return [&calls](const Eigen::ArrayXXd& x, const knot& k, Eigen::ArrayXXd& out) {
        ++calls;
        const double variance = std::pow(k.alpha * deviation, 2) + k.sigma * k.sigma;
        out = (k.sigma - k.alpha * deviation * deviation) / variance * (x - k.alpha * mean) - mean;
    };
}

/// The error of a walk from alpha = 0 to an inner knot.
template <class Solver>
double error_of(const Solver& solver, int steps) {
    std::vector<knot> knots;
    const flow_path path;
    for (int i = 0; i <= steps; ++i) knots.push_back(path.at(1.0 - 0.8 * i / steps));
    int calls = 0;
    Eigen::ArrayXXd x = Eigen::ArrayXd::LinSpaced(5, -2.0, 2.0);
    const double spread = std::hypot(knots.back().alpha * deviation, knots.back().sigma);
    const Eigen::ArrayXXd exact = knots.back().alpha * mean + spread * x;
    denoise(x, predicts_flow(gaussian_flow(calls)), grid(knots, path), solver);
    return (x - exact).abs().maxCoeff();
}

template <class Solver>
double order_of(const Solver& solver) {
    return std::log2(error_of(solver, 40) / error_of(solver, 80));
}

}  // namespace

TEST_CASE("a walk from alpha = 0 has order 2 and two calls in its first step") {
    CHECK(std::abs(order_of(flow_heun{}) - 2.0) < 0.1);
    CHECK(std::abs(order_of(euler{}) - 1.0) < 0.1);
    int calls = 0;
    Eigen::ArrayXXd x = Eigen::ArrayXd::LinSpaced(5, -2.0, 2.0);
    const auto done =
        denoise(x, predicts_flow(gaussian_flow(calls)), linspace(flow_path{}, 4), flow_heun{});
    CHECK(done.evaluations == 7);
    CHECK(calls == 7);
}

TEST_CASE("Heun in sigma is another method") {
    const double apart = std::abs(error_of(flow_heun{}, 40) - error_of(heun{}, 40));
    CHECK(apart > 1e-6);
}
