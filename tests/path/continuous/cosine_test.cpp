#include <fokker/path/continuous/cosine.hpp>

#include <cmath>
#include <fokker/error.hpp>
#include <limits>
#include <numbers>

#include "catch.hpp"

using namespace fokker;
using Catch::Approx;
using Catch::Matchers::ContainsSubstring;

TEST_CASE("the cosine path keeps the variance, to the ends") {
    for (const double t : {0.0, 1e-6, 0.01, 0.5, 0.99, 1.0}) {
        const knot k = cosine_path{}.at(t);
        CHECK(k.alpha * k.alpha + k.sigma * k.sigma == Approx(1.0).epsilon(1e-14));
    }
    CHECK(cosine_path{}.at(0.0).sigma == 0.0);
    CHECK(cosine_path{}.at(1.0).alpha == 0.0);
    CHECK(cosine_path{.offset = 0.0}.at(1.0) == knot{1, 0, 1});
    CHECK(trigflow_path{}.at(trigflow_path{}.last_time()).alpha == 0.0);
    CHECK(trigflow_path{}.at(1.5707).alpha == Approx(std::cos(1.5707)).epsilon(1e-15));
    CHECK(cosine_path{}.time(std::numeric_limits<double>::max()) == 0.0);
}

TEST_CASE("without an offset it is the circle of v-prediction, and TrigFlow at another speed") {
    const knot cosine = cosine_path{.offset = 0.0}.at(0.4);
    const knot trigflow = trigflow_path{}.at(0.4 * std::numbers::pi / 2);
    CHECK(cosine.alpha == Approx(trigflow.alpha).epsilon(1e-15));
    CHECK(cosine.sigma == Approx(trigflow.sigma).epsilon(1e-15));
}

TEST_CASE("wrong parameters of the circles are named") {
    CHECK_THROWS_WITH(cosine_path{}.at(1.5), ContainsSubstring("time 1.5"));
    CHECK_THROWS_WITH(cosine_path{}.at(-0.5), ContainsSubstring("time -0.5"));
    CHECK_THROWS_WITH((cosine_path{.offset = -1}).at(0.5), ContainsSubstring("offset is -1"));
    CHECK_THROWS_WITH(trigflow_path{}.at(2.0), ContainsSubstring("time 2"));
    CHECK_THROWS_AS(trigflow_path{}.at(std::nan("")), error);
}
