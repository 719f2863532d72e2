#include <fokker/path/continuous/i2sb.hpp>

#include <cmath>

#include <fokker/error.hpp>
#include <fokker/path/continuous/bridge.hpp>
#include <fokker/path/grids.hpp>

#include "catch.hpp"

using namespace fokker;
using Catch::Approx;
using Catch::Matchers::ContainsSubstring;

static_assert(diffusion_path<i2sb_path>);

TEST_CASE("I2SB's path has the deviations and labels of its tables") {
    // std_fwd and noise_levels of the original's formulas, in double by NumPy.
    const i2sb_path path;
    const auto check = [&](double t, double sigma, double label) {
        CHECK(path.at(t).sigma == Approx(sigma).epsilon(1e-13));
        CHECK(path.at(t).t == Approx(label).epsilon(1e-13));
        CHECK(path.at(t).alpha == 1.0);
        CHECK(path.time(path.at(t).lambda()) == Approx(t).epsilon(1e-9).margin(1e-9));
    };
    check(0, 0.01, 0.1);
    check(1, 0.014147318135088753, 1.100900900900901);
    check(250, 0.17314609472009213, 250.3252252252252);
    check(499, 0.2655440178036158, 499.5495495495495);
    check(500, 0.2658949564113424, 500.55045045045046);
    check(999, 0.3755359513849159, 1000.0);
    // Between two times the variance is linear.
    CHECK(std::pow(path.at(0.25).sigma, 2) ==
          Approx(0.75 * 1e-4 + 0.25 * std::pow(0.014147318135088753, 2)));
    CHECK(path.time(100) == 0.0);
    CHECK(path.time(-100) == 999.0);
}

TEST_CASE("I2SB's path is the base of a bridge, and refuses what is none") {
    const bridge_path path{i2sb_path()};
    const grid walk = linspace(path, 10);
    CHECK(walk.front() == knot{1000, 0, 1});
    CHECK(walk.back() == knot{0, 1, 0});
    CHECK(path.endpoint_weight(path.at(500)) ==
          Approx(std::pow(0.2658949564113424 / 0.3755359513849159, 2)));
    CHECK_THROWS_WITH(i2sb_path(0.3, 7), ContainsSubstring("steps is 7"));
    CHECK_THROWS_WITH(i2sb_path(0.3, 0), ContainsSubstring("at least 2"));
    CHECK_THROWS_WITH(i2sb_path(0.0), ContainsSubstring("beta_max is 0"));
    CHECK_THROWS_WITH(i2sb_path().at(1000), ContainsSubstring("0 <= t <= 999"));
}
