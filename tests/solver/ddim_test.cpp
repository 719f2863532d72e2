#include <fokker/solver/ddim.hpp>

#include <Eigen/Core>

#include <fokker/error.hpp>
#include <fokker/noise/philox.hpp>
#include <fokker/path/discrete_schedule.hpp>
#include <fokker/path/grids.hpp>
#include <fokker/run.hpp>
#include <fokker/sample.hpp>

#include "catch.hpp"

using namespace fokker;

TEST_CASE("one step is equation 12 of Song et al. 2021") {
    const auto walk = trailing(linear_schedule(), 10);
    const knot s = walk[4], t = walk[5];
    const double bar_s = s.alpha * s.alpha, bar_t = t.alpha * t.alpha, x0 = 0.8, eps = -0.3,
                 eta = 0.7;
    const double std = eta * std::sqrt((1 - bar_t) / (1 - bar_s)) * std::sqrt(1 - bar_s / bar_t);
    Eigen::ArrayXd x = Eigen::ArrayXd::Constant(1, x0);
    const philox noise{.seed = 4};
    double z;
    noise.fill(&z, 1, {0, 256 * 5, 0});
    run r(
        x, [&](const Eigen::ArrayXd&, double, Eigen::ArrayXd& out) { out = eps; }, walk,
        ddim{.eta = eta}, noise);
    r.seek(4);
    r.step();
    const double data = (x0 - std::sqrt(1 - bar_s) * eps) / std::sqrt(bar_s);
    const double wanted =
        std::sqrt(bar_t) * data + std::sqrt(1 - bar_t - std * std) * eps + std * z;
    CHECK(x[0] == Catch::Approx(wanted).epsilon(1e-12));
}

TEST_CASE("eta outside of [0, 1] is refused") {
    Eigen::ArrayXd x(1);
    const auto f = [](const Eigen::ArrayXd&, double, Eigen::ArrayXd&) { FAIL("called"); };
    const auto walk = trailing(linear_schedule(), 10);
    using Catch::Matchers::ContainsSubstring;
    CHECK_THROWS_WITH(sample(x, f, walk, ddim{.eta = 1.5}, philox{}),
                      ContainsSubstring("eta = 1.5"));
    CHECK_THROWS_AS(sample(x, f, walk, ddim{.eta = -0.1}, philox{}), error);
    CHECK_THROWS_AS(sample(x, f, walk, ddim{.eta = std::nan("")}, philox{}), error);
}
