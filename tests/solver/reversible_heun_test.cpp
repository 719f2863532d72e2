#include <fokker/solver/reversible_heun.hpp>

#include <Eigen/Core>
#include <cmath>
#include <vector>

#include <fokker/fokker.hpp>

#include "catch.hpp"
#include "support/mixture.hpp"
#include "support/round_trip.hpp"

using namespace fokker;
using namespace fokker_test;

namespace {

/// The published scheme, number by number, on a flow: x and z after the walk.
std::vector<double> by_hand(double x, const std::vector<double>& times) {
    const flow_path path;
    const auto velocity = [&](double v, double t) {
        const double D = mixture{}.data(v, path.at(t));
        return (v - (1 - t) * D) / t - D;
    };
    double z = x;
    for (std::size_t i = 0; i + 1 < times.size(); ++i) {
        const double h = times[i + 1] - times[i], before = velocity(z, times[i]);
        z = 2 * x - z + h * before;
        x = x + 0.5 * h * (before + velocity(z, times[i + 1]));
    }
    return {x, z};
}

}  // namespace

TEST_CASE("reversible_heun is Kidger's scheme in the coordinates of a flow, from alpha = 0") {
    const std::vector<double> times{1.0, 0.8, 0.45, 0.3, 0.1};
    std::vector<knot> knots, wider;  // by hand, and in other units
    for (const double t : times) {
        knots.push_back(flow_path{}.at(t));
        wider.push_back({t, 3 * knots.back().alpha, 3 * knots.back().sigma});
    }
    for (const double start : {-1.2, 0.3}) {
        const std::vector<double> wanted = by_hand(start, times);
        for (const double unit : {1.0, 3.0}) {
            Eigen::ArrayXd x = Eigen::ArrayXd::Constant(1, unit * start);
            run r(x, predicts_data(exact_network<data_prediction>{}),
                  grid(unit == 1 ? knots : wider), reversible_heun{});
            while (!r.done()) r.step();
            CHECK(r.evaluations() == 5);
            CHECK(x[0] == Catch::Approx(unit * wanted[0]).epsilon(1e-12));
            CHECK(r.memory(0)[0] == Catch::Approx(unit * wanted[1]).epsilon(1e-12));
        }
    }
}

TEST_CASE("reversible_heun walks back to rounding") { check_round_trips(reversible_heun{}); }
TEST_CASE("reversible_heun is exact for data that are one point") {
    check_one_point(reversible_heun{});
}
TEST_CASE("reversible_heun makes its second state anew after a jump and a seek") {
    check_begins_anew(reversible_heun{});
}
