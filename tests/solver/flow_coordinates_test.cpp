#include <fokker/solver/flow_coordinates.hpp>

#include <fokker/path/continuous.hpp>
#include <fokker/solver/asynchronous_leapfrog.hpp>
#include <fokker/solver/reversible_heun.hpp>

#include "catch.hpp"

using namespace fokker;
using Catch::Approx, Catch::Matchers::ContainsSubstring;

TEST_CASE("a flow's time and scale, on a flow and on other paths") {
    const knot k = flow_path{}.at(0.3);
    CHECK(detail::flow_time(k) == Approx(0.3));
    CHECK(detail::flow_scale(k) == Approx(1.0));
    const knot same{0, 5 * k.alpha, 5 * k.sigma};
    CHECK(detail::flow_time(same) == Approx(0.3));
    CHECK(detail::flow_scale(same) == Approx(5.0));
    CHECK(detail::flow_time({0, 0, 1}) == 1.0);
    for (const double u : {1e-12, 0.3, 0.999999})
        CHECK(detail::lambda_of_flow_time(u) == Approx(flow_path{}.at(u).lambda()).epsilon(1e-12));
}

TEST_CASE("a flow's velocity is the noise minus the data, whatever the scale") {
    const double D = 0.4, eps = -1.3;
    for (const double scale : {1.0, 5.0}) {
        const knot k{0, 0.7 * scale, 0.3 * scale};
        CHECK(detail::flow_velocity(k.alpha * D + k.sigma * eps, D, k) == Approx(eps - D));
    }
    CHECK(detail::flow_velocity(eps, D, {0, 0, 1}) == Approx(eps - D));
}

TEST_CASE("velocities are not kept from where a noise prediction leaves no digits of the data") {
    const auto walk = [](double alpha) {
        return grid({{1.0, alpha, 1.0}, {0.5, 0.5, 0.5}}, flow_path{});
    };
    const auto says = ContainsSubstring("leaves no digits of the data, and ");
    CHECK_THROWS_WITH(asynchronous_leapfrog{}.check(walk(0.9e-8)), says);
    CHECK_THROWS_WITH(reversible_heun{}.check(walk(0.9e-8)), says);
    for (const double alpha : {0.0, 1.1e-8}) {
        CHECK_NOTHROW(asynchronous_leapfrog{}.check(walk(alpha)));
        CHECK_NOTHROW(reversible_heun{}.check(walk(alpha)));
    }
}
