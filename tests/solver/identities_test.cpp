// Samplers that are the same map under different names.
#include <Eigen/Core>
#include <cmath>

#include <fokker/fokker.hpp>

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

TEST_CASE("methods of order 1 are one") {
    using namespace fokker;
    const auto wanted = sampled(ddim{});
    CHECK(difference(sampled(deis<1>{}), wanted) < 1e-12);
    CHECK(difference(sampled(deis_in_time<1>{}), wanted) < 1e-12);
    CHECK(difference(sampled(lms<1>{}), wanted) < 1e-12);
    CHECK(difference(sampled(ipndm<1>{}), wanted) < 1e-12);
    CHECK(difference(sampled(gradient_estimation{.gamma = 1.0}), wanted) < 1e-12);
    CHECK(difference(sampled(unipc<1>{.corrector = false}), wanted) < 1e-12);
    CHECK(difference(sampled(sde_dpm_solver_pp<1>{.eta = 0.0}), wanted) < 1e-12);
    CHECK(difference(sampled(euler_maruyama{.eta = 0.0}), wanted) < 1e-12);
    CHECK(difference(sampled(tcd{.gamma = 0.0}), wanted) < 1e-12);
    CHECK(difference(sampled(gradient_estimation{}), wanted) > 1e-3);
}

TEST_CASE("methods of order 2 that are one under two names") {
    using namespace fokker;
    const grid walk = uneven_grid(vp_path{}, 14);
    const auto same = [&](const auto& a, const auto& b) {
        return difference(sampled(a, walk), sampled(b, walk)) < 1e-12;
    };
    const unipc<2> predictor{.corrector = false, .variant = unipc_variant::bh2};
    CHECK(same(predictor, dpm_solver_pp_2m{}));
    CHECK(same(unipc<2>{.corrector = false}, res_multistep{}));
    CHECK(same(sde_dpm_solver_pp<2>{.eta = 0.0}, res_multistep{}));
    CHECK(same(unipc<3>{.corrector = false}, dpm_solver_pp_3m<>{}));
    CHECK(same(dpm2{}, dpm_solver_2{}));
    CHECK(same(dpm2_ancestral{.eta = 0.0}, dpm_solver_2{}));
    CHECK(same(dpm_solver_pp_2s_ancestral{.eta = 0.0}, dpm_solver_pp_2s{}));
    CHECK(same(published_sde_dpm_solver_pp_2m{.eta = 0.0}, dpm_solver_pp_2m{}));
    CHECK(same(dpm_solver_pp_sde{.eta = 0.0}, dpm_solver_pp_2s{}));
    CHECK(same(stochastic_heun{.eta = 0.0}, heun{}));
    CHECK(same(sa_solver<2, 0>{.tau = 0.0}, res_multistep{}));
    CHECK_FALSE(same(unipc<2>{.corrector = false}, dpm_solver_pp_2m{}));
}

TEST_CASE("the ancestral process under its names") {
    using namespace fokker;
    const auto wanted = sampled(ddpm{});
    CHECK(difference(sampled(euler_ancestral{}), wanted) < 1e-12);
    CHECK(difference(sampled(euler_ancestral{.eta = 0.4}), sampled(ddim{.eta = 0.4})) < 1e-12);
    CHECK(difference(sampled(sde_dpm_solver_pp<1>{}), wanted) < 1e-12);
    CHECK(difference(sampled(sa_solver<1, 0>{}), wanted) < 1e-12);
    CHECK(difference(sampled(sa_solver<2, 0>{.tau = 0.6}),
                     sampled(sde_dpm_solver_pp<2>{.eta = 0.36})) < 1e-12);
    CHECK(difference(sampled(predictor_corrector{.corrections = 0}), wanted) < 1e-12);
}

TEST_CASE("every parametrisation of one network gives the same samples") {
    const fokker::grid grid = uneven_grid(fokker::vp_path{}, 12);
    const Eigen::ArrayXXd start = Eigen::ArrayXd::LinSpaced(11, -2.0, 2.0);
    // One that keeps data predictions, one that keeps noise predictions, one with stages and noise.
    const auto check = [&](const auto& solver) {
        const auto walked = [&](auto&& model) {
            Eigen::ArrayXXd x = start;
            fokker::denoise(x, model, grid, solver, fokker::philox{.seed = 2});
            return x;
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
    };
    check(fokker::dpm_solver_pp_2m{});
    check(fokker::deis<2>{});
    check(fokker::heun{.s_churn = 20});
}
