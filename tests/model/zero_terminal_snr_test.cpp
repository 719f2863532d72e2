// Schedules that end in pure noise (Lin et al. 2024): the first knot of a walk has alpha = 0.
#include <Eigen/Core>
#include <cmath>
#include <vector>

#include <fokker/error.hpp>
#include <fokker/model/consistency.hpp>
#include <fokker/model/model.hpp>
#include <fokker/noise/philox.hpp>
#include <fokker/path/discrete_schedule.hpp>
#include <fokker/path/grid.hpp>
#include <fokker/sample.hpp>
#include <fokker/solver/ddim.hpp>
#include <fokker/solver/ddpm.hpp>
#include <fokker/solver/dpm_solver_pp.hpp>
#include <fokker/solver/heun.hpp>

#include "catch.hpp"
#include "support/mixture.hpp"

using namespace fokker;
using Catch::Matchers::ContainsSubstring;

namespace {

/// A linear schedule whose square roots of alpha-bar are shifted and scaled so that the last one is
/// 0 and the first is as before: Lin et al. 2024, Algorithm 1; every `stride`-th time, from T - 1.
grid zero_terminal_walk(int stride) {
    const auto schedule = linear_schedule();
    const double first = schedule.at(0).alpha, last = schedule.at(999).alpha;
    std::vector<knot> knots;
    for (int t = 999; t >= 0; t -= stride) {
        const double alpha = (schedule.at(t).alpha - last) * first / (first - last);
        knots.push_back({double(t), alpha, std::sqrt(1 - alpha * alpha)});
    }
    knots.push_back({-1, 1, 0});
    return grid(std::move(knots));
}

template <class Model, class Solver>
void check_moments(const Model& model, const Solver& solver) {
    const fokker_test::mixture m;
    const int n = 20000;
    Eigen::ArrayXXd x(n, 1);
    const grid walk = zero_terminal_walk(5);
    REQUIRE(walk.front().alpha == 0);
    REQUIRE(walk.front().sigma == 1);
    sample(x, model, walk, solver, philox{.seed = 5});
    const double variance = m.central_moment(2);
    CHECK(std::abs(x.mean() - m.first_moment()) < 5 * std::sqrt(variance / n) + 0.005);
    CHECK((x - x.mean()).square().mean() == Catch::Approx(variance).epsilon(0.05));
}

template <class Model>
void check_samples(const Model& model) {
    check_moments(model, ddim{});
    check_moments(model, ddim{.eta = 1});
    check_moments(model, ddpm{});
    check_moments(model, heun{});
    check_moments(model, dpm_solver_pp_2m{});
}

}  // namespace

TEST_CASE("velocity, data and flow predictions sample from pure noise to the data") {
    check_samples(predicts_velocity(fokker_test::exact_network<velocity_prediction>{}));
    check_samples(predicts_data(fokker_test::exact_network<data_prediction>{}));
    check_moments(predicts_flow(fokker_test::exact_network<flow_prediction>{}), ddim{});
}

TEST_CASE("there, too, predictions are bounded") {
    const auto network = fokker_test::exact_network<velocity_prediction>{};
    Eigen::ArrayXXd x(100, 3);
    for (int i = 0; i < 2; ++i) {
        const auto walk = zero_terminal_walk(100);
        if (i == 0)
            sample(x, predicts_velocity(network).clipped(-0.5, 0.25), walk, ddim{}, philox{});
        else
            sample(x, predicts_velocity(network).thresholded(), walk, ddim{}, philox{});
        CHECK(x.maxCoeff() <= (i == 0 ? 0.25 : 1.0));
        CHECK(x.minCoeff() >= (i == 0 ? -0.5 : -1.0));
        CHECK(x.abs().maxCoeff() > 0.4);
    }
}

TEST_CASE("what says nothing at alpha = 0 is refused in words that help, before any call") {
    int calls = 0;
    const auto f = [&](const Eigen::ArrayXXd& in, double, Eigen::ArrayXXd& out) {
        ++calls;
        out = in;
    };
    Eigen::ArrayXXd x(3, 2);
    const auto refuses = [&](const auto& model, const char* name) {
        CHECK_THROWS_WITH(sample(x, model, zero_terminal_walk(100), ddim{}, philox{}),
                          ContainsSubstring(name) && ContainsSubstring("alpha = 0") &&
                              ContainsSubstring("predicts data, velocity or flow"));
    };
    refuses(f, "noise prediction");
    refuses(predicts_noise(f), "noise prediction");
    refuses(predicts_score(f), "score prediction");
    refuses(edm_preconditioned(f), "EDM preconditioning");
    refuses(consistency_preconditioned(f), "consistency scaling");
    refuses(latent_consistency(predicts_noise(f)), "latent consistency scaling");
    CHECK(calls == 0);
    CHECK_NOTHROW(sample(x, latent_consistency(predicts_velocity(f)), zero_terminal_walk(100),
                         ddim{}, philox{}));
}
