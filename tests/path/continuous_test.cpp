#include <fokker/path/continuous.hpp>

#include <fokker/error.hpp>

#include "catch.hpp"

using namespace fokker;
using Catch::Approx;

namespace {
template <class Path>
void check_inverse(const Path& path) {
    for (double u : {0.05, 0.3, 0.5, 0.8, 0.99}) {
        const double t = path.first_time() + u * (path.last_time() - path.first_time());
        CHECK(path.time(path.at(t).lambda()) == Approx(t).epsilon(1e-10));
        CHECK(path.at(t).t == t);
    }
}
}  // namespace

TEST_CASE("time is the inverse of lambda on every path") {
    check_inverse(vp_path{});
    check_inverse(vp_path{.beta_min = 1.0, .beta_max = 1.0});
    check_inverse(ve_path{});
    check_inverse(edm_path{});
    check_inverse(flow_path{});
}

TEST_CASE("the formulas of the papers") {
    const knot vp = vp_path{}.at(0.5);  // integral of beta over [0, 1/2]: 0.05 + 19.9 / 8
    CHECK(vp.alpha == Approx(std::exp(-0.5 * (0.05 + 19.9 / 8))));
    CHECK(vp.alpha * vp.alpha + vp.sigma * vp.sigma == Approx(1.0));
    CHECK(ve_path{}.at(0.5).sigma == Approx(std::sqrt(0.01 * 50.0)));
    CHECK(ve_path{}.at(0.5).alpha == 1.0);
    CHECK(edm_path{}.at(3.0) == knot{3.0, 1.0, 3.0});
    CHECK(flow_path{}.at(0.25) == knot{0.25, 0.75, 0.25});
}

TEST_CASE("times off the path are refused") {
    CHECK_THROWS_AS(vp_path{}.at(-0.1), error);
    CHECK_THROWS_AS(edm_path{}.at(-0.1), error);
    CHECK_THROWS_AS(flow_path{}.at(1.1), error);
    CHECK_THROWS_AS(flow_path{}.at(std::nan("")), error);
}
