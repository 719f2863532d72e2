#include <fokker/solver/consistency.hpp>

#include <cmath>
#include <cstddef>

#include <Eigen/Core>

#include <fokker/noise/philox.hpp>
#include <fokker/path/continuous.hpp>
#include <fokker/path/grids/flow.hpp>
#include <fokker/path/schedules/betas.hpp>
#include <fokker/run.hpp>
#include <fokker/sample.hpp>
#include <fokker/solver/ddim.hpp>

#include "catch.hpp"
#include "support/grids.hpp"
#include "support/one_number.hpp"

using namespace fokker;
using namespace fokker_test;
using Catch::Approx;

TEST_CASE("consistency sampling renoises the data prediction, less sigma_min") {
    const grid walk = uneven_grid(vp_path{}, 4);
    for (const double sigma_min : {0.0, 0.05}) {
        const auto states = states_of(consistency_sampler{sigma_min}, walk, 1.2, curved, 4);
        for (std::size_t i = 0; i < 4; ++i) {
            const knot& t = walk[i + 1];
            const double noise = std::sqrt(t.sigma * t.sigma - std::pow(t.alpha * sigma_min, 2));
            CHECK(states[i + 1] ==
                  Approx(t.alpha * curved(states[i], walk[i]) + noise * some_draws[i])
                      .epsilon(1e-12));
        }
    }
    // No noise where the model leaves more than the knot has.
    const double all = walk[2].noise_to_signal() + 1e-3;
    const auto states = states_of(consistency_sampler{all}, walk, 1.2, curved, 1);
    CHECK(states[2] == Approx(walk[2].alpha * curved(states[1], walk[1])).epsilon(1e-12));
}

TEST_CASE("TCD jumps to the time (1 - gamma) t and returns with fresh noise") {
    const vp_path path;
    const grid walk = uneven_grid(path, 4);
    for (const double gamma : {0.3, 0.8}) {
        const auto states = states_of(tcd{.gamma = gamma}, walk, 1.2, curved, 4);
        for (std::size_t i = 0; i < 4; ++i) {
            const knot &s = walk[i], &t = walk[i + 1], m = path.at((1 - gamma) * t.t);
            const double D = curved(states[i], s), E = noise_of(states[i], D, s);
            const double scale = t.alpha / m.alpha;
            const double noise = std::sqrt(t.sigma * t.sigma - std::pow(scale * m.sigma, 2));
            CHECK(
                states[i + 1] ==
                Approx(scale * (m.alpha * D + m.sigma * E) + noise * some_draws[i]).epsilon(1e-10));
        }
    }
}

TEST_CASE("TCD has the marginals of its path where labels are not times, too") {
    // All data in one point: the state is that plus noise of the knot's sigma.
    const auto point = [](const Eigen::ArrayXXd&, double, Eigen::ArrayXXd& out) {
        out.setConstant(0.5);
    };
    for (const double shift : {1.0, 3.0}) {
        Eigen::ArrayXXd x(50, 2000);
        run r(x, predicts_data(point), flow(4, {.shift = shift}), tcd{.gamma = 0.3},
              philox{.seed = 4});
        r.start_from_prior();
        for (int i = 0; i < 3; ++i) {
            r.step();
            const double mean = 0.5 * r.knot().alpha;
            // Five standard errors of 100,000 numbers.
            CHECK(std::abs(x.mean() - mean) < 5 * r.knot().sigma / std::sqrt(1e5));
            CHECK(std::sqrt((x - mean).square().mean()) ==
                  Approx(r.knot().sigma).epsilon(5 / std::sqrt(2e5)));
        }
    }
}

TEST_CASE("TCD wants knots with times, but not without noise, where it is DDIM") {
    const auto network = [](const Eigen::ArrayXd& x, double, Eigen::ArrayXd& out) {
        out = 0.5 * x;
    };
    const Eigen::ArrayXd start = Eigen::ArrayXd::LinSpaced(5, -1.0, 1.0);
    Eigen::ArrayXd x = start, y = start;
    const grid by_hand{{3, 0.3, 0.9}, {2, 0.6, 0.8}, {1, 0.9, 0.3}};
    CHECK_THROWS_WITH(denoise(x, network, by_hand, tcd{}, philox{}),
                      Catch::Matchers::ContainsSubstring("made by hand"));
    const grid beyond({{0, 0.001, 1}, linear_schedule().at(300)}, linear_schedule());
    CHECK_THROWS_WITH(denoise(x, network, beyond, tcd{}, philox{}),
                      Catch::Matchers::ContainsSubstring("lies beyond the grid's path"));
    for (const grid& walk : {by_hand, beyond}) {
        x = y = start;
        denoise(x, network, walk, tcd{.gamma = 0});
        denoise(y, network, walk, ddim{});
        CHECK((x - y).abs().maxCoeff() < 1e-15);
    }
}

TEST_CASE("TCD refuses a jump beyond its path before the network is called") {
    // This flow is stretched so that sigma is 0 before the time is.
    const grid walk = flow(6, {.shift = 6.0, .sigma_min = 0.002});
    int calls = 0;
    const auto network = [&](const Eigen::ArrayXXd& x, const knot&, Eigen::ArrayXXd& out) {
        ++calls;
        out = x;
    };
    Eigen::ArrayXXd x = Eigen::ArrayXXd::Ones(2, 1);
    CHECK_THROWS_WITH(sample(x, predicts_data(network), walk, tcd{.gamma = 0.3}, philox{}),
                      Catch::Matchers::ContainsSubstring("has no knot"));
    CHECK(calls == 0);
    CHECK_NOTHROW(sample(x, predicts_data(network), walk, tcd{.gamma = 0}, philox{}));
}

TEST_CASE("TCD's last step, to sigma = 0, is the data prediction") {
    const vp_path path;
    const grid walk({path.at(0.8), path.at(0.5), knot{}}, path);
    const auto states = states_of(tcd{}, walk, 1.2, curved, 1);
    CHECK(states[2] == Approx(curved(states[1], walk[1])).epsilon(1e-12));
}
