#include <fokker/solver/asynchronous_leapfrog.hpp>

#include <Eigen/Core>
#include <cmath>
#include <vector>

#include <fokker/fokker.hpp>

#include "catch.hpp"
#include "support/mixture.hpp"
#include "support/round_trip.hpp"

using namespace fokker;
using namespace fokker_test;
using Catch::Matchers::ContainsSubstring;

namespace {

/// The published scheme, number by number, on a flow: x and V after the walk.
std::vector<double> by_hand(double x, const std::vector<double>& times) {
    const flow_path path;
    const auto velocity = [&](double v, double t) {
        const double D = mixture{}.data(v, path.at(t));
        return (v - (1 - t) * D) / t - D;
    };
    double V = velocity(x, times[0]);
    for (std::size_t i = 0; i + 1 < times.size(); ++i) {
        const double h = times[i + 1] - times[i];
        const double M = x + 0.5 * h * V;
        V = 2 * velocity(M, times[i] + 0.5 * h) - V;
        x = M + 0.5 * h * V;
    }
    return {x, V};
}

}  // namespace

TEST_CASE("asynchronous_leapfrog is Mutze's scheme in the coordinates of a flow, from alpha = 0") {
    const std::vector<double> times{1.0, 0.8, 0.45, 0.3, 0.1};
    std::vector<knot> knots;
    for (const double t : times) knots.push_back(flow_path{}.at(t));
    for (const double start : {-1.2, 0.3}) {
        const std::vector<double> wanted = by_hand(start, times);
        // On another path the states are other multiples.
        const auto walked = [&](const grid& walk) {
            Eigen::ArrayXd x = Eigen::ArrayXd::Constant(1, start * detail::flow_scale(knots[0]));
            run r(x, predicts_data(exact_network<data_prediction>{}), walk,
                  asynchronous_leapfrog{});
            while (!r.done()) r.step();
            CHECK(r.evaluations() == 5);
            CHECK(r.memory(0)[0] == Catch::Approx(wanted[1]).epsilon(1e-12));
            return x[0] / detail::flow_scale(r.knot());
        };
        CHECK(walked(grid(knots, flow_path{})) == Catch::Approx(wanted[0]).epsilon(1e-12));
        const shifted_flow_path other{.shift = 3};
        std::vector<knot> shifted;
        for (const knot& k : knots)
            shifted.push_back(k.alpha > 0 ? other.at(other.time(k.lambda())) : other.at(1.0));
        CHECK(walked(grid(shifted, other)) == Catch::Approx(wanted[0]).epsilon(1e-12));
    }
}

TEST_CASE("asynchronous_leapfrog walks back to rounding") {
    check_round_trips(asynchronous_leapfrog{});
}
TEST_CASE("asynchronous_leapfrog is exact for data that are one point") {
    check_one_point(asynchronous_leapfrog{});
}
TEST_CASE("asynchronous_leapfrog makes its velocity anew after a jump and a seek") {
    check_begins_anew(asynchronous_leapfrog{});
}

TEST_CASE("asynchronous_leapfrog needs the path between the knots, and says so") {
    Eigen::ArrayXd x = Eigen::ArrayXd::Ones(3);
    const auto network = [](const auto& in, double, auto& out) { out = in; };
    CHECK_THROWS_WITH(
        denoise(x, network, grid{{1, 0.6, 0.8}, {0.5, 0.8, 0.6}}, asynchronous_leapfrog{}),
        ContainsSubstring("made by hand"));
}
