#include <fokker/solver/cfg_pp.hpp>

#include <Eigen/Core>
#include <algorithm>
#include <cmath>
#include <functional>
#include <vector>

#include <fokker/fokker.hpp>

#include "catch.hpp"
#include "support/allocations.hpp"
#include "support/grids.hpp"

using namespace fokker;
using Catch::Matchers::ContainsSubstring;
using Eigen::ArrayXXd;

namespace {

/// The data prediction that is exact where the data are N(mean, std^2), without and with a
/// condition.
struct normal_data {
    double mean, std;
    double data(double x, const knot& k) const {
        const double variance = std::pow(k.alpha * std, 2) + k.sigma * k.sigma;
        return mean + k.alpha * std * std / variance * (x - k.alpha * mean);
    }
};
constexpr normal_data with{0.5, 0.3}, without{-0.1, 0.6};

using network = std::function<void(const ArrayXXd&, const knot&, ArrayXXd&)>;
network predicts(const normal_data& n) {
    return [=](const ArrayXXd& x, const knot& k, ArrayXXd& out) {
        out = x.unaryExpr([&](double value) { return n.data(value, k); });
    };
}

ArrayXXd walked(const solver auto& method, const grid& walk, double scale,
                const normal_data& other = without) {
    ArrayXXd x(5, 3);
    x.reshaped().setLinSpaced(-2.0, 2.0);
    x *= walk.front().sigma;
    denoise(x, predicts_data(guided(predicts(with), predicts(other), scale)), walk, method,
            philox{.seed = 6});
    return x;
}

double difference(const ArrayXXd& a, const ArrayXXd& b) {
    return (a - b).abs().maxCoeff() / b.abs().maxCoeff();
}

}  // namespace

TEST_CASE("CFG++ is DDIM with a guidance scale that follows from the length of the step") {
    // lambda a / (a - sigma_t) with a = alpha_t sigma_s / alpha_s: the same in each step of a grid
    // that is even in log(alpha / sigma).
    for (const grid& walk : {uniform_lambda(vp_path{}, 9, grid_end::least_noise),
                             uniform_lambda(edm_path{}, 5, grid_end::least_noise)}) {
        const double kept = walk[1].noise_to_signal() / walk[0].noise_to_signal();
        for (const double lambda : {0.0, 0.4, 1.0})
            CHECK(difference(walked(euler_cfg_pp{}, walk, lambda),
                             walked(ddim{}, walk, lambda / (1 - kept))) < 1e-12);
        CHECK(difference(walked(euler_cfg_pp{}, walk, 0.4), walked(ddim{}, walk, 0.4)) > 1e-3);
    }
}

TEST_CASE("where the predictions agree, CFG++ is the sampler without it") {
    constexpr auto flow = ancestral_rule::flow;
    for (const grid& walk : {trailing(linear_schedule(), 7), karras(edm_path{}, 6),
                             linspace(flow_path{}, 5), fokker_test::uneven_grid(vp_path{}, 6)}) {
        const auto same = [&](const auto& method, const auto& plain) {
            CHECK(difference(walked(method, walk, 3.0, with), walked(plain, walk, 3.0, with)) <
                  1e-12);
        };
        same(euler_cfg_pp{}, euler{});
        same(euler_ancestral_cfg_pp{}, euler_ancestral{});
        same(euler_ancestral_cfg_pp{0.5, 1.01}, euler_ancestral{0.5, 1.01});
        same(euler_ancestral_cfg_pp{0.5, 1.0, flow}, euler_ancestral{0.5, 1.0, flow});
    }
    const auto walk = trailing(linear_schedule(), 7);
    CHECK(difference(walked(euler_ancestral_cfg_pp{}, walk, 3.0),
                     walked(euler_ancestral{}, walk, 3.0)) > 1e-3);
}

TEST_CASE("Euler ancestral under CFG++ is its formulas, number by number") {
    const double eta = 0.7, s_noise = 1.01, scale = 0.6;
    for (const grid& walk : {trailing(linear_schedule(), 6), karras(edm_path{}, 6)}) {
        std::vector<ArrayXXd> draws;
        for (int i = 0; i < 5; ++i)
            draws.push_back(ArrayXXd::Constant(1, 1, std::sin(9.0 * i + 1)));
        double x = 0.3 * walk.front().sigma;
        ArrayXXd state = ArrayXXd::Constant(1, 1, x);
        recorded noise(draws);
        denoise(state, predicts_data(guided(predicts(with), predicts(without), scale)), walk,
                euler_ancestral_cfg_pp{eta, s_noise}, noise);
        for (int i = 0; i < walk.steps(); ++i) {
            const knot &s = walk[std::size_t(i)], &t = walk[std::size_t(i + 1)];
            const double U = without.data(x, s), D = U + scale * (with.data(x, s) - U);
            const double E = (x - s.alpha * U) / s.sigma;
            // Relative to alpha, as in k-diffusion's get_ancestral_step.
            const double from = s.sigma / s.alpha, to = t.sigma / t.alpha;
            const double up =
                std::min(to, eta * std::sqrt(to * to * (from * from - to * to) / (from * from)));
            x = t.alpha * (D + std::sqrt(to * to - up * up) * E);
            if (to > 0) x += t.alpha * up * s_noise * draws[std::size_t(i)](0, 0);
        }
        CHECK(noise.used() == 5);
        CHECK(state(0, 0) == Catch::Approx(x).epsilon(1e-12));
    }
}

TEST_CASE("CFG++ starts from noise alone and ends at the guided prediction") {
    const grid walk{{1, 0, 1}, {0.5, 0.5, 0.5}, {0, 1, 0}};
    const auto check = [&](const solver auto& method) {
        ArrayXXd x = ArrayXXd::Constant(2, 1, 0.7);
        auto model = predicts_data(guided(predicts(with), predicts(without), 0.6));
        run steps(x, model, walk, method);
        steps.step();
        const auto guide = [&](double value, const knot& k) {
            return 0.4 * without.data(value, k) + 0.6 * with.data(value, k);
        };
        const double middle = 0.5 * guide(0.7, walk[0]) + 0.5 * 0.7;
        CHECK(x(0) == Catch::Approx(middle).epsilon(1e-12));
        steps.step();
        CHECK(x(1) == Catch::Approx(guide(middle, walk[1])).epsilon(1e-12));
    };
    check(euler_cfg_pp{});
    check(euler_ancestral_cfg_pp{.eta = 0.0});
}

TEST_CASE("a known region is known with and without the condition") {
    // Where both agree, CFG++ is the sampler without it, with a known region, too; and the known
    // part stays a draw of the process that ends in it.
    const ArrayXXd x0 = ArrayXXd::Constant(1, 1, 2.0), mask = ArrayXXd::Ones(1, 1);
    const int samples = 20000;
    const grid walk = trailing(linear_schedule(), 20);
    const auto z_before_the_end = [&](auto&& model, const auto& solver) -> ArrayXXd {
        ArrayXXd x(1, samples);
        run r(x, model.with_known_region(x0, mask), walk, solver, philox{.seed = 3});
        r.start_from_prior();
        while (r.index() + 1 < r.steps()) r.step();
        return (x - 2 * r.knot().alpha) / r.knot().sigma;
    };
    const ArrayXXd plain = z_before_the_end(predicts_data(predicts(with)), ddim{});
    const network noise = [](const ArrayXXd& x, const knot& k, ArrayXXd& out) {
        predicts(with)(x, k, out);
        out = (x - k.alpha * out) / k.sigma;
    };
    for (const double lambda : {1.0, 0.5}) {
        const auto pair = [&] {
            return predicts_data(guided(predicts(with), predicts(with), lambda));
        };
        CHECK((z_before_the_end(pair(), euler_cfg_pp{}) - plain).abs().maxCoeff() < 1e-9);
        CHECK(
            (z_before_the_end(predicts_noise(guided(noise, noise, lambda)), euler_cfg_pp{}) - plain)
                .abs()
                .maxCoeff() < 1e-9);
        const ArrayXXd z = z_before_the_end(pair(), euler_ancestral_cfg_pp{});
        CHECK(std::abs(z.mean()) < 5 / std::sqrt(samples));
        CHECK(std::abs(z.square().mean() - 1) < 5 * std::sqrt(2.0 / samples));
    }
}

TEST_CASE("CFG++ refuses what it cannot use, and allocates nothing") {
    ArrayXXd x = ArrayXXd::Ones(4, 2);
    const auto both = [](const ArrayXXd& in, double, ArrayXXd& out, ArrayXXd& second) {
        out = 0.5 * in;
        second = 0.25 * in;
    };
    const auto walk = trailing(linear_schedule(), 4);
    const auto model = predicts_data(both, second_output::unconditional);
    const auto refuses = [&](const euler_ancestral_cfg_pp& method, const char* words) {
        CHECK_THROWS_WITH(denoise(x, model, walk, method, philox{}), ContainsSubstring(words));
    };
    refuses({.eta = 1.5}, "eta is 1.5");
    refuses({.s_noise = -1}, "s_noise is -1");
    CHECK_THROWS_WITH(denoise(x, predicts(with), walk, euler_ancestral_cfg_pp{}, philox{}),
                      ContainsSubstring("the network has none"));
    CHECK_THROWS_WITH(denoise(x, model, walk, euler_ancestral_cfg_pp{}),
                      ContainsSubstring("pass a noise source"));
    run steps(x, model, walk, euler_ancestral_cfg_pp{}, philox{});
    const std::size_t before = fokker_test::allocations();
    while (!steps.done()) steps.step();
    CHECK(fokker_test::allocations() == before);
}
