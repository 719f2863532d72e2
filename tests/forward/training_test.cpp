#include <fokker/forward/training.hpp>

#include <Eigen/Core>
#include <cstdint>
#include <vector>

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

TEST_CASE("training targets are what a perfect network would return") {
    const ArrayXXd x0 = ArrayXXd::Random(40, 2), eps = gaussian(40, 2, 9);
    ArrayXXd xt(40, 2), target(40, 2);
    for (const knot& t : {path.at(0.3), flow_path{}.at(0.6)}) {
        const auto pair = [&](const auto& prediction) {
            training_pair(x0, t, prediction, draws, xt, target, 9);
            CHECK(worst(xt, t.alpha * x0 + t.sigma * eps) < 1e-14);
        };
        pair(noise_prediction{});
        CHECK(worst(target, eps) < 1e-14);
        pair(data_prediction{});
        CHECK(worst(target, x0) < 1e-14);
        pair(velocity_prediction{});
        CHECK(worst(target, t.alpha * eps - t.sigma * x0) < 1e-13);
        pair(flow_prediction{});
        CHECK(worst(target, eps - x0) < 1e-13);
        pair(score_prediction{});
        CHECK(worst(target, -eps / t.sigma) < 1e-13);
        pair(edm_prediction{});
        const detail::reading r = edm_prediction{}.at(t);
        CHECK(worst(r.data.state * xt + r.data.output * target, x0) < 1e-13);
    }
}

TEST_CASE("velocities are those of diffusers") {
    for (const char* name : {"ddpm_linear", "ddim_linear", "ddpm_scaled_linear", "ddpm_cosine"}) {
        const golden_case g = golden("forward", name);
        const auto times = golden_numbers(g.at("times")), x0 = golden_numbers(g.at("x0").at(0));
        REQUIRE(times.size() == 28);
        std::vector<double> xt(x0.size()), target(x0.size());
        for (std::size_t i = 0; i < times.size(); ++i) {
            const recorded_noise noise{{golden_numbers(g.at("eps").at(i))}, x0.size()};
            const knot k = schedule_named(g.at("schedule")).at(times[i]);
            training_pair(x0, k, velocity_prediction{}, noise, xt, target);
            for (std::size_t j = 0; j < x0.size(); ++j) {
                const auto number = [&](const char* key) {
                    return golden_number(g.at(key).at(i).at(j));
                };
                CHECK(std::abs(xt[j] - number("noisy")) < 1e-12);
                CHECK(std::abs(target[j] - number("velocity")) < 1e-12);
                if (g.contains("float_velocity"))
                    CHECK(std::abs(target[j] - number("float_velocity")) < 2e-6);
            }
        }
    }
}

TEST_CASE("targets of a flow, and of EDM as k-diffusion has them") {
    const golden_case flow = golden("forward", "flow_match_euler");
    const auto x0 = golden_numbers(flow.at("x0"));
    std::vector<double> xt(x0.size()), target(x0.size());
    for (std::size_t i = 0; i < 4; ++i) {
        const double s = golden_number(flow.at("sigmas").at(i));
        const recorded_noise noise{{golden_numbers(flow.at("eps").at(i))}, x0.size()};
        training_pair(x0, {s, 1 - s, s}, flow_prediction{}, noise, xt, target);
        for (std::size_t j = 0; j < x0.size(); ++j) {
            CHECK(std::abs(xt[j] - golden_number(flow.at("noisy").at(i).at(j))) < 1e-15);
            CHECK(target[j] == golden_number(flow.at("target").at(i).at(j)));
        }
    }
    for (const char* name : {"edm_0.5", "edm_1.0"}) {
        const golden_case g = golden("forward", name);
        const edm_prediction edm{golden_number(g.at("sigma_data"))};
        for (std::size_t i = 0; i < 5; ++i) {
            const auto number = [&](const char* key) { return golden_number(g.at(key).at(i)); };
            const knot k{0, 1, number("sigmas")};
            std::vector<double> x(1), wanted(1);
            training_pair(std::vector{number("x0")}, k, edm, recorded_noise{{{number("eps")}}, 1},
                          x, wanted);
            CHECK(relative_error(edm.at(k).input_scale * x[0], number("input")) < 1e-14);
            // The original divides by c_out, and takes a difference before.
            CHECK(std::abs(wanted[0] - number("target")) < 1e-12);
        }
    }
}

TEST_CASE("training pairs with a knot for each sample are those of single knots") {
    const ArrayXXd x0 = ArrayXXd::Random(5, 4);
    const std::vector<knot> knots{path.at(0.1), path.at(0.5), flow_path{}.at(1), path.at(0.9)};
    ArrayXXd xt(5, 4), target(5, 4), one(5, 4), one_target(5, 4);
    const auto check = [&](const auto& prediction) {
        training_pair(x0, knots, prediction, draws, xt, target);
        for (Eigen::Index i = 0; i < 4; ++i) {
            const knot& k = knots[static_cast<std::size_t>(i)];
            training_pair(x0, k, prediction, draws, one, one_target);
            CHECK(worst(xt.col(i), one.col(i)) == 0.0);
            CHECK(worst(target.col(i), one_target.col(i)) == 0.0);
        }
    };
    check(noise_prediction{});
    check(data_prediction{});
    check(velocity_prediction{});
    check(score_prediction{});
    check(flow_prediction{});
}

TEST_CASE("the draw that is told is the one taken, with a knot for each sample, too") {
    const ArrayXXd x0 = ArrayXXd::Random(5, 3);
    const std::vector<knot> knots{path.at(0.1), path.at(0.5), path.at(0.9)};
    ArrayXXd xt(5, 3), eps(5, 3);
    for (const std::uint32_t draw : {7u, 300u}) {
        training_pair(x0, knots, noise_prediction{}, draws, xt, eps, draw);
        CHECK(worst(eps, gaussian(5, 3, draw)) < 1e-14);
        for (Eigen::Index i = 0; i < 3; ++i) {
            const knot& k = knots[static_cast<std::size_t>(i)];
            CHECK(worst(xt.col(i), k.alpha * x0.col(i) + k.sigma * eps.col(i)) < 1e-14);
        }
    }
}

TEST_CASE("targets of 16 bits follow float") {
    const Eigen::ArrayXXf x0 = Eigen::ArrayXXf::Random(33, 3);
    const Eigen::ArrayXX<Eigen::half> stored = x0.cast<Eigen::half>();
    Eigen::ArrayXX<Eigen::half> xt(33, 3), target(33, 3);
    Eigen::ArrayXXf wanted(33, 3), wanted_target(33, 3);
    const knot t = path.at(0.4);
    training_pair(stored, t, velocity_prediction{}, draws, xt, target);
    training_pair(x0, t, velocity_prediction{}, draws, wanted, wanted_target);
    CHECK((xt.cast<float>() - wanted).abs().maxCoeff() < 0.003f);
    CHECK((target.cast<float>() - wanted_target).abs().maxCoeff() < 0.003f);
}

TEST_CASE("targets are exact at both ends of the path") {
    const auto same = [](detail::training_target a, double data, double noise) {
        return a.data == data && a.noise == noise;
    };
    CHECK(same(target_at(flow_prediction{}, flow_path{}.at(0)), -1.0, 1.0));
    CHECK(same(target_at(flow_prediction{}, flow_path{}.at(1)), -1.0, 1.0));
    CHECK(same(target_at(noise_prediction{}, flow_path{}.at(1)), 0.0, 1.0));
    CHECK(same(target_at(data_prediction{}, knot{0, 1, 0}), 1.0, 0.0));
    CHECK(same(target_at(velocity_prediction{}, knot{0, 1, 0}), 0.0, 1.0));
}

TEST_CASE("misuse of training pairs is refused") {
    const ArrayXXd x0 = ArrayXXd::Zero(10, 2);
    ArrayXXd more(10, 3), xt(10, 2), target(10, 2);
    const noise_prediction eps;
    CHECK_THROWS_WITH(training_pair(x0, path.at(0.5), eps, draws, more, target),
                      ContainsSubstring("xt has 3 of 10"));
    CHECK_THROWS_WITH(training_pair(x0, path.at(0.5), eps, draws, xt, more),
                      ContainsSubstring("target has 3 of 10"));
    CHECK_THROWS_WITH(training_pair(target, path.at(0.5), eps, draws, xt, target),
                      ContainsSubstring("must not be x0"));
    CHECK_THROWS_WITH(training_pair(x0, path.at(0.5), eps, draws, xt, xt),
                      ContainsSubstring("nor each other"));
    ArrayXXd both(10, 3);
    Eigen::Map<ArrayXXd> first(both.data(), 10, 2), second(both.data() + 10, 10, 2);
    CHECK_THROWS_WITH(training_pair(x0, path.at(0.5), eps, draws, first, second),
                      ContainsSubstring("nor each other"));
    CHECK_THROWS_WITH(training_pair(first, path.at(0.5), eps, draws, xt, second),
                      ContainsSubstring("share elements, but in different places"));
    CHECK_THROWS_WITH(training_pair(x0, knot{0, 1, 0}, score_prediction{}, draws, xt, target),
                      ContainsSubstring("no finite training target"));
    CHECK_THROWS_WITH(training_pair(x0, knot{0, 1, -1}, eps, draws, xt, target),
                      ContainsSubstring("sigma = -1"));
    CHECK_THROWS_WITH(training_pair(x0, std::vector<knot>(3), eps, draws, xt, target),
                      ContainsSubstring("3 knots for 2 samples"));
    CHECK_THROWS_WITH(
        training_pair(x0, std::vector<knot>(2), score_prediction{}, draws, xt, target),
        ContainsSubstring("no finite training target"));
}
