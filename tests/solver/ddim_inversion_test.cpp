#include <fokker/solver/ddim_inversion.hpp>

#include <Eigen/Core>
#include <cmath>
#include <vector>

#include <fokker/fokker.hpp>

#include "catch.hpp"
#include "support/grids.hpp"
#include "support/mixture.hpp"
#include "support/solvers.hpp"

using namespace fokker;
using Catch::Matchers::ContainsSubstring;
using fokker_test::any_network, fokker_test::exact_network, fokker_test::uneven_grid;

namespace {

const any_network<double> noise_network = exact_network<>{};
const any_network<double> flow_network = exact_network<flow_prediction>{};

Eigen::ArrayXXd image() { return Eigen::ArrayXd::LinSpaced(9, -1.5, 1.5); }

/// From the image to its noise and back: the largest difference.
double round_trip(const auto& model, const grid& walk, int iterations) {
    Eigen::ArrayXXd x = image();
    denoise(x, model, walk.reversed(), ddim_inversion{iterations});
    CHECK(x.isFinite().all());
    denoise(x, model, walk, ddim{});
    return (x - image()).abs().maxCoeff();
}

template <class Solver>
void check_refused(const grid& walk, const Solver& solver, const char* why) {
    Eigen::ArrayXXd x = image();
    CHECK_THROWS_WITH(denoise(x, noise_network, walk, solver, philox{.seed = 1}),
                      ContainsSubstring(why));
    CHECK((x == image()).all());
}

}  // namespace

TEST_CASE("with enough iterations DDIM leads back to the image") {
    for (const int steps : {10, 50}) {
        CHECK(round_trip(noise_network, trailing(linear_schedule(), steps), 150) < 1e-10);
        CHECK(round_trip(noise_network, uneven_grid(edm_path{}, steps), 150) < 1e-10);
        // From sigma = 0 to alpha = 0.
        CHECK(round_trip(predicts_flow(flow_network), linspace(flow_path{}, steps), 150) < 1e-10);
    }
}

TEST_CASE("with one iteration it leads back with an error of order 1") {
    const auto check = [](const auto& grid_of) {
        const double order = std::log2(round_trip(noise_network, grid_of(100), 1) /
                                       round_trip(noise_network, grid_of(200), 1));
        CHECK(order == Catch::Approx(1.0).margin(0.05));
    };
    check([](int n) { return uneven_grid(vp_path{}, n); });
    check([](int n) { return trailing(linear_schedule(), n); });  // from sigma = 0
}

TEST_CASE("the network is asked at the knot where a step ends, once an iteration") {
    const grid walk = trailing(linear_schedule(), 4), inverse = walk.reversed();
    std::vector<double> labels;
    const any_network<double> labelled = [&](const Eigen::ArrayXXd& x, const knot& k,
                                             Eigen::ArrayXXd& out) {
        labels.push_back(k.t);
        noise_network(x, k, out);
    };
    Eigen::ArrayXXd x = image();
    CHECK(denoise(x, labelled, inverse, ddim_inversion{}).evaluations == 4);
    CHECK(labels == std::vector<double>{249, 499, 749, 999});
    labels.clear();
    run r(x, labelled, inverse, ddim_inversion{.iterations = 3});
    r.step();
    CHECK(r.evaluations() == 3);
    CHECK(labels == std::vector<double>{249, 249, 249});
    CHECK(r.knot() == inverse[1]);
    // D at the state that the last iteration began with.
    CHECK(r.prediction().isFinite().all());
}

TEST_CASE("what cannot be inverted is refused") {
    const grid walk = trailing(linear_schedule(), 4);
    check_refused(walk, ddim_inversion{}, "hand it grid.reversed()");
    check_refused(walk.reversed(), ddim_inversion{.iterations = 0}, ".iterations = 0");
    check_refused(linspace(flow_path{}, 4).reversed(), ddim_inversion{}, "noise prediction cannot");
    Eigen::ArrayXXd x = image();
    CHECK_THROWS_WITH(denoise(x, predicts_flow(flow_network), linspace(flow_path{}, 1).reversed(),
                              ddim_inversion{}),
                      ContainsSubstring("take a grid of more steps"));
    CHECK_THROWS_WITH(sample(x, noise_network, walk.reversed(), ddim_inversion{}, philox{}),
                      ContainsSubstring("use denoise"));
}

TEST_CASE("stochastic solvers, and others from sigma = 0 or to alpha = 0, name ddim_inversion") {
    const grid between = uneven_grid(vp_path{}, 4).reversed();
    check_refused(between, ddpm{}, "draws noise, and the grid is reversed");
    check_refused(between, ddim{.eta = 0.5}, "ddim_inversion");
    check_refused(trailing(linear_schedule(), 4).reversed(), ddim{}, "begins at sigma = 0");
    Eigen::ArrayXXd x = image();
    CHECK_THROWS_WITH(
        denoise(x, predicts_flow(flow_network),
                linspace(flow_path{}, 4, grid_end::clean).until(3).reversed(), ddim{}),
        ContainsSubstring("ends at alpha = 0"));
}

TEST_CASE("stochastic solvers without their noise are ODE solvers, which walk either way") {
    const grid inverse = uneven_grid(vp_path{}, 40).reversed();
    const auto walked = [&](const auto& solver) {
        Eigen::ArrayXXd x = image();
        denoise(x, noise_network, inverse, solver);
        return x;
    };
    const Eigen::ArrayXXd first_order = walked(ddim{}), second_order = walked(heun{});
    const auto is_near = [](const Eigen::ArrayXXd& a, const Eigen::ArrayXXd& b, double bound) {
        return (a - b).abs().maxCoeff() < bound;
    };
    CHECK(is_near(walked(euler_ancestral{.eta = 0}), first_order, 1e-13));
    CHECK(is_near(walked(euler_maruyama{.eta = 0}), first_order, 1e-13));
    CHECK(is_near(walked(tcd{.gamma = 0}), first_order, 1e-13));
    CHECK(is_near(walked(sde_dpm_solver_pp<1>{.eta = 0}), first_order, 1e-13));
    CHECK(is_near(walked(stochastic_heun{.eta = 0}), second_order, 1e-13));
    CHECK(is_near(walked(dpm2_ancestral{.eta = 0}), walked(dpm2{}), 1e-13));
    CHECK(is_near(walked(dpm_solver_pp_2s_ancestral{.eta = 0}), walked(dpm_solver_pp_2s{}), 1e-13));
    CHECK(is_near(walked(sde_dpm_solver_pp<2>{.eta = 0}), walked(res_multistep{}), 1e-12));
    CHECK(is_near(walked(sa_solver<2, 2>{.tau = 0}), second_order, 0.01));
}
