#include <fokker/forward/noising.hpp>

#include <Eigen/Core>
#include <cmath>
#include <cstring>
#include <random>
#include <vector>

#include <fokker/error.hpp>
#include <fokker/forward/posterior.hpp>
#include <fokker/forward/training.hpp>
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

/// The worst error of forward() against recorded noisy states, relative to the largest number.
double worst_recorded(const golden_case& g, const std::vector<knot>& knots, const char* key) {
    const auto x0 = golden_numbers(g.at("x0").front().is_array() ? g.at("x0").front() : g.at("x0"));
    double error = 0;
    std::vector<double> xt(x0.size());
    for (std::size_t i = 0; i < knots.size(); ++i) {
        const recorded_noise noise{{golden_numbers(g.at("eps").at(i))}, x0.size()};
        forward(x0, knots[i], noise, xt);
        const auto wanted = golden_numbers(g.at(key).at(i));
        REQUIRE(wanted.size() == xt.size());
        for (std::size_t j = 0; j < xt.size(); ++j)
            error =
                std::max(error, std::abs(xt[j] - wanted[j]) / std::max(1.0, std::abs(wanted[j])));
    }
    return error;
}
}  // namespace

TEST_CASE("q(x_t | x_0) is alpha x_0 + sigma eps, each draw its own") {
    const ArrayXXd x0 = ArrayXXd::Random(50, 3);
    const knot t = path.at(0.4);
    ArrayXXd xt(50, 3);
    forward(x0, t, draws, xt, 5);
    CHECK(worst(xt, t.alpha * x0 + t.sigma * gaussian(50, 3, 5)) < 1e-14);
    CHECK(worst(xt, t.alpha * x0 + t.sigma * gaussian(50, 3, 6)) > 0.1);
    ArrayXXd same = x0;
    forward(same, t, draws, same, 5);  // in place
    CHECK(worst(same, xt) == 0.0);
}

TEST_CASE("each verb takes a draw of its own, unless told otherwise") {
    const ArrayXXd zero = ArrayXXd::Zero(50, 3);
    ArrayXXd x(50, 3), target(50, 3);
    forward(zero, {0, 1, 1}, draws, x);
    CHECK(worst(x, gaussian(50, 3, 1)) == 0.0);
    forward_between(zero, {0, 1, 0}, {0, 1, 1}, draws, x);
    CHECK(worst(x, gaussian(50, 3, 2)) < 1e-14);
    sample_posterior(zero, zero, {0, 1, 2}, {0, 1, 1}, draws, x);  // of variance 3 / 4
    CHECK(worst(x, std::sqrt(0.75) * gaussian(50, 3, 3)) < 1e-14);
    training_pair(zero, {0, 1, 1}, noise_prediction{}, draws, x, target);
    CHECK(worst(target, gaussian(50, 3, 4)) < 1e-14);
    const std::vector<knot> knots(3, knot{0, 1, 1});
    forward(zero, knots, draws, x);
    CHECK(worst(x, gaussian(50, 3, 1)) == 0.0);
    forward(zero, knots, draws, x, 7);
    CHECK(worst(x, gaussian(50, 3, 7)) == 0.0);
    forward_between(zero, {0, 1, 0}, {0, 1, 1}, draws, x, 7);
    CHECK(worst(x, gaussian(50, 3, 7)) < 1e-14);
    training_pair(zero, knots, noise_prediction{}, draws, x, target);
    CHECK(worst(target, gaussian(50, 3, 4)) < 1e-14);
}

TEST_CASE("noisy states are those of diffusers") {
    for (const char* name : {"ddpm_linear", "ddim_linear", "ddpm_scaled_linear", "ddpm_cosine"}) {
        const golden_case g = golden("forward", name);
        std::vector<knot> knots;
        for (const double t : golden_numbers(g.at("times")))
            knots.push_back(schedule_named(g.at("schedule")).at(t));
        REQUIRE(knots.size() == 28);
        CHECK(worst_recorded(g, knots, "noisy") < 1e-12);
        if (g.contains("float_noisy")) CHECK(worst_recorded(g, knots, "float_noisy") < 2e-6);
    }
    const auto knots_of = [](const golden_case& g, auto alpha) {
        std::vector<knot> knots;
        for (const double s : golden_numbers(g.at("sigmas"))) knots.push_back({s, alpha(s), s});
        REQUIRE(knots.size() == 4);
        return knots;
    };
    const golden_case flow = golden("forward", "flow_match_euler");
    CHECK(worst_recorded(flow, knots_of(flow, [](double s) { return 1 - s; }), "noisy") < 1e-15);
    const golden_case euler = golden("forward", "euler_discrete");
    CHECK(worst_recorded(euler, knots_of(euler, [](double) { return 1.0; }), "noisy") < 1e-15);
}

TEST_CASE("a knot for each sample") {
    const ArrayXXd x0 = ArrayXXd::Random(50, 3);
    const std::vector<knot> knots{path.at(0.1), path.at(0.5), path.at(0.9)};
    ArrayXXd each(50, 3), one(50, 3);
    forward(x0, knots, draws, each, 2);
    for (Eigen::Index i = 0; i < 3; ++i) {
        forward(x0, knots[static_cast<std::size_t>(i)], draws, one, 2);
        CHECK(worst(each.col(i), one.col(i)) == 0.0);
    }
    CHECK_THROWS_WITH(forward(x0, std::vector<knot>(2), draws, each),
                      ContainsSubstring("2 knots for 3 samples"));
}

namespace {

/// A counted source that hides that it can make several samples at once, or wants to be asked in
/// order.
template <bool Counted>
struct plain_philox {
    static constexpr bool counted = Counted;
    philox source = draws;
    template <class T>
    void fill(T* out, std::size_t count, noise_position p) const {
        source.fill(out, count, p);
    }
};

/// Whether each sample of a batch, each at its knot, has the bits that its knot alone gives it.
template <class T, class Noise>
bool same_bits(Eigen::Index elements, Eigen::Index samples, const Noise& noise) {
    using batch = Eigen::Array<T, Eigen::Dynamic, Eigen::Dynamic>;
    const batch x0 = Eigen::ArrayXXf::Random(elements, samples).template cast<T>();
    batch each(elements, samples), one(elements, samples), in_place = x0;
    std::vector<knot> knots;
    for (Eigen::Index i = 0; i < samples; ++i)
        knots.push_back(i % 7 == 3   ? knot{1, 0, 1}
                        : i % 7 == 5 ? knot{0, 1, 0}
                                     : path.at((static_cast<double>(i) + 0.5) / double(samples)));
    forward(x0, knots, noise, each);
    forward(in_place, knots, noise, in_place);
    bool same = true;
    for (Eigen::Index i = 0; i < samples; ++i) {
        forward(x0, knots[static_cast<std::size_t>(i)], draws, one);
        const std::size_t bytes = static_cast<std::size_t>(elements) * sizeof(T);
        same &= std::memcmp(&each(0, i), &one(0, i), bytes) == 0;
        same &= std::memcmp(&in_place(0, i), &one(0, i), bytes) == 0;
    }
    return same;
}

}  // namespace

TEST_CASE("a knot for each sample gives the bits that it gives alone") {
    for (const Eigen::Index elements : {1, 2, 3, 16, 17, 64, 65, 513, 1100}) {
        CHECK(same_bits<double>(elements, 300, draws));
        CHECK(same_bits<float>(elements, 300, draws));
        CHECK(same_bits<Eigen::half>(elements, 30, draws));
        CHECK(same_bits<double>(elements, 30, plain_philox<true>{}));
        CHECK(same_bits<double>(elements, 30, plain_philox<false>{}));
    }
    CHECK(same_bits<float>(40000, 3, draws));  // where threads share the work
    ArrayXXd none(2, 0);
    forward(none, std::vector<knot>{}, draws, none);
}

TEST_CASE("states of 16 bits follow float") {
    const Eigen::ArrayXXf x0 = Eigen::ArrayXXf::Random(33, 3);
    const Eigen::ArrayXX<Eigen::half> stored = x0.cast<Eigen::half>();
    Eigen::ArrayXX<Eigen::half> xt(33, 3);
    Eigen::ArrayXXf wanted(33, 3);
    forward(stored, path.at(0.4), draws, xt, 5);
    forward(x0, path.at(0.4), draws, wanted, 5);
    CHECK((xt.cast<float>() - wanted).abs().maxCoeff() < 0.003f);
}

TEST_CASE("q(x_t | x_s) after q(x_s | x_0) has the moments of q(x_t | x_0)") {
    const int n = 200000;
    const ArrayXXd x0 = ArrayXXd::Constant(n, 1, 1.5);
    const knot s = path.at(0.2), t = path.at(0.6);
    ArrayXXd x(n, 1);
    forward(x0, s, draws, x);
    forward_between(x, s, t, draws, x);  // its own draw, without being told
    const double mean = x.mean(), variance = (x - mean).square().mean(), v = t.sigma * t.sigma;
    CHECK(std::abs(mean - 1.5 * t.alpha) < 5 * t.sigma / std::sqrt(n));
    CHECK(std::abs(variance - v) < 5 * v * std::sqrt(2.0 / n));
    CHECK_THROWS_WITH(forward_between(x, t, s, draws, x), ContainsSubstring("not noisier"));
}

TEST_CASE("an engine serves as well") {
    std::mt19937 engine(2);
    const ArrayXXd x0 = ArrayXXd::Zero(10, 1);
    ArrayXXd a(10, 1), b(10, 1);
    forward(x0, path.at(0.5), engine, a);
    forward(x0, path.at(0.5), engine, b);
    CHECK(worst(a, b) > 0.0);  // it advances
}

TEST_CASE("misuse of the noising verbs is refused") {
    const ArrayXXd x0 = ArrayXXd::Zero(10, 2);
    ArrayXXd xt(10, 3), same(10, 2);
    CHECK_THROWS_WITH(forward(x0, path.at(0.5), draws, xt),
                      ContainsSubstring("2 samples") && ContainsSubstring("3 of 10"));
    CHECK_THROWS_WITH(forward(x0, std::vector<knot>(2), draws, xt), ContainsSubstring("3 of 10"));
    CHECK_THROWS_WITH(forward(x0, knot{0, -1, 0.5}, draws, same), ContainsSubstring("alpha = -1"));
    CHECK_THROWS_WITH(forward(x0, std::vector<knot>{{0, 1, 0}, {0, 0, 0}}, draws, same),
                      ContainsSubstring("on no path"));
    // In place, and not a part of one over another part.
    Eigen::Map<ArrayXXd> here(xt.data(), 10, 2), there(xt.data() + 10, 10, 2);
    CHECK_NOTHROW(forward(here, path.at(0.5), draws, here));
    CHECK_THROWS_WITH(forward(here, path.at(0.5), draws, there),
                      ContainsSubstring("x0 and xt share elements, but in different places"));
    CHECK_THROWS_WITH(forward_between(x0, path.at(0.2), path.at(0.5), draws, xt),
                      ContainsSubstring("3 of 10"));
}
