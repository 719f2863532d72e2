#include <fokker/solver/consistency.hpp>

#include <cmath>
#include <cstddef>
#include <utility>
#include <vector>

#include <Eigen/Core>

#include <fokker/any_solver.hpp>
#include <fokker/model/flow_map.hpp>

#include <fokker/noise/philox.hpp>
#include <fokker/noise/recorded.hpp>
#include <fokker/path/continuous.hpp>
#include <fokker/path/grids/flow.hpp>
#include <fokker/path/grids/times.hpp>
#include <fokker/path/schedules/betas.hpp>
#include <fokker/run.hpp>
#include <fokker/sample.hpp>
#include <fokker/solver/ddim.hpp>

#include "catch.hpp"
#include "support/exact_map.hpp"
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

TEST_CASE("TCD refuses knots below time 0, where (1 - gamma) t has more noise than t") {
    const ve_path path{.sigma_min = 0.05, .sigma_max = 10.0};
    const grid walk({path.at(0.8), path.at(0.3), path.at(-0.2), path.at(-0.4)}, path);
    Eigen::ArrayXXd x = Eigen::ArrayXXd::Ones(2, 2);
    const auto network = [](const Eigen::ArrayXXd& in, double, Eigen::ArrayXXd& out) { out = in; };
    CHECK_THROWS_WITH(denoise(x, predicts_data(network), walk, tcd{}, philox{}),
                      Catch::Matchers::ContainsSubstring("less noise than the grid's path"));
    denoise(x, predicts_data(network), walk.until(1), tcd{}, philox{});
    denoise(x, predicts_data(network), walk, tcd{.gamma = 0.0});
    denoise(x, predicts_data(network), walk, gamma_sampler{}, philox{});
}

TEST_CASE("gamma sampling jumps to the least noise of its rule and returns with fresh noise") {
    const vp_path path;
    const grid walk = uneven_grid(path, 4);
    for (const double gamma : {0.3, 0.8, 1.0})
        for (const double least : {0.0, 0.02}) {
            if (gamma == 1.0 && least == 0.0) continue;  // to clean data: see below
            const gamma_sampler method{.gamma = gamma, .sigma_min = least};
            const auto states = states_of(method, walk, 1.2, curved, 4);
            for (std::size_t i = 0; i < 4; ++i) {
                const knot &s = walk[i], &t = walk[i + 1];
                const double ratio =
                    std::sqrt(1 - gamma * gamma) * (t.noise_to_signal() - least) + least;
                const knot m = path.at(path.time(-std::log(ratio)));
                CHECK(m.noise_to_signal() == Approx(ratio).epsilon(1e-10));
                const double D = curved(states[i], s), E = noise_of(states[i], D, s);
                const double scale = t.alpha / m.alpha;
                const double noise = std::sqrt(t.sigma * t.sigma - std::pow(scale * m.sigma, 2));
                CHECK(states[i + 1] ==
                      Approx(scale * (m.alpha * D + m.sigma * E) + noise * some_draws[i])
                          .epsilon(1e-10));
            }
        }
    // No jump below sigma_min: with no more noise than that it is DDIM.
    const double all = walk[2].noise_to_signal() + 1e-3;
    const auto states =
        states_of(gamma_sampler{.gamma = 0.5, .sigma_min = all}, walk, 1.2, curved, 1);
    const double D = curved(states[1], walk[1]);
    CHECK(states[2] == Approx(walk[2].alpha * D + walk[2].sigma * noise_of(states[1], D, walk[1])));
}

TEST_CASE("gamma = 1 is consistency sampling and gamma = 0 is DDIM, bit for bit") {
    const auto walked = [](const auto& predictor, const grid& walk, const auto& method) {
        Eigen::ArrayXXf x(5, 3);
        sample(x, predictor, walk, method, philox{.seed = 8});
        return x;
    };
    const auto network = [](const Eigen::ArrayXXf& x, double t, Eigen::ArrayXXf& out) {
        out = (0.7f * x + static_cast<float>(t)).tanh();
    };
    const auto map =
        flow_map([](const Eigen::ArrayXXf& x, double t, double r, Eigen::ArrayXXf& out) {
            out = (0.7f * x + static_cast<float>(t + 0.3 * r)).tanh();
        });
    const auto check = [&](const auto& predictor, const grid& walk) {
        const auto once = walked(predictor, walk, consistency_sampler{});
        CHECK((walked(predictor, walk, gamma_sampler{.gamma = 1.0}) == once).all());
        CHECK((walked(predictor, walk, tcd{.gamma = 1.0}) == once).all());
        CHECK((walked(predictor, walk, any_solver(gamma_sampler{.gamma = 1.0})) == once).all());
        const auto straight = walked(predictor, walk, ddim{});
        CHECK((walked(predictor, walk, gamma_sampler{.gamma = 0.0}) == straight).all());
        CHECK((walked(predictor, walk, tcd{.gamma = 0.0}) == straight).all());
    };
    for (const grid& walk :
         {flow(4, {.shift = 2.0}), linspace(vp_path{}, 4), linspace(trigflow_path{}, 3)}) {
        check(predicts_data(network), walk);
        check(predicts_data(map), walk);
    }
}

TEST_CASE("with the exact map every marginal is exact, whatever gamma") {
    const gaussian_map exact;
    const auto predictor = predicts_data(flow_map(exact.network(data_prediction{})));
    const auto check = [&](const auto& method, const grid& walk) {
        double mean = walk.front().alpha * exact.mean,
               variance = std::pow(exact.spread(walk[0]), 2);
        for (int i = 0; i < walk.steps(); ++i) {
            // A step is x' = gain x + shift + std z: seen at (x, z) = (0, 0), (1, 0) and (0, 1).
            Eigen::ArrayXXd x(3, 1), z(3, 1);
            x << 0.0, 1.0, 0.0;
            z << 0.0, 0.0, 1.0;
            recorded noise(std::vector<Eigen::ArrayXXd>{z});
            run r(x, predictor, walk.from(i), method, noise);
            r.step();
            const double shift = x(0), gain = x(1) - shift, std = x(2) - shift;
            mean = gain * mean + shift;
            variance = gain * gain * variance + std * std;
            const knot& t = r.knot();
            CHECK(mean == Approx(t.alpha * exact.mean).epsilon(1e-12));
            CHECK(variance == Approx(std::pow(exact.spread(t), 2)).epsilon(1e-12));
        }
    };
    for (const grid& walk : {flow(4, {.shift = 3.0}), linspace(vp_path{}, 5),
                             linspace(trigflow_path{}, 3), time_uniform(cosine_path{}, 4)}) {
        check(ddim{}, walk);
        check(consistency_sampler{}, walk);
        for (const double gamma : {0.2, 0.7, 1.0}) {
            check(tcd{.gamma = gamma}, walk);
            check(gamma_sampler{.gamma = gamma}, walk);
            check(gamma_sampler{.gamma = gamma, .sigma_min = 0.01}, walk);
        }
    }
}

TEST_CASE("gamma sampling's wrong options are named") {
    Eigen::ArrayXXd x = Eigen::ArrayXXd::Ones(2, 2);
    const auto network = [](const Eigen::ArrayXXd& in, double, Eigen::ArrayXXd& out) { out = in; };
    const auto refused = [&](const gamma_sampler& method, const char* why) {
        CHECK_THROWS_WITH(denoise(x, predicts_data(network), flow(3), method, philox{}),
                          Catch::Matchers::ContainsSubstring(why));
    };
    refused({.gamma = 1.5}, "gamma is 1.5");
    refused({.gamma = -0.1}, "gamma is -0.1");
    refused({.sigma_min = -1}, "sigma_min is -1");
    refused({.gamma = 0.0, .sigma_min = 0.1}, "no effect with gamma = 0");
    const grid by_hand({{1.0, 0.2, 0.9}, {0.5, 0.7, 0.6}, {0.0, 1.0, 0.0}});
    CHECK_THROWS_AS(denoise(x, predicts_data(network), by_hand, gamma_sampler{}, philox{}), error);
    denoise(x, predicts_data(network), by_hand, gamma_sampler{.gamma = 1.0}, philox{});
    denoise(x, predicts_data(network), by_hand, gamma_sampler{.gamma = 0.0});
    CHECK_THROWS_AS(
        denoise(x, predicts_data(network), by_hand.until(1), gamma_sampler{.gamma = 1.0}, philox{}),
        error);
}
