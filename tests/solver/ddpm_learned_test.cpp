#include <fokker/solver/ddpm_learned.hpp>

#include <Eigen/Core>
#include <cmath>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

#include <fokker/fokker.hpp>

#include "catch.hpp"
#include "support/allocations.hpp"
#include "support/golden.hpp"
#include "support/mixture.hpp"

using namespace fokker;
using Catch::Matchers::ContainsSubstring;
using Eigen::ArrayXXd;

namespace {

/// A network whose type is the same in every test.
template <class T>
using two_outputs = std::function<void(const Eigen::ArrayXX<T>&, const knot&, Eigen::ArrayXX<T>&,
                                       Eigen::ArrayXX<T>&)>;

/// The exact noise prediction beside u = (x / alpha) / (1 + |x / alpha|), as `second` makes it.
template <class T>
two_outputs<T> network(const std::function<T(T)>& second) {
    return [=](const auto& x, const knot& k, auto& out, auto& beside) {
        fokker_test::exact_network<>{}(x, k, out);
        const auto scaled = x / static_cast<T>(k.alpha);
        beside = (scaled / (T(1) + scaled.abs())).unaryExpr(second);
    };
}

template <class T = double>
Eigen::ArrayXX<T> sampled(auto&& model, const auto& solver, const grid& walk) {
    Eigen::ArrayXX<T> x(37, 3);
    sample(x, model, walk, solver, philox{.seed = 5});
    return x;
}

const grid seven = trailing(linear_schedule(), 7);

}  // namespace

TEST_CASE("every state is the original's, for each kind of learned variance") {
    const std::map<std::string, std::pair<second_output, std::function<double(double)>>> kinds{
        {"variance", {second_output::variance, [](double u) { return std::exp(u - 3); }}},
        {"log_variance", {second_output::log_variance, [](double u) { return u - 3; }}},
        {"variance_range", {second_output::variance_range, [](double u) { return u; }}},
    };
    std::set<std::string> compared;
    for (const auto& entry : fokker_test::golden_cases("learned_variance")) {
        const std::string name = entry.at("name"), kind = entry.at("solver");
        CAPTURE(name);
        const auto numbers = [](const auto& row) {
            const auto values = fokker_test::golden_numbers(row);
            return ArrayXXd(Eigen::Map<const ArrayXXd>(values.data(), std::ssize(values), 1));
        };
        std::vector<ArrayXXd> draws;
        for (const auto& row : entry.at("draws")) draws.push_back(numbers(row));
        std::vector<knot> knots;
        for (const auto& row : entry.at("knots")) {
            const auto k = fokker_test::golden_numbers(row);
            knots.push_back({k.at(0), k.at(1), k.at(2)});
        }
        recorded noise(draws);
        ArrayXXd x = numbers(entry.at("x"));
        const auto& [second, made] = kinds.at(kind);
        run steps(x, predicts_noise(network<double>(made), second), grid(knots), ddpm_learned{},
                  noise);
        for (const auto& row : entry.at("states")) {
            steps.step();
            const ArrayXXd state = numbers(row);
            REQUIRE(state.size() == x.size());
            CHECK(((x - state).abs() / state.abs().max(1.0)).maxCoeff() < 1e-12);
        }
        CHECK(steps.done());
        CHECK(noise.used() == draws.size());
        compared.insert(kind);
    }
    CHECK(compared.size() == kinds.size());
}

TEST_CASE("the ends of the range are the variances of DDPM, on any path") {
    const auto range = [](double v) {
        return predicts_noise(network<double>([=](double) { return v; }),
                              second_output::variance_range);
    };
    const auto plain = network<double>([](double u) { return u; });
    for (const grid& walk : {seven, karras(edm_path{}, 6), linspace(vp_path{}, 5)}) {
        const auto upper = sampled(plain, ddpm{ddpm_variance::upper_bound}, walk);
        const auto lower = sampled(plain, ddpm{}, walk);
        CHECK(sampled(range(1.0), ddpm_learned{}, walk).isApprox(upper, 1e-12));
        CHECK(sampled(range(-1.0), ddpm_learned{}, walk).isApprox(lower, 1e-12));
        CHECK_FALSE(upper.isApprox(lower, 1e-3));
    }
}

TEST_CASE("with the optimal variance few steps give the spread of the data") {
    // Of data N(0, s^2) the posterior of x_0 is a Gaussian, and so is every step.
    const double s = 0.5;
    const auto walk = linspace(linear_schedule(), 4, grid_end::least_noise);
    const auto learned = [&](const ArrayXXd& x, const knot& k, ArrayXXd& out, ArrayXXd& second) {
        const double variance = std::pow(k.alpha * s, 2) + k.sigma * k.sigma;
        out = k.sigma / variance * x;
        std::size_t i = 0;
        while (walk[i].t != k.t) ++i;
        const posterior q = posterior_between(walk[i + 1], k);
        const double of_data = std::pow(s * k.sigma, 2) / variance;
        second.setConstant(q.std * q.std + q.data * q.data * of_data);
    };
    ArrayXXd x(20, 2000);
    sample(x, predicts_noise(learned, second_output::variance), walk, ddpm_learned{},
           philox{.seed = 8});
    const double wanted = std::pow(walk.back().alpha * s, 2) + std::pow(walk.back().sigma, 2);
    const double error = 5 * wanted * std::sqrt(2.0 / static_cast<double>(x.size()));
    CHECK(std::abs(x.square().mean() - wanted) < error);
}

TEST_CASE("float follows double, bounds hold the prediction, and steps allocate nothing") {
    const auto model = [](auto number) {
        using T = decltype(number);
        return predicts_noise(network<T>([](T u) { return u; }), second_output::variance_range);
    };
    // One Gaussian each for both types.
    recording tape(philox{.seed = 3});
    ArrayXXd x(37, 3);
    sample(x, model(0.0), seven, ddpm_learned{}, tape);
    Eigen::ArrayXXf y(37, 3);
    sample(y, model(0.0f), seven, ddpm_learned{}, recorded(tape.draws()));
    CHECK((x - y.cast<double>()).abs().maxCoeff() < 2e-5);

    ArrayXXd z(37, 3);
    run steps(z, model(0.0).clipped(-0.5, 0.5), seven, ddpm_learned{}, philox{.seed = 3});
    steps.start_from_prior();
    const std::size_t before = fokker_test::allocations();
    while (!steps.done()) steps.step();
    CHECK(fokker_test::allocations() == before);
    CHECK(z.abs().maxCoeff() == Catch::Approx(0.5));  // the last step is the prediction
}

TEST_CASE("a guided pair keeps the variance of its conditional network") {
    const auto u = [](double v) { return v; };
    const auto model = [&](auto& other) {
        return predicts_noise(guided(network<double>(u), other, 1.0),
                              second_output::variance_range);
    };
    auto other = network<double>([](double) { return 1.0; });
    const auto alone = predicts_noise(network<double>(u), second_output::variance_range);
    CHECK(sampled(model(other), ddpm_learned{}, seven)
              .isApprox(sampled(alone, ddpm_learned{}, seven), 1e-12));
}

TEST_CASE("a network without a variance is refused") {
    ArrayXXd x(3, 1);
    const auto refuses = [&](auto&& model, const char* words) {
        CHECK_THROWS_WITH(sample(x, model, seven, ddpm_learned{}, philox{}),
                          ContainsSubstring(words));
    };
    const auto two = network<double>([](double u) { return u; });
    const auto one = [](const ArrayXXd& in, double, ArrayXXd& out) { out = in; };
    refuses(one, "the network has none");
    refuses(two, "does not say what it is");
    refuses(predicts_noise(two, second_output::noise_squared), "cannot use a second output");
    refuses(predicts_noise(guided(one, one, 2.0)), "cannot use a second output");
}
