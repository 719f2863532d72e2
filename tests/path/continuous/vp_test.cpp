#include <fokker/path/continuous/vp.hpp>

#include <fokker/error.hpp>

#include "catch.hpp"

using namespace fokker;
using Catch::Approx;
using Catch::Matchers::ContainsSubstring;

TEST_CASE("sub-VP has the alpha of VP, and sigma = 1 - alpha^2") {
    for (const double t : {0.0, 0.1, 0.5, 1.0}) {
        const knot vp = vp_path{}.at(t), sub = sub_vp_path{}.at(t);
        CHECK(sub.alpha == vp.alpha);
        CHECK(sub.sigma == Approx(vp.sigma * vp.sigma).epsilon(1e-14));
    }
}

TEST_CASE("where sub-VP has almost no signal, its lambda is log alpha") {
    for (const double lambda : {-39.0, -41.0, -600.0}) {
        const double t = sub_vp_path{}.time(lambda);
        CHECK(0.1 * t / 2 + (20 - 0.1) * t * t / 4 == Approx(-lambda).epsilon(1e-13));
    }
}

TEST_CASE("wrong parameters of VP are named") {
    CHECK_THROWS_WITH(vp_path{}.at(-0.1), ContainsSubstring("time -0.1"));
    CHECK_THROWS_WITH(sub_vp_path{}.at(-0.1), ContainsSubstring("time -0.1"));
    CHECK_THROWS_WITH((vp_path{.beta_min = -1}).at(0.5), ContainsSubstring("beta goes from -1"));
    CHECK_THROWS_WITH((sub_vp_path{.beta_max = 0}).at(0.5), ContainsSubstring("to 0"));
}
