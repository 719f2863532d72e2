#include <fokker/solver/ddpm.hpp>

#include <Eigen/Core>

#include <fokker/noise/philox.hpp>
#include <fokker/path/discrete_schedule.hpp>
#include <fokker/path/grids.hpp>
#include <fokker/run.hpp>

#include "catch.hpp"

using namespace fokker;

TEST_CASE("one training step is Algorithm 2 of Ho et al. 2020") {
    const auto schedule = linear_schedule();
    const auto walk = trailing(schedule, 1000);
    const double beta = 1e-4 + (0.02 - 1e-4) * 600 / 999, eps = 0.4, x0 = -0.9;
    const double bar = schedule.at(600).alpha * schedule.at(600).alpha;
    const double bar_before = schedule.at(599).alpha * schedule.at(599).alpha;
    const philox noise{.seed = 4};
    double z;
    noise.fill(&z, 1, {0, 256 * 400, 0});
    for (auto variance : {ddpm_variance::posterior, ddpm_variance::upper_bound}) {
        Eigen::ArrayXd x = Eigen::ArrayXd::Constant(1, x0);
        run r(
            x,
            [&](const Eigen::ArrayXd&, double t, Eigen::ArrayXd& out) {
                CHECK(t == 600);
                out = eps;
            },
            walk, ddpm{variance}, noise);
        r.seek(399);
        r.step();
        const double mean = (x0 - beta / std::sqrt(1 - bar) * eps) / std::sqrt(1 - beta);
        const double std = variance == ddpm_variance::upper_bound
                               ? std::sqrt(beta)
                               : std::sqrt((1 - bar_before) / (1 - bar) * beta);
        CHECK(x[0] == Catch::Approx(mean + std * z).epsilon(1e-10));
    }
}

TEST_CASE("the last step adds no noise, whatever the variance") {
    const auto walk = trailing(linear_schedule(), 10);
    for (auto variance : {ddpm_variance::posterior, ddpm_variance::upper_bound}) {
        Eigen::ArrayXd x = Eigen::ArrayXd::Ones(1);
        run r(
            x, [](const Eigen::ArrayXd&, double, Eigen::ArrayXd& out) { out = 0.0; }, walk,
            ddpm{variance}, philox{});
        r.seek(9);
        r.step();
        CHECK(x[0] == Catch::Approx(1 / walk[9].alpha));
    }
}
