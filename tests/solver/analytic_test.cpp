#include <fokker/solver/analytic.hpp>

#include <Eigen/Core>
#include <numbers>

#include <fokker/error.hpp>
#include <fokker/noise/philox.hpp>
#include <fokker/path/continuous.hpp>
#include <fokker/path/discrete_schedule.hpp>
#include <fokker/path/grids.hpp>
#include <fokker/sample.hpp>
#include <fokker/solver/ddpm.hpp>

#include "catch.hpp"
#include "support/mixture.hpp"
#include "support/solvers.hpp"

using namespace fokker;
using Catch::Approx;
using Catch::Matchers::ContainsSubstring;

namespace {

struct fake_run {
    int done, of;
    knot last{0, 1, 0};
    int index() const { return done; }
    int steps() const { return of; }
    knot end() const { return last; }
};

}  // namespace

TEST_CASE("the optimal variance of Gaussian data is exact: one step from s to t has q(x_t | x_s)") {
    // Data N(0, d^2): x_s and x_t are jointly Gaussian, and so is the reverse transition.
    const double d = 0.6;
    const vp_path path;
    for (const auto& [from, to] :
         {std::pair{0.9, 0.4}, std::pair{0.5, 0.1}, std::pair{0.2, 0.15}}) {
        const knot s = path.at(from), t = path.at(to);
        const double vs = s.alpha * s.alpha * d * d + s.sigma * s.sigma;
        const double vt = t.alpha * t.alpha * d * d + t.sigma * t.sigma;
        const double covariance = s.alpha / t.alpha * vt;
        const double exact = vt - covariance * covariance / vs;
        const double gamma = s.sigma * s.sigma / vs;  // E ||eps_hat||^2 for this data
        const analytic_variance variance{.gamma = {{s}, {gamma}}};
        const posterior q = posterior_between(t, s);
        const double std = variance.std(s, t, q, fake_run{0, 5}, gamma);
        CHECK(std * std == Approx(exact).epsilon(1e-10));
    }
}

TEST_CASE("the last noisy steps are bounded in grey levels") {
    const knot s{0, 0.6, 0.8};
    const analytic_variance bounded{.gamma = {{s}, {0.0}}, .bounded_steps = 1, .bounded_to = 2.0};
    const double bound = 2.0 * (2.0 / 255.0) * std::sqrt(std::numbers::pi / 2);
    const knot t{0, 1, 0.01};
    const posterior q{0.3, 0.5, 0.001};
    CHECK(bounded.std(s, t, q, fake_run{8, 10}, 0.0) == Approx(bound));  // step 9 adds no noise
    CHECK(bounded.std(s, t, q, fake_run{7, 10}, 0.0) > 0.5);
    CHECK(bounded.std(s, t, q, fake_run{9, 10, {0, 0.9, 0.1}}, 0.0) == Approx(bound));
    CHECK(bounded.std(s, t, q, fake_run{8, 10, {0, 0.9, 0.1}}, 0.0) > 0.5);
    CHECK(bounded.std(s, t, {0.3, 0.001, 1e-9}, fake_run{8, 10}, 0.0) < bound);
    // Where much noise is left, the network expects it and takes it away.
    CHECK(bounded.std(s, {0, 0.9, 0.3}, q, fake_run{8, 10}, 0.0) == 0.3);
    CHECK(bounded.std(s, {0, 0.9, 0.9}, q, fake_run{8, 10}, 0.0) ==
          bounded.std(s, t, q, fake_run{7, 10}, 0.0));
}

TEST_CASE("few analytic steps keep the spread of Gaussian data that fixed variances lose") {
    const double d = 0.6;
    const fokker_test::mixture gaussian{{1.0, 0.0}, {0.0, 0.0}, {d, 1.0}};
    const auto schedule = linear_schedule();
    const auto walk = trailing(schedule, 5);
    moments m{moment_knots(schedule), {}};
    for (const knot& k : m.knots)
        m.gamma.push_back(k.sigma * k.sigma / (k.alpha * k.alpha * d * d + k.sigma * k.sigma));
    const int n = 50000;
    const auto variance = [&](const auto& solver) {
        Eigen::ArrayXd x(n);
        sample(x, fokker_test::exact_network<>{gaussian}, walk, solver, philox{.seed = 3});
        return x.square().mean();
    };
    // The last step, to sigma = 0, is a mean alone: it takes the spread that x_0 has given x_t
    // away.
    const knot last = walk[4];
    const double lost = d * d * last.sigma * last.sigma /
                        (last.alpha * last.alpha * d * d + last.sigma * last.sigma);
    const double wanted = d * d - lost, bound = 5 * d * d * std::sqrt(2.0 / n);
    CHECK(std::abs(variance(analytic_ddpm{{.gamma = m}}) - wanted) < bound + 0.002);
    CHECK(std::abs(variance(analytic_ddim{0.0, {.gamma = m}}) - wanted) < bound + 0.002);
    CHECK(variance(ddpm{}) < wanted - 2 * bound);
    CHECK(variance(ddpm{ddpm_variance::upper_bound}) > wanted + 2 * bound);
}

TEST_CASE("bad moments and bounds are refused before any call") {
    Eigen::ArrayXd x(1);
    const auto f = [](const Eigen::ArrayXd&, double, Eigen::ArrayXd&) { FAIL("called"); };
    const auto refused = [&](auto solver) {
        return [&, solver] { sample(x, f, trailing(linear_schedule(), 5), solver, philox{}); };
    };
    CHECK_THROWS_WITH(refused(analytic_ddpm{})(), ContainsSubstring("estimate_moments"));
    const moments m = fokker_test::plain_moments();
    CHECK_THROWS_WITH(refused(analytic_ddpm{{.gamma = m, .data_radius = -1}})(),
                      ContainsSubstring("data_radius is -1"));
    CHECK_THROWS_WITH(refused(analytic_ddpm{{.gamma = {{{500, 0.6, 0.8}}, {0.5}}}})(),
                      ContainsSubstring("t = 500") && ContainsSubstring("t = 999"));
    CHECK_THROWS_WITH(refused(analytic_ddim{1.5, {.gamma = m}})(), ContainsSubstring("eta = 1.5"));
    CHECK_THROWS_AS(refused(analytic_ddim{0.0, {.gamma = m, .bounded_steps = -1}})(), error);
    CHECK_THROWS_AS(refused(analytic_ddpm{{.gamma = m, .bounded_to = -1}})(), error);
}
