#include <fokker/solver/bdia.hpp>

#include <Eigen/Core>
#include <cmath>
#include <vector>

#include <fokker/fokker.hpp>

#include "catch.hpp"
#include "support/grids.hpp"
#include "support/mixture.hpp"
#include "support/round_trip.hpp"

using namespace fokker;
using namespace fokker_test;
using Catch::Approx;
using Catch::Matchers::ContainsSubstring;

namespace {

/// The published scheme (eq. 19), number by number, where variance is preserved.
double by_hand(double x, const grid& walk, double gamma) {
    const auto ddim_step = [&](double from, std::size_t i, std::size_t j) {
        const double D = mixture{}.data(from, walk[i]);
        const double eps = (from - walk[i].alpha * D) / walk[i].sigma;
        return walk[j].alpha * D + walk[j].sigma * eps;
    };
    double before = x;
    x = ddim_step(x, 0, 1);
    for (std::size_t i = 1; i + 1 < walk.size(); ++i) {
        const double next =
            gamma * before - gamma * ddim_step(x, i, i - 1) + ddim_step(x, i, i + 1);
        before = x;
        x = next;
    }
    return x;
}

double walked(double x, const grid& walk, const bdia& solver) {
    Eigen::ArrayXXd state = Eigen::ArrayXXd::Constant(1, 1, x);
    denoise(state, predicts_data(exact_network<data_prediction>{}), walk, solver);
    return state(0, 0);
}

}  // namespace

TEST_CASE("bdia is the published scheme where variance is preserved, and the same elsewhere") {
    const grid walk = uneven_grid(vp_path{}, 6), other = uneven_grid(edm_path{}, 6);
    for (const double gamma : {1.0, 0.5, 0.0}) {
        const double wanted = by_hand(0.4, walk, gamma);
        CHECK(walked(0.4, walk, {gamma}) == Approx(wanted).epsilon(1e-12));
        CHECK(walked(0.4 / walk.front().alpha, other, {gamma}) * walk.back().alpha ==
              Approx(wanted).epsilon(1e-10));
    }
    Eigen::ArrayXXd x = Eigen::ArrayXXd::Constant(1, 1, 0.4);
    denoise(x, predicts_data(exact_network<data_prediction>{}), walk, ddim{});
    CHECK(walked(0.4, walk, {0.0}) == Approx(x(0, 0)).epsilon(1e-12));
}

TEST_CASE("bdia with gamma = 1 walks back to rounding, with less it grows as gamma^-steps") {
    check_round_trips(bdia{});
    const grid ten = uneven_grid(vp_path{}, 10);
    CHECK(round_trip<double>(bdia{0.5}, ten) < 1e-11);
    CHECK(round_trip<double>(bdia{0.5}, uneven_grid(vp_path{}, 30)) > 1e-11);
    CHECK(round_trip<double>(bdia{0.5}, uneven_grid(vp_path{}, 30)) < 1e-5);
}

TEST_CASE("bdia is exact for data that are one point") { check_one_point(bdia{}); }
TEST_CASE("bdia begins with a DDIM step after a jump and a seek") { check_begins_anew(bdia{}); }

TEST_CASE("bdia refuses a gamma that is none, or that errors would grow without bound with") {
    const grid walk = uneven_grid(vp_path{}, 50);
    CHECK_THROWS_WITH(walked(0, walk, {1.1}), ContainsSubstring("bdia{.gamma = 1.1"));
    CHECK_THROWS_WITH(walked(0, walk, {-0.1}), ContainsSubstring("[0, 1]"));
    CHECK_THROWS_WITH(walked(0, walk.reversed(), {0.5}), ContainsSubstring("gamma^-steps"));
    CHECK_THROWS_WITH(walked(0, walk.reversed(), {0.0}), ContainsSubstring("gamma^-steps"));
    CHECK_NOTHROW(walked(0, walk.reversed(), {0.9}));
}
