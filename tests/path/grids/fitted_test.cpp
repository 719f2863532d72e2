#include <fokker/path/grids/fitted.hpp>

#include <Eigen/Core>
#include <algorithm>
#include <cmath>
#include <numeric>
#include <vector>

#include <fokker/error.hpp>
#include <fokker/noise/philox.hpp>
#include <fokker/path/continuous.hpp>
#include <fokker/path/discrete_schedule.hpp>
#include <fokker/path/grids.hpp>
#include <fokker/sample.hpp>
#include <fokker/solver/ddim.hpp>

#include "catch.hpp"
#include "support/mixture.hpp"
#include "support/solvers.hpp"

using namespace fokker;
using Catch::Approx;
using Catch::Matchers::ContainsSubstring;
using Eigen::ArrayXXd;

namespace {

const fokker_test::any_network<double> network = [](const ArrayXXd& x, const knot& k,
                                                    ArrayXXd& out) {
    fokker_test::exact_network<>{{{0.4, 0.6}, {-0.7, 0.8}, {0.05, 0.1}}}(x, k, out);
};

grid fitted_to(const auto& path, int steps, const fitted_options& options = {}) {
    ArrayXXd x(50, 4);
    return fitted(x, network, path, steps, philox{.seed = 1}, options);
}

/// Of DDIM over this grid, against a fine one.
double ddim_error(const grid& walk) {
    const auto sampled = [&](const grid& over) {
        ArrayXXd x(50, 4);
        sample(x, network, over, ddim{}, philox{.seed = 2});
        return x;
    };
    std::vector<knot> fine;
    for (const knot& k : uniform_lambda(vp_path{}, 4000, grid_end::least_noise)) fine.push_back(k);
    return std::sqrt((sampled(walk) - sampled(grid(fine))).square().mean());
}

}  // namespace

TEST_CASE("points are where the same density lies between them") {
    const std::vector<double> lambdas{0, 1, 2, 4};
    const auto points = detail::equidistributed(lambdas, {1, 4, 0.5}, 7, 1e9);
    const std::vector<double> wanted{0, 1, 1.25, 1.5, 1.75, 2, 4};
    for (std::size_t i = 0; i < 7; ++i) CHECK(points[i] == Approx(wanted[i]).margin(1e-12));
    // No density is below half of the mean, 1.5.
    const auto held = detail::equidistributed(lambdas, {3, 3, 0}, 8, 2);
    CHECK(held[7] - held[6] == Approx(10.0 / 7).epsilon(1e-12));
    // A network that does not change: even.
    CHECK(detail::equidistributed(lambdas, {0, 0, 0}, 3, 10)[1] == Approx(2));
}

TEST_CASE("DDIM errs less on the fitted grid than on grids by rule") {
    const vp_path path;
    for (const int steps : {10, 20}) {
        const double of_fitted = ddim_error(fitted_to(path, steps, {.end = grid_end::least_noise}));
        CAPTURE(of_fitted);
        CHECK(of_fitted < ddim_error(linspace(path, steps, grid_end::least_noise)));
        CHECK(of_fitted < ddim_error(uniform_lambda(path, steps, grid_end::least_noise)));
        CHECK(of_fitted < ddim_error(karras(path, steps, {.end = grid_end::least_noise})));
    }
}

TEST_CASE("for Gaussian data the steps are even in the arc tangent of sigma, as far as they may") {
    // Along the ODE x / alpha is as sqrt(v), v = s^2 + sigma^2 with sigma relative to alpha, and D
    // as s^2 / sqrt(v). Their derivatives in lambda give the density s sigma / v, the derivative of
    // -atan(sigma / s).
    const double s = 0.5;
    const vp_path path;
    int calls = 0;
    const auto gaussian = [&](const ArrayXXd& x, const knot& k, ArrayXXd& out) {
        ++calls;
        out = k.sigma / (s * s * k.alpha * k.alpha + k.sigma * k.sigma) * x;
    };
    const auto density = [=](double lambda) {
        return s * std::exp(-lambda) / (s * s + std::exp(-2 * lambda));
    };
    const double noise = path.at(1).lambda(), data = path.at(1e-3).lambda();
    const auto angle = [=](double lambda) { return std::atan(std::exp(-lambda) / s); };
    const double mean = (angle(noise) - angle(data)) / (data - noise);
    for (const double longest : {1e6, 1.5}) {
        const int steps = 8;
        ArrayXXd x(20, 4);
        calls = 0;
        const grid walk =
            fitted(x, gaussian, path, steps, philox{.seed = 1},
                   {.fine_steps = 400, .longest = longest, .end = grid_end::least_noise});
        CHECK(calls == 400);
        std::vector<double> masses;
        for (std::size_t i = 0; i + 1 < walk.size(); ++i) {
            const double a = walk[i].lambda(), h = (walk[i + 1].lambda() - a) / 1000;
            double mass = 0;
            for (int j = 0; j < 1000; ++j)
                mass += h * std::max(density(a + (j + 0.5) * h), mean / longest);
            masses.push_back(mass);
        }
        const double sum = std::accumulate(masses.begin(), masses.end(), 0.0);
        for (const double mass : masses) CHECK(mass == Approx(sum / steps).epsilon(0.01));
    }
}

TEST_CASE("for a network that does not change it is even in lambda, over the whole path") {
    const fokker_test::any_network<double> constant = [](const ArrayXXd&, const knot&,
                                                         ArrayXXd& out) { out.setConstant(0.3); };
    const vp_path path;
    const grid even = uniform_lambda(path, 6, grid_end::least_noise);
    for (const int fine_steps : {2, 3, 10}) {
        ArrayXXd x(20, 4);
        const grid walk = fitted(x, predicts_data(constant), path, 6, philox{.seed = 1},
                                 {.fine_steps = fine_steps, .end = grid_end::least_noise});
        for (std::size_t i = 0; i < even.size(); ++i)
            CHECK(walk[i].lambda() == Approx(even[i].lambda()).margin(1e-9));
    }
}

TEST_CASE("it has the path's ends and the steps that were asked for, whatever was watched") {
    const auto schedule = linear_schedule();
    for (const int steps : {1, 2, 7}) {
        const grid clean = fitted_to(schedule, steps);
        CHECK(clean.steps() == steps);
        CHECK(clean.front().t == 999);
        CHECK(clean.back().sigma == 0);
        CHECK((steps == 1 || clean[std::size_t(steps) - 1].t == 0));
        const grid noisy = fitted_to(schedule, steps, {.end = grid_end::least_noise});
        CHECK(noisy.steps() == steps);
        CHECK(noisy.back().t == 0);
    }
    const grid few = fitted_to(schedule, 5, {.fine_steps = 60}), many = fitted_to(schedule, 5);
    for (std::size_t i = 0; i < 5; ++i) CHECK(few[i].t == Approx(many[i].t).margin(25));
    // The same diffusion at another scale has the same lambdas.
    const grid ve = fitted_to(edm_path{.sigma_min = 0.01, .sigma_max = 100}, 6);
    const grid vp = fitted_to(linear_schedule(), 6);
    CHECK(ve[3].lambda() == Approx(vp[3].lambda()).margin(0.4));
}

TEST_CASE("bad options are refused") {
    CHECK_THROWS_WITH(fitted_to(vp_path{}, 0), ContainsSubstring("at least one step"));
    CHECK_THROWS_WITH(fitted_to(vp_path{}, 5, {.fine_steps = 1}), ContainsSubstring("fine_steps"));
    CHECK_THROWS_WITH(fitted_to(vp_path{}, 5, {.longest = 0.5}),
                      ContainsSubstring("longest is 0.5"));
    CHECK_THROWS_AS(fitted_to(flow_path{}, 5), error);
}
