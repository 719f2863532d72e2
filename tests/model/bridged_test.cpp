#include <fokker/model/bridged.hpp>

#include <Eigen/Core>
#include <cmath>
#include <cstddef>
#include <functional>
#include <span>
#include <vector>

#include <fokker/error.hpp>
#include <fokker/model/data_network.hpp>
#include <fokker/model/guidance.hpp>
#include <fokker/model/model.hpp>
#include <fokker/noise/philox.hpp>
#include <fokker/noise/recorded.hpp>
#include <fokker/path/continuous.hpp>
#include <fokker/path/grids.hpp>
#include <fokker/run.hpp>
#include <fokker/sample.hpp>
#include <fokker/solver/ddim.hpp>
#include <fokker/solver/ddpm.hpp>
#include <fokker/solver/dormand_prince.hpp>
#include <fokker/solver/exponential_multistep.hpp>

#include "catch.hpp"
#include "support/allocations.hpp"
#include "support/one_number.hpp"

using namespace fokker;
using Catch::Approx;
using Catch::Matchers::ContainsSubstring;
using Eigen::ArrayXXd;
using fokker_test::some_draws;

namespace {

const vp_path gentle{.beta_min = 0.1, .beta_max = 2.1, .time_min = 1e-4};
const edm_path wide{.sigma_min = 0.002, .sigma_max = 80};
constexpr double end = 1.3;  // x_T

/// What a network says of x_t itself, linear in nothing.
double curved(double x, double t) { return std::tanh(0.7 * x) + 0.3 * t / (1 + t); }

/// The coefficients of x_t, as DDBM's code has them.
struct weights {
    double a, b, c;
};
template <class Base>
weights weights_at(const Base& base, double t) {
    const knot s = base.at(t), T = base.at(base.last_time());
    const double nsr = s.sigma / s.alpha, last = T.sigma / T.alpha,
                 bar = std::sqrt(last * last - nsr * nsr);
    return {s.alpha / T.alpha * nsr * nsr / (last * last), s.alpha * bar * bar / (last * last),
            s.alpha * bar * nsr / last};
}

/// x_t itself after each step from the second knot on, with some_draws as the noise.
template <class Base, class Solver, class P = bridge_data>
std::vector<double> walked(const Base& base, const std::vector<double>& times, const Solver& solver,
                           const std::function<double(double, double)>& network = curved,
                           const P& prediction = {}) {
    const bridge_path path(base);
    std::vector<ArrayXXd> draws;
    for (const double z : some_draws) draws.push_back(ArrayXXd::Constant(1, 1, z));
    recorded noise(draws);
    ArrayXXd x(1, 1);
    const ArrayXXd x_T = ArrayXXd::Constant(1, 1, end);
    const auto one = [&](const ArrayXXd& in, double t, ArrayXXd& out) {
        out(0, 0) = network(in(0, 0), t);
    };
    run r(x, bridged(one, x_T, path, prediction), from_times(path, times), solver, noise);
    r.start_from_prior();
    std::vector<double> states;
    while (!r.done()) {
        r.step();
        states.push_back(x(0, 0) + path.endpoint_weight(r.knot()) * end);
    }
    return states;
}

/// DBIM, Zheng et al. 2024, Algorithm 1: the booting noise, and steps of any eta.
template <class Base>
std::vector<double> dbim(const Base& base, const std::vector<double>& times, double eta) {
    const weights first = weights_at(base, times[1]);
    // The prior's draw and that of the first step, which with eta = 1 is all of it.
    std::size_t draw = 0;
    double booting = some_draws[draw++];
    if (eta > 0) booting = std::sqrt(1 - eta * eta) * booting + eta * some_draws[draw++];
    double x = first.a * end + first.b * curved(end, times[0]) + first.c * booting;
    std::vector<double> states{x};
    for (std::size_t i = 1; i + 1 < times.size(); ++i) {
        const weights s = weights_at(base, times[i]), t = weights_at(base, times[i + 1]);
        const knot k = base.at(times[i + 1]), before = base.at(times[i]);
        const double ratio = k.noise_to_signal() / before.noise_to_signal();
        const double omega = eta * k.sigma * std::sqrt(1 - ratio * ratio);
        const double D = curved(x, times[i]);
        const double noise = (x - s.a * end - s.b * D) / s.c;
        x = t.a * end + t.b * D + std::sqrt(t.c * t.c - omega * omega) * noise;
        if (omega > 0) x += omega * some_draws[draw++];
        states.push_back(x);
    }
    states.push_back(curved(x, times.back()));
    return states;
}

void check_equal(const std::vector<double>& a, const std::vector<double>& b,
                 double tolerated = 1e-12) {
    REQUIRE(a.size() == b.size());
    for (std::size_t i = 0; i < a.size(); ++i)
        CHECK(std::abs(a[i] - b[i]) < tolerated * (1 + std::abs(b[i])));
}

const std::vector<double> gentle_times{1.0, 0.999, 0.7, 0.4, 0.1, 1e-4};
const std::vector<double> wide_times{80, 79, 40, 10, 1, 0.1};

/// x_0 and x_T normal together, each with mean 0.
struct pair_of_normals {
    double of_data = 0.5, of_end = 0.8, covariance = 0.3;  // variances and covariance

    double mean() const { return covariance / of_end * end; }
    double variance() const { return of_data - covariance * covariance / of_end; }
    /// E[x_0 | x_t, x_T].
    double data(double x_t, const weights& w) const {
        const double v = variance(), total = w.b * w.b * v + w.c * w.c;
        return mean() + w.b * v / total * (x_t - w.a * end - w.b * mean());
    }
};

}  // namespace

TEST_CASE("DBIM is DDIM on the bridge, for every eta, from the booting noise to the data") {
    for (const double eta : {0.0, 0.4, 1.0}) {
        INFO(eta);
        check_equal(walked(gentle, gentle_times, ddim{.eta = eta}),
                    dbim(gentle, gentle_times, eta));
        check_equal(walked(wide, wide_times, ddim{.eta = eta}), dbim(wide, wide_times, eta));
    }
}

TEST_CASE("I2SB is the ancestral sampler on the bridge") {
    // Liu et al. 2023, eq. 4 and 11: the product of two normals, with the deviations from the data.
    std::vector<double> wanted;
    std::size_t draw = 1;  // the prior's is not used

    double x = end;
    for (std::size_t i = 0; i + 1 < wide_times.size(); ++i) {
        const double s = wide_times[i], t = wide_times[i + 1];
        const double D = x - s * curved(x, s), delta = s * s - t * t, total = t * t + delta;
        x = delta / total * D + t * t / total * x +
            std::sqrt(delta * t * t / total) * some_draws[draw++];
        wanted.push_back(x);
    }
    wanted.push_back(x - wide_times.back() * curved(x, wide_times.back()));

    check_equal(walked(wide, wide_times, ddpm{}, curved, i2sb_prediction{}), wanted);
}

TEST_CASE("DBIM's second order is the multistep method on the bridge") {
    const auto states = walked(gentle, gentle_times, res_multistep{});
    for (std::size_t i = 2; i + 2 < gentle_times.size(); ++i) {
        const auto at = [&](std::size_t j) { return weights_at(gentle, gentle_times[j]); };
        const auto lambda = [&](std::size_t j) { return std::log(at(j).b / at(j).c); };
        const weights s = at(i), t = at(i + 1);
        const double h = lambda(i + 1) - lambda(i);
        const double D = curved(states[i - 1], gentle_times[i]),
                     earlier = curved(states[i - 2], gentle_times[i - 1]);
        const double slope = (D - earlier) / (lambda(i) - lambda(i - 1));
        // Zheng et al. 2024, eq. 23.
        const double wanted = t.a * end + t.c / s.c * (states[i - 1] - s.a * end) +
                              t.b * ((1 - std::exp(-h)) * D + (h - 1 + std::exp(-h)) * slope);
        CHECK(states[i] == Approx(wanted).epsilon(1e-12));
    }
}

TEST_CASE("the flow of the bridge is the probability-flow ODE of DDBM") {
    // Zhou et al. 2023, eq. 9, where the base is dx = sqrt(2 t) dw: f = 0, g^2 = 2 t.
    const pair_of_normals data;
    const bridge_path path(wide);
    const double t = 7, x = 0.9, T = 80;
    const weights w = weights_at(wide, t);
    const double D = data.data(x, w);
    const double score = -(x - w.a * end - w.b * D) / (w.c * w.c),
                 to_end = (end - x) / (T * T - t * t);
    const double drift = -2 * t * (0.5 * score - to_end);
    // The path's own, of the state x - a x_T, and what a changes.
    const double h = 1e-4 * t;
    const auto slope = [&](const auto& of) { return (of(t + h) - of(t - h)) / (2 * h); };
    const knot k = path.at(t);
    const double eps = (x - w.a * end - k.alpha * D) / k.sigma;
    const double own = slope([&](double s) { return path.endpoint_weight(path.at(s)); }) * end +
                       slope([&](double s) { return path.at(s).alpha; }) * D +
                       slope([&](double s) { return path.at(s).sigma; }) * eps;
    CHECK(own == Approx(drift).epsilon(1e-8));
}

TEST_CASE("the flow of the bridge keeps the law of x_t given x_T") {
    const pair_of_normals data;
    const auto check = [&](const auto& base, const std::vector<double>& times) {
        const bridge_path path(base);
        const ArrayXXd x_T = ArrayXXd::Constant(1, 3, end);
        const auto network = [&](const ArrayXXd& x, const knot& k, ArrayXXd& out) {
            const weights w{path.endpoint_weight(k), k.alpha, k.sigma};
            out = x.unaryExpr([&](double v) { return data.data(v, w); });
        };
        const grid whole = from_times(path, times, grid_end::least_noise), walk = whole.from(1);
        const auto spread = [&](const knot& k) {
            return std::sqrt(k.alpha * k.alpha * data.variance() + k.sigma * k.sigma);
        };
        const knot &s = walk.front(), &t = walk.back();
        ArrayXXd x(1, 3);
        x << -1.1, 0.2, 2.0;
        const ArrayXXd wanted =
            t.alpha * data.mean() + spread(t) / spread(s) * (x - s.alpha * data.mean());
        denoise(x, bridged(network, x_T, path), walk,
                dormand_prince{.control = {.tolerated = {.absolute = 1e-12, .relative = 1e-12}}});
        CHECK((x - wanted).abs().maxCoeff() < 1e-10);
        // At the data the law of x_0 given x_T.
        CHECK(std::abs(spread(t) - std::sqrt(data.variance())) < 0.01);
    };
    check(gentle, {1.0, 0.999, 0.5, 1e-4});
    check(wide, {80, 79, 10, 1, 0.01});
}

TEST_CASE("the steps of every eta keep the law of x_t given x_T and x_0") {
    // With D = x_0 the state is normal about b x_0 with deviation c, which a step knows exactly.
    const bridge_path path(gentle);
    const grid walk = from_times(path, gentle_times);
    for (const double eta : {0.0, 0.3, 1.0})
        for (std::size_t i = 0; i + 1 < walk.size(); ++i) {
            const posterior q = posterior_between(walk[i + 1], walk[i], eta);
            CHECK(std::abs(q.state * walk[i].alpha + q.data - walk[i + 1].alpha) < 1e-12);
            CHECK(std::abs(std::hypot(q.state * walk[i].sigma, q.std) - walk[i + 1].sigma) < 1e-12);
        }
    // And with E[x_0 | x_t, x_T] they come to the law of x_0 given x_T as the steps grow shorter.
    const pair_of_normals data;
    const auto error = [&](int steps, double eta) {
        const grid fine = linspace(path, steps);
        double mean = 0, variance = 1;
        for (std::size_t i = 0; i + 1 < fine.size(); ++i) {
            const knot &s = fine[i], &t = fine[i + 1];
            const posterior q = posterior_between(t, s, eta);
            const double v = data.variance(),
                         gain = s.alpha * v / (s.alpha * s.alpha * v + s.sigma * s.sigma);
            mean = q.state * mean + q.data * (data.mean() + gain * (mean - s.alpha * data.mean()));
            variance = std::pow(q.state + q.data * gain, 2) * variance + q.std * q.std;
        }
        CHECK(std::abs(mean - data.mean()) < 1e-10);
        return std::abs(variance - data.variance());
    };
    for (const double eta : {0.0, 0.5, 1.0}) {
        INFO(eta);
        CHECK(error(4000, eta) < 1e-3);
        CHECK(error(2000, eta) / error(4000, eta) == Approx(2).margin(0.1));
    }
}

TEST_CASE("DDBM's scalings make input and target of variance 1") {
    const double sd = 0.6, se = 0.9, cov = 0.2;
    const ddbm_prediction scaled{sd, se, cov};
    for (const double t : {0.05, 0.5, 0.999}) {
        const weights w = weights_at(gentle, t);
        const auto r = scaled.at({t, w.a, w.b, w.c, 1.0, 1.0});
        const double variance = w.a * w.a * se * se + w.b * w.b * sd * sd + 2 * w.a * w.b * cov +
                                w.c * w.c,
                     with_data = w.b * sd * sd + w.a * cov;
        CHECK(r.input_scale * r.input_scale * variance == Approx(1));
        const double target = sd * sd - 2 * r.state * with_data + r.state * r.state * variance;
        CHECK(target / (r.output * r.output) == Approx(1));
        CHECK(with_data == Approx(r.state * variance));  // and does not depend on the input
        CHECK(r.label == 250 * std::log(t + 1e-44));
    }
    // A walk sees them: a network of zeros gives c_skip x_t, at T x_T itself.
    bool is_first = true;
    double label = 1, seen = 0;
    const auto states = walked(
        gentle, {1.0, 0.5}, ddim{},
        [&](double x, double t) {
            if (is_first) label = t, seen = x;
            is_first = false;
            return 0.0;
        },
        scaled);
    CHECK(label == Approx(0.0).margin(1e-9));
    CHECK(seen == Approx(end / se));
    const weights w = weights_at(gentle, 0.5);
    CHECK(states[0] == Approx(w.a * end + w.b * cov / (se * se) * end + w.c * some_draws[0]));
    CHECK_THROWS_WITH(
        (bridged(curved, ArrayXXd(1, 1), bridge_path(gentle), ddbm_prediction{.covariance = 0.3})),
        ContainsSubstring("0.25 at most"));
    CHECK_THROWS_WITH(
        (bridged(curved, ArrayXXd(1, 1), bridge_path(gentle), ddbm_prediction{.sigma_end = 0})),
        ContainsSubstring("sigma_end is 0"));
}

TEST_CASE("a bridge is walked from x_T alone, sample by sample, without memory") {
    const bridge_path path(wide);
    const ArrayXXd x_T = ArrayXXd::Random(7, 4);
    const auto network = [](const ArrayXXd& x, double, ArrayXXd& out) { out = x.tanh(); };
    ArrayXXd x(7, 4), y(7, 1);
    run r(x, bridged(network, x_T, path), linspace(path, 6), ddim{.eta = 0.3}, philox{.seed = 3});
    r.start_from_prior();
    r.step();
    const std::size_t before = fokker_test::allocations();
    while (!r.done()) r.step();
    CHECK(fokker_test::allocations() == before);
    CHECK(r.network_calls() == 6);
    // What the state was before does not count, nor who else is in the batch.
    sample(y, bridged(network, ArrayXXd(x_T.col(2)), path), linspace(path, 6), ddim{.eta = 0.3},
           philox{.seed = 3, .first_sample = 2});
    CHECK((y.col(0) == x.col(2)).all());
    // A wrong x_T is found before the prior is drawn, inside of other networks, too.
    y.setConstant(3);
    const auto of_all = [&](auto&& model) {
        CHECK_THROWS_WITH(sample(y, model, linspace(path, 6), ddim{}, philox{}),
                          ContainsSubstring("x_T of bridged has 4 samples of 7"));
        CHECK((y == 3).all());
    };
    auto other_shape = bridged(network, x_T, path);
    of_all(other_shape);
    of_all(predicts_data(std::ref(other_shape.network)));
    of_all(predicts_data(guided(other_shape.network, network, 2.0)));
    of_all(predicts_data(guided(network, other_shape.network, 2.0)));
    of_all(predicts_data(as_data_network(other_shape)));
    of_all(bridged(other_shape.network, ArrayXXd(y), path));
    ArrayXXd own = x_T;
    CHECK_THROWS_WITH(sample(own, bridged(network, own, path), linspace(path, 6), ddim{}, philox{}),
                      ContainsSubstring("x_T of bridged shares its elements with the state"));
    CHECK((own == x_T).all());
    const auto refused = [&](const grid& other) {
        CHECK_THROWS_WITH(sample(x, bridged(network, x_T, path), other, ddim{}, philox{}),
                          ContainsSubstring("no knot of its bridge_path"));
    };
    refused(linspace(wide, 6));
    refused(linspace(vp_path{}, 6));
    refused(linspace(bridge_path(gentle), 6));
    refused(linspace(bridge_path(edm_path{.sigma_max = 40}), 6));
}
