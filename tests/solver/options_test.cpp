// What solvers refuse, and what single options do.
#include <Eigen/Core>
#include <cstdint>

#include <fokker/fokker.hpp>

#include "catch.hpp"
#include "support/grids.hpp"
#include "support/mixture.hpp"

using namespace fokker;
using namespace fokker_test;
using Catch::Matchers::ContainsSubstring;

namespace {

template <class Solver>
Eigen::ArrayXd walked(const Solver& solver, const grid& walk = uneven_grid(vp_path{}, 8),
                      std::uint64_t seed = 3) {
    Eigen::ArrayXd x = Eigen::ArrayXd::LinSpaced(9, -2.0, 2.0);
    denoise(x, exact_network<>{}, walk, solver, philox{.seed = seed});
    return x;
}

double difference(const Eigen::ArrayXd& a, const Eigen::ArrayXd& b) {
    return (a - b).abs().maxCoeff();
}

const grid hand_made{vp_path{}.at(0.8), vp_path{}.at(0.5), vp_path{}.at(0.3)};

}  // namespace

TEST_CASE("stages lie inside the step") {
    CHECK_THROWS_WITH(walked(dpm_solver_2{.r = 0}), ContainsSubstring("r is 0"));
    CHECK_THROWS_WITH(walked(dpm_solver_pp_2s{.r = 1}), ContainsSubstring("r is 1"));
    CHECK_THROWS_WITH(walked(dpm_solver_pp_sde{.r = 1}), ContainsSubstring("r is 1"));
    CHECK_THROWS_WITH(walked(res_2s{.r = 2}), ContainsSubstring("r is 2"));
    CHECK_THROWS_WITH(walked(dpm_solver_3{.r1 = 0.7, .r2 = 0.3}),
                      ContainsSubstring("not below r2"));
    CHECK_THROWS_WITH(walked(dpm_solver_pp_3s{.r1 = -1}), ContainsSubstring("r1 is -1"));
}

TEST_CASE("solvers that need knots between those of the grid say so") {
    const auto refuses = [](const auto& solver) {
        CHECK_THROWS_WITH(walked(solver, hand_made), ContainsSubstring("made by hand"));
    };
    refuses(dpm_solver_2{});
    refuses(dpm_solver_3{});
    refuses(dpm_solver_pp_2s{});
    refuses(dpm_solver_pp_3s{});
    refuses(res_2s{});
    refuses(dpm2{});
    refuses(dpm2_ancestral{});
    refuses(dpm_solver_pp_2s_ancestral{});
    refuses(dpm_solver_pp_sde{});
    refuses(pndm{});
    refuses(published_pndm<>{});
    refuses(tcd{});
    refuses(dormand_prince{});
    refuses(dpm_solver_adaptive<>{});
    refuses(deis_in_time<>{});
    refuses(deis<3, multistep_start::one_step>{});
    refuses(lms<4, multistep_start::one_step>{});
    refuses(dpm_solver_pp_3m<multistep_start::one_step>{});
    CHECK_NOTHROW(walked(published_pndm<>{.runge_kutta = false}, hand_made));
    CHECK_NOTHROW(walked(deis<3>{}, hand_made));
    CHECK_NOTHROW(walked(unipc<3>{}, hand_made));
    CHECK_NOTHROW(walked(euler_ancestral{}, hand_made));
}

TEST_CASE("amounts of noise have their ranges") {
    CHECK_THROWS_WITH(walked(euler_ancestral{.eta = 1.5}), ContainsSubstring("eta is 1.5"));
    CHECK_THROWS_WITH(walked(published_sde_dpm_solver_pp_2m{.eta = -1}),
                      ContainsSubstring("eta is -1"));
    CHECK_THROWS_WITH(walked(published_sde_dpm_solver_pp_3m{.s_noise = -0.5}),
                      ContainsSubstring("s_noise is -0.5"));
    CHECK_THROWS_WITH(walked(dpm_solver_pp_sde{.eta = 2}), ContainsSubstring("eta is 2"));
    CHECK_THROWS_WITH(walked(euler_ancestral{.s_noise = 1e308 * 10}),
                      ContainsSubstring("s_noise is inf"));
    CHECK_THROWS_WITH(walked(sde_dpm_solver_pp<2>{.eta = -1}), ContainsSubstring("eta is -1"));
    CHECK_THROWS_WITH(walked(euler_maruyama{.s_noise = -1}), ContainsSubstring("s_noise is -1"));
    CHECK_THROWS_WITH(walked(stochastic_heun{.eta = -2}), ContainsSubstring("eta is -2"));
    CHECK_THROWS_WITH(walked(er_sde<2>{.s_noise = -2}), ContainsSubstring("s_noise is -2"));
    CHECK_THROWS_WITH(walked(sa_solver<>{.tau = -1}), ContainsSubstring("tau is -1"));
    CHECK_THROWS_WITH(walked(sa_solver<>{.sigma_min = 2, .sigma_max = 1}),
                      ContainsSubstring("sigma_min is 2"));
    CHECK_THROWS_WITH(walked(tcd{.gamma = 2}), ContainsSubstring("gamma is 2"));
    CHECK_THROWS_WITH(walked(consistency_sampler{.sigma_min = -1}),
                      ContainsSubstring("sigma_min is -1"));
    CHECK_THROWS_WITH(walked(predictor_corrector{.corrections = -1}),
                      ContainsSubstring("corrections is -1"));
    CHECK_THROWS_WITH(walked(predictor_corrector{.snr = 0}), ContainsSubstring("snr is 0"));
    CHECK_THROWS_WITH(walked(gradient_estimation{.gamma = 1e308 * 10}),
                      ContainsSubstring("must be finite"));
}

TEST_CASE("without its noise, s_noise = 0, a step is the mean of the one with noise") {
    const grid walk = uneven_grid(vp_path{}, 8), one = walk.until(1);
    const auto check = [&]<class Solver>(Solver solver) {
        solver.s_noise = 0;
        CHECK(difference(walked(solver, walk, 3), walked(solver, walk, 4)) == 0);
        // The noise of a single step is symmetric: half the sum with it and with its negative.
        const Eigen::ArrayXd mean = walked(solver, one);
        solver.s_noise = 1;
        const Eigen::ArrayXd full = walked(solver, one);
        solver.s_noise = 0.5;
        CHECK(difference(mean + 0.5 * (full - mean), walked(solver, one)) < 1e-12);
        CHECK(difference(mean, full) > 1e-3);
    };
    check(euler_ancestral{});
    check(er_sde<2>{});
    check(sa_solver<>{});
    check(euler_maruyama{});
    check(sde_dpm_solver_pp<2>{});
    check(published_sde_dpm_solver_pp_3m{});
    Eigen::ArrayXd lifted = walked(heun{.s_churn = 3, .s_noise = 0}, walk, 3);
    CHECK(difference(lifted, walked(heun{.s_churn = 3, .s_noise = 0}, walk, 4)) == 0);
    CHECK(difference(lifted, walked(heun{}, walk)) > 1e-3);
}

TEST_CASE("DPM-Solver-fast makes as many calls as it was given") {
    for (int calls : {3, 10, 11, 12, 20}) {
        const auto walk =
            uniform_lambda(vp_path{}, dpm_solver_fast::fast_steps(calls), grid_end::least_noise);
        Eigen::ArrayXd x = Eigen::ArrayXd::LinSpaced(9, -2.0, 2.0);
        CHECK(denoise(x, exact_network<>{}, walk, dpm_solver_fast{calls}).evaluations == calls);
    }
    CHECK_THROWS_WITH(walked(dpm_solver_fast{}), ContainsSubstring("say how many"));
    CHECK_THROWS_WITH(walked(dpm_solver_fast{10}), ContainsSubstring("a grid of 4 steps"));
}

TEST_CASE("SA-Solver adds noise only where it was told to") {
    const sa_solver<2, 2> never{.tau = 1.0, .sigma_min = 100.0};
    CHECK(difference(walked(never), walked(sa_solver<2, 2>{.tau = 0.0})) < 1e-14);
    CHECK(difference(walked(sa_solver<2, 2>{}), walked(never)) > 1e-3);
}

TEST_CASE("the methods as published are others than those with exact weights") {
    const grid walk = uneven_grid(edm_path{}, 3);
    const double published =
        difference(walked(published_dpm_solver_pp_3m{}, walk), walked(dpm_solver_pp_3m<>{}, walk));
    CHECK(published > 1e-4);
    CHECK(difference(walked(dpm_solver_2m{}, walk), walked(deis<2>{}, walk)) > 1e-4);
    const auto sde = [&](const auto& a, const auto& b) {
        return difference(walked(a, walk), walked(b, walk));
    };
    CHECK(sde(published_sde_dpm_solver_pp_2m{}, sde_dpm_solver_pp<2>{}) > 1e-4);
    CHECK(sde(published_sde_dpm_solver_pp_3m{}, sde_dpm_solver_pp<3>{}) > 1e-4);
}

TEST_CASE("the amount of noise may follow the knot") {
    const auto constant = [](const knot&) { return 0.7; };
    CHECK(difference(walked(euler_maruyama{.eta = constant}), walked(euler_maruyama{.eta = 0.7})) ==
          0.0);
    CHECK(difference(walked(stochastic_heun{.eta = constant}),
                     walked(stochastic_heun{.eta = 0.7})) == 0.0);
    // None, then all of it.
    const auto late = [](const knot& k) { return k.sigma < k.alpha ? 1 : 0; };
    const grid walk = uneven_grid(vp_path{}, 8);
    int none = 0;
    while (walk[static_cast<std::size_t>(none)].lambda() <= 0) ++none;
    CHECK(difference(walked(euler_maruyama{.eta = late}, walk.until(none)),
                     walked(euler{}, walk.until(none))) < 1e-12);
    CHECK(difference(walked(euler_maruyama{.eta = late}), walked(euler{})) > 1e-2);
    const auto bad = [](const knot& k) { return k.sigma - 0.5; };
    CHECK_THROWS_WITH(walked(euler_maruyama{.eta = bad}),
                      ContainsSubstring("finite and not negative"));
    CHECK_THROWS_WITH(walked(stochastic_heun{.eta = bad}),
                      ContainsSubstring("finite and not negative"));
    CHECK_FALSE(euler_maruyama{.eta = 0.0}.stochastic());
    CHECK(euler_maruyama{.eta = late}.stochastic());
}

TEST_CASE("a Langevin step of measured length ties samples to their batch, the other does not") {
    const auto first_of = [](langevin_step length, Eigen::Index samples) {
        Eigen::ArrayXXd x(9, samples);
        const predictor_corrector solver{.length = length};
        sample(x, exact_network<>{}, uneven_grid(vp_path{}, 8), solver, philox{.seed = 3});
        return Eigen::ArrayXd(x.col(0));
    };
    const auto moved = [&](langevin_step length) {
        return difference(first_of(length, 1), first_of(length, 4));
    };
    CHECK(moved(langevin_step::noise_level) == 0.0);
    CHECK(moved(langevin_step::measured) > 1e-3);
    const auto zero = [](const Eigen::ArrayXd&, double, Eigen::ArrayXd& out) { out.setZero(); };
    Eigen::ArrayXd x = Eigen::ArrayXd::Ones(3);
    const predictor_corrector measured{.length = langevin_step::measured};
    CHECK_THROWS_WITH(
        denoise(x, zero, uneven_grid(vp_path{}, 8), measured, philox{}),
        ContainsSubstring("0 everywhere at step 0, t = 0.704") && ContainsSubstring("noise_level"));
    CHECK_THROWS_AS(denoise(x, zero, uneven_grid(vp_path{}, 8), measured, philox{}), network_error);
    for (const double bad : {std::nan(""), std::numeric_limits<double>::infinity()}) {
        const auto broken = [&](const Eigen::ArrayXd&, double, Eigen::ArrayXd& out) { out = bad; };
        CHECK_THROWS_AS(denoise(x, broken, uneven_grid(vp_path{}, 8), measured, philox{}),
                        network_error);
    }
}

TEST_CASE("consistency sampling renoises the prediction, less what the model leaves") {
    const grid walk{edm_path{}.at(10.0), edm_path{}.at(1.0), knot{}};
    const auto constant = [](const Eigen::ArrayXXd&, double, Eigen::ArrayXXd& out) { out = 0.5; };
    const auto spread = [&](double sigma_min) {
        Eigen::ArrayXXd x(1, 40000), before;
        sample(x, predicts_data(constant), walk, consistency_sampler{sigma_min}, philox{.seed = 1},
               [&](const auto& run) {
                   if (run.index() == 1) before = run.state();
               });
        CHECK((x == 0.5).all());
        return std::sqrt((before - 0.5).square().mean());
    };
    CHECK(std::abs(spread(0.0) - 1.0) < 0.02);
    CHECK(std::abs(spread(0.6) - 0.8) < 0.02);
}
