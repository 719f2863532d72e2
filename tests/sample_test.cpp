#include <fokker/sample.hpp>

#include <Eigen/Core>
#include <stdexcept>

#include <fokker/forward/noising.hpp>
#include <fokker/noise/philox.hpp>
#include <fokker/path/continuous.hpp>
#include <fokker/path/discrete_schedule.hpp>
#include <fokker/path/grids.hpp>
#include <fokker/solver/ddim.hpp>
#include <fokker/solver/ddpm.hpp>

#include "catch.hpp"
#include "support/mixture.hpp"

using namespace fokker;
using Eigen::ArrayXXd;

TEST_CASE("sample starts from the prior of the first knot") {
    // A network that says "it is all noise": with alpha = 1 the state stays what it was.
    const auto none = [](const ArrayXXd& x, double, ArrayXXd& out) { out = x; };
    ArrayXXd x(1000, 50);
    sample(x, predicts_data(none), grid{{1, 1.0, 80.0}, {0, 1.0, 40.0}}, ddim{}, philox{});
    CHECK(std::abs(x.mean()) < 5 * 80 / std::sqrt(50000.0));
    CHECK(std::sqrt(x.square().mean()) == Catch::Approx(80).epsilon(5 / std::sqrt(1e5)));
}

TEST_CASE("denoise starts from what it is given") {
    const fokker_test::mixture m;
    const auto walk = karras(edm_path{.sigma_min = 0.01}, 200);
    ArrayXXd x = ArrayXXd::Constant(1, 1, 0.8);
    const auto rest = walk.from(150);
    denoise(x, fokker_test::exact_network<>{m}, rest, ddim{});
    CHECK(x(0) ==
          Catch::Approx(fokker_test::exact_flow(m, 0.8, rest.front(), rest[49])).margin(0.02));
}

TEST_CASE("a deterministic solver samples the mixture") {
    const fokker_test::mixture m;
    const int n = 20000;
    ArrayXXd x(n, 1);
    sample(x, fokker_test::exact_network<>{m}, trailing(linear_schedule(), 200), ddim{}, philox{});
    const double variance = m.central_moment(2);
    CHECK(std::abs(x.mean() - m.first_moment()) < 5 * std::sqrt(variance / n) + 0.005);
    CHECK((x - x.mean()).square().mean() == Catch::Approx(variance).epsilon(0.05));
}

TEST_CASE("what the network throws passes through, and x holds the last completed step") {
    ArrayXXd x = ArrayXXd::Ones(3, 1), twin = x;
    const auto walk = trailing(linear_schedule(), 5);
    const auto throws = [](const ArrayXXd& in, double t, ArrayXXd& out) {
        if (t < 500) throw std::domain_error("enough");
        out = 0.5 * in;
    };
    CHECK_THROWS_AS(denoise(x, throws, walk, ddpm{}, philox{}), std::domain_error);
    denoise(
        twin, [](const ArrayXXd& in, double, ArrayXXd& out) { out = 0.5 * in; }, walk, ddpm{},
        philox{}, [](progress p) { return p.step == 3 ? control::stop : control::go_on; });
    CHECK(x.isApprox(twin));
}

TEST_CASE("edit adds the noise of the first knot to what it is given") {
    // A network that says "it is all noise": with alpha = 0.5 the state stays what it was.
    const auto none = [](const ArrayXXd& x, double, ArrayXXd& out) { out = x / 0.5; };
    ArrayXXd x = ArrayXXd::Constant(1000, 50, 3.0);
    edit(x, predicts_data(none), grid{{1, 0.5, 2.0}, {0, 0.5, 1.0}}, ddim{}, philox{});
    CHECK(std::abs(x.mean() - 1.5) < 5 * 2 / std::sqrt(50000.0));
    CHECK(std::sqrt((x - 1.5).square().mean()) == Catch::Approx(2).epsilon(5 / std::sqrt(1e5)));
}

TEST_CASE("edit is forward and denoise, and from alpha = 0 it is sample") {
    const auto network = predicts_flow(fokker_test::exact_network<flow_prediction>{});
    const auto walk = linspace(flow_path{}, 8);
    const ArrayXXd picture = ArrayXXd::Constant(30, 2, 0.8);
    ArrayXXd a = picture, b(30, 2);
    edit(a, network, walk.from_strength(0.5), ddpm{}, philox{.seed = 5});
    forward(picture, walk[4], philox{.seed = 5}, b, 0);
    denoise(b, network, walk.from(4), ddpm{}, philox{.seed = 5});
    CHECK((a == b).all());
    a = picture;
    edit(a, network, walk, ddpm{}, philox{.seed = 5});
    sample(b, network, walk, ddpm{}, philox{.seed = 5});
    CHECK((a == b).all());
}
