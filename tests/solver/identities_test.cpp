// Samplers that are the same map under different names.
#include <Eigen/Core>
#include <cmath>

#include <fokker/noise/philox.hpp>
#include <fokker/path/continuous.hpp>
#include <fokker/path/discrete_schedule.hpp>
#include <fokker/path/grids.hpp>
#include <fokker/sample.hpp>

#include "catch.hpp"
#include "support/grids.hpp"
#include "support/mixture.hpp"
#include "support/solvers.hpp"

using namespace fokker_test;

namespace {

const fokker::grid& discrete_grid() {
    static const fokker::grid grid = fokker::trailing(fokker::linear_schedule(), 23);
    return grid;
}

template <class Solver>
Eigen::ArrayXXd sampled(const Solver& solver, const fokker::grid& grid = discrete_grid()) {
    Eigen::ArrayXXd x(13, 3);
    fokker::sample(x, exact_network<>{}, grid, solver, fokker::philox{.seed = 5});
    return x;
}

double difference(const Eigen::ArrayXXd& a, const Eigen::ArrayXXd& b) {
    return (a - b).abs().maxCoeff() / b.abs().maxCoeff();
}

}  // namespace

TEST_CASE("DDIM with eta = 1 is DDPM with the posterior variance") {
    CHECK(difference(sampled(fokker::ddim{.eta = 1.0}), sampled(fokker::ddpm{})) < 1e-12);
    CHECK(difference(sampled(fokker::ddim{.eta = 0.9}), sampled(fokker::ddpm{})) > 1e-3);
}

TEST_CASE("Euler in sigma is DDIM with eta = 0") {
    CHECK(difference(sampled(fokker::euler{}), sampled(fokker::ddim{})) < 1e-12);
}

TEST_CASE("Analytic-DPM with Gamma = 1 is DDPM, and DDIM") {
    const fokker::analytic_variance known{.gamma = plain_moments(1.0)};
    CHECK(difference(sampled(fokker::analytic_ddpm{known}), sampled(fokker::ddpm{})) < 1e-12);
    CHECK(difference(sampled(fokker::analytic_ddim{0.3, known}), sampled(fokker::ddim{0.3})) <
          1e-12);
    const fokker::analytic_variance uncertain{.gamma = plain_moments(0.5)};
    CHECK(difference(sampled(fokker::analytic_ddpm{uncertain}), sampled(fokker::ddpm{})) > 1e-3);
}

TEST_CASE("DPM-Solver++ 2M begins with a DDIM step") {
    const fokker::grid one = uneven_grid(fokker::vp_path{}, 1);
    CHECK(difference(sampled(fokker::dpm_solver_pp_2m{}, one), sampled(fokker::ddim{}, one)) <
          1e-12);
}

TEST_CASE("a deterministic solver gives the same samples on VP, VE and flow coordinates") {
    // The three walks have the same sigma / alpha at every knot; the states differ by alpha alone.
    const int steps = 15;
    const fokker::grid vp = uneven_grid(fokker::vp_path{}, steps),
                       ve = uneven_grid(fokker::edm_path{}, steps),
                       flow = uneven_grid(fokker::flow_path{}, steps);
    const Eigen::ArrayXd start = Eigen::ArrayXd::LinSpaced(11, -20.0, 20.0);
    for_each_solver([&](const auto& entry) {
        if (is_stochastic(entry.solver)) return;
        INFO(entry.name);
        const auto walked = [&](const fokker::grid& grid) {
            Eigen::ArrayXd x = start * grid.front().alpha;
            fokker::denoise(x, exact_network<>{}, grid, entry.solver);
            return Eigen::ArrayXXd(x / grid.back().alpha);
        };
        CHECK(difference(walked(vp), walked(ve)) < 1e-11);
        CHECK(difference(walked(flow), walked(ve)) < 1e-11);
    });
}

TEST_CASE("every parametrisation of one network gives the same samples") {
    const fokker::grid grid = uneven_grid(fokker::vp_path{}, 12);
    const Eigen::ArrayXd start = Eigen::ArrayXd::LinSpaced(11, -2.0, 2.0);
    for_each_solver([&](const auto& entry) {
        INFO(entry.name);
        const auto walked = [&](auto&& model) {
            Eigen::ArrayXd x = start;
            fokker::denoise(x, model, grid, entry.solver, fokker::philox{.seed = 2});
            return Eigen::ArrayXXd(x);
        };
        using namespace fokker;
        const Eigen::ArrayXXd noise = walked(predicts_noise(exact_network<noise_prediction>{}));
        CHECK(difference(walked(exact_network<noise_prediction>{}), noise) == 0.0);
        CHECK(difference(walked(predicts_data(exact_network<data_prediction>{})), noise) < 1e-11);
        CHECK(difference(walked(predicts_velocity(exact_network<velocity_prediction>{})), noise) <
              1e-11);
        CHECK(difference(walked(predicts_score(exact_network<score_prediction>{})), noise) < 1e-11);
        CHECK(difference(walked(predicts_flow(exact_network<flow_prediction>{})), noise) < 1e-11);
        CHECK(difference(walked(edm_preconditioned(exact_network<edm_prediction>{})), noise) <
              1e-11);
    });
}
