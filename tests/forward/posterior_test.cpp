#include <fokker/forward/posterior.hpp>

#include <Eigen/Core>
#include <cmath>
#include <limits>

#include <fokker/error.hpp>
#include <fokker/noise/philox.hpp>
#include <fokker/path/continuous.hpp>

#include "catch.hpp"
#include "support/drawn.hpp"
#include "support/golden.hpp"
#include "support/recorded.hpp"
#include "support/schedules.hpp"

using namespace fokker;
using namespace fokker_test;
using Catch::Matchers::ContainsSubstring;
using Eigen::ArrayXXd;

namespace {
const vp_path path;
}  // namespace

TEST_CASE("the posterior undoes the transition in distribution") {
    const int n = 200000;
    const ArrayXXd x0 = ArrayXXd::Constant(n, 1, -0.8);
    const knot s = path.at(0.2), t = path.at(0.6);
    ArrayXXd x(n, 1);
    forward(x0, t, draws, x);
    sample_posterior(x, x0, t, s, draws, x);
    const double mean = x.mean(), variance = (x - mean).square().mean(), v = s.sigma * s.sigma;
    CHECK(std::abs(mean + 0.8 * s.alpha) < 5 * s.sigma / std::sqrt(n));
    CHECK(std::abs(variance - v) < 5 * v * std::sqrt(2.0 / n));
    CHECK_THROWS_WITH(sample_posterior(x, x0, s, t, draws, x), ContainsSubstring("not cleaner"));
}

TEST_CASE("posterior coefficients are those of the paper") {
    for (const char* name : {"linear", "scaled_linear", "cosine"}) {
        const golden_case g = golden("forward", std::string("posterior_") + name);
        const discrete_schedule schedule = schedule_named(name);
        const auto times = golden_numbers(g.at("times"));
        const auto check = [&](double t, double s, const auto& row) {
            const auto wanted = golden_numbers(row);
            const posterior q = posterior_between(schedule.at(s), schedule.at(t));
            INFO(name << " from " << t << " to " << s);
            CHECK(relative_error(q.state, wanted[0]) < 1e-12);
            CHECK(relative_error(q.data, wanted[1]) < 1e-12);
            CHECK(relative_error(q.std * q.std, wanted[2]) < 1e-12);

            // And what the verb makes of them.
            const double x0 = -0.7, xt = 1.2;
            std::vector<double> xs(1);
            sample_posterior(std::vector{xt}, std::vector{x0}, schedule.at(t), schedule.at(s),
                             recorded_noise{{{0.5}}, 1}, xs);
            const double mean = wanted[0] * xt + wanted[1] * x0;
            CHECK(std::abs(xs[0] - (mean + 0.5 * std::sqrt(wanted[2]))) < 1e-12);
        };
        for (std::size_t i = 0; i < times.size(); ++i) {
            check(times[i], times[i] - 1, g.at("next").at(i));
            if (i > 0) check(times[i], times[i - 1], g.at("jump").at(i - 1));
        }
    }
}

TEST_CASE("the draw that is told is the one taken") {
    const ArrayXXd zero = ArrayXXd::Zero(10, 2);
    ArrayXXd xs(10, 2);
    sample_posterior(zero, zero, {0, 1, 2}, {0, 1, 1}, draws, xs, 7);  // of variance 3 / 4
    CHECK(worst(xs, std::sqrt(0.75) * gaussian(10, 2, 7)) < 1e-14);
}

TEST_CASE("misuse of the posterior is refused") {
    const ArrayXXd x = ArrayXXd::Zero(10, 2), other = ArrayXXd::Zero(10, 3);
    ArrayXXd xs(10, 2), few(10, 1);
    CHECK_THROWS_WITH(sample_posterior(x, other, path.at(0.5), path.at(0.2), draws, xs),
                      ContainsSubstring("x0 has 3 of 10"));
    CHECK_THROWS_WITH(sample_posterior(x, x, path.at(0.5), path.at(0.2), draws, few),
                      ContainsSubstring("x_clean has 1 of 10"));
}

TEST_CASE("knots on no path are refused at either end") {
    Eigen::ArrayXd x = Eigen::ArrayXd::Zero(3);
    const double inf = std::numeric_limits<double>::infinity();
    const knot clean{0, 1, 0.5}, noisy{1, 0.5, 2};
    for (const knot& bad : {knot{1, 1, inf}, knot{1, -1, 1}, knot{1, 0, 0}}) {
        const auto words = ContainsSubstring("is on no path");
        CHECK_THROWS_WITH(sample_posterior(x, x, bad, clean, philox{}, x), words);
        CHECK_THROWS_WITH(sample_posterior(x, x, noisy, bad, philox{}, x), words);
        CHECK_THROWS_WITH(forward_between(x, clean, bad, philox{}, x), words);
        CHECK_THROWS_WITH(forward_between(x, bad, noisy, philox{}, x), words);
    }
}
