#include <Eigen/Core>
#include <cmath>
#include <fokker/adapt/by_name/ends_with_data.hpp>
#include <fokker/adapt/by_name/in_sigma.hpp>
#include <fokker/fokker.hpp>
#include <type_traits>
#include <vector>

#include "catch.hpp"
#include "support/mixture.hpp"

using namespace fokker;
using by_name::detail::ends_with_data, by_name::detail::in_sigma, by_name::detail::kept;

namespace {

Eigen::ArrayXd start() { return Eigen::ArrayXd::LinSpaced(5, -1.6, 1.5); }

template <class Solver>
Eigen::ArrayXd walked(const Solver& solver, const grid& walk) {
    Eigen::ArrayXd x = start();
    denoise(x, predicts_data(fokker_test::exact_network<data_prediction>{}), walk, solver);
    return x;
}

double apart(const Eigen::ArrayXd& a, const Eigen::ArrayXd& b) { return (a - b).abs().maxCoeff(); }

/// The ODE dx / dsigma = (x - D) / sigma from one sigma to another, finely.
double exact(double x, double from, double to) {
    const fokker_test::mixture m;
    return fokker_test::exact_flow(m, x, {0.0, 1 - from, from}, {0.0, 1 - to, to});
}

}  // namespace

TEST_CASE("Euler's and Heun's steps in sigma are those of a flow") {
    const grid walk = flow(8, {.shift = 3});
    CHECK(apart(walked(in_sigma<euler>{}, walk), walked(euler{}, walk)) < 1e-14);
    CHECK(apart(walked(in_sigma<heun>{}, walk), walked(flow_heun{}, walk)) < 1e-13);
    CHECK(apart(walked(in_sigma<lms<1>, kept::slope>{}, walk), walked(euler{}, walk)) < 1e-14);
}

TEST_CASE("Adams' method in sigma has its order on a flow") {
    // Of the slopes that are kept: with wrong ones the order would be 1.
    const auto error = []<int Order>(std::integral_constant<int, Order>, int steps) {
        std::vector<knot> knots;
        for (int i = 0; i <= steps; ++i) knots.push_back(flow_path{}.at(0.95 - 0.65 * i / steps));
        const grid walk(knots);
        const Eigen::ArrayXd x = walked(in_sigma<lms<Order>, kept::slope>{}, walk);
        double worst = 0.0;
        for (Eigen::Index i = 0; i < x.size(); ++i)
            worst = std::max(worst, std::abs(x[i] - exact(start()[i], 0.95, 0.3)));
        return worst;
    };
    const auto order = [&](auto of) { return std::log2(error(of, 40) / error(of, 80)); };
    CHECK(order(std::integral_constant<int, 2>{}) > 1.8);
    // Begun with steps of low order; it looks back on more slopes than one.
    CHECK(order(std::integral_constant<int, 4>{}) > 1.8);
}

TEST_CASE("the network is called at knots of the flow, with their labels") {
    std::vector<fokker::knot> called;
    const auto network = [&](const Eigen::ArrayXd& x, const fokker::knot& k, Eigen::ArrayXd& out) {
        called.push_back(k);
        out = 0.5 * x;
    };
    const shifted_flow_path path{.shift = 3, .label_scale = 1000};
    const grid walk({path.at(1.0), path.at(0.5), path.at_sigma(0.0)}, path);
    Eigen::ArrayXd x = start();
    denoise(x, predicts_data(network), walk, in_sigma<dpm2>{});
    REQUIRE(called.size() == 3);
    // Between sigma = 1 and 0.75 in the middle of ln sigma.
    CHECK(std::abs(called[1].sigma - std::sqrt(0.75)) < 1e-14);
    for (const knot& k : called) {
        CHECK(std::abs(k.alpha + k.sigma - 1) < 1e-14);
        CHECK(std::abs(k.t - 1000 * k.sigma) < 1e-9);
    }
}

TEST_CASE("a walk that ends with the data prediction changes its last step alone") {
    const grid walk = karras(scaled_linear_schedule(), 6);
    const Eigen::ArrayXd x = walked(ends_with_data<gradient_estimation>{}, walk);
    Eigen::ArrayXd before = start();
    const auto model = predicts_data(fokker_test::exact_network<data_prediction>{});
    denoise(before, model, walk.until(5), gradient_estimation{});
    denoise(before, model, walk.from(5), euler{});
    CHECK(apart(x, before) < 1e-14);
    CHECK_THROWS_AS(walked(ends_with_data<gradient_estimation>{{.gamma = NAN}}, walk), error);
}
