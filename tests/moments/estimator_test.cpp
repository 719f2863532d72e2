#include <fokker/moments/estimator.hpp>

#include <Eigen/Core>
#include <cmath>
#include <random>
#include <vector>

#include <fokker/moments/controlled_sums.hpp>
#include <fokker/noise/philox.hpp>
#include <fokker/path/continuous.hpp>

#include "catch.hpp"
#include "support/solvers.hpp"

using namespace fokker;
using Catch::Approx;
using Catch::Matchers::ContainsSubstring;
using Eigen::ArrayXXd;

namespace {

const std::vector<knot> knots{vp_path{}.at(0.9), vp_path{}.at(0.4), vp_path{}.at(0.05)};

/// The deviation of element j of a sample; of one in four it is 0.
double deviation(Eigen::Index j) { return j % 4 == 3 ? 0.0 : 0.2 + 0.1 * static_cast<double>(j); }

/// Independent Gaussian elements.
ArrayXXd data(Eigen::Index samples, std::uint64_t seed = 77) {
    ArrayXXd x = ArrayXXd::Zero(8, samples);
    forward(x, knot{0, 1, 1}, philox{.seed = seed}, x);
    for (Eigen::Index j = 0; j < 8; ++j) x.row(j) *= deviation(j);
    return x;
}

/// Their exact noise prediction.
const fokker_test::any_network<double> network = [](const ArrayXXd& x, const knot& k,
                                                    ArrayXXd& out) {
    for (Eigen::Index j = 0; j < x.rows(); ++j)
        out.row(j) = k.sigma / (std::pow(k.alpha * deviation(j), 2) + k.sigma * k.sigma) * x.row(j);
};

double exact(const knot& k, Eigen::Index j) {
    return k.sigma * k.sigma / (std::pow(k.alpha * deviation(j), 2) + k.sigma * k.sigma);
}

}  // namespace

TEST_CASE("it does not matter how the data are divided into batches") {
    const ArrayXXd all = data(60);
    for (const bool each : {false, true}) {
        moment_estimator one(network, knots, philox{.seed = 3},
                             moment_options{.each_element = each});
        one.add(all);
        moment_estimator parts(network, knots, philox{.seed = 3},
                               moment_options{.each_element = each});
        for (const auto& [from, count] : {std::pair{0, 7}, {7, 1}, {8, 52}})
            parts.add(ArrayXXd(all.middleCols(from, count)));
        CHECK(parts.samples() == 60);
        REQUIRE(parts.result().gamma.size() == (each ? 24 : 3));
        for (std::size_t i = 0; i < parts.result().gamma.size(); ++i)
            CHECK(std::abs(parts.result().gamma[i] - one.result().gamma[i]) < 1e-13);
        CHECK(parts.relative_error() == Approx(one.relative_error()).epsilon(1e-6));
    }
}

namespace {
/// Counted, and not const when it fills: it counts how often.
struct busy_philox {
    static constexpr bool counted = true;
    philox inner{.seed = 3};
    int fills = 0;
    template <class T>
    void fill(T* out, std::size_t count, noise_position position) {
        ++fills;
        inner.fill(out, count, position);
    }
};
}  // namespace

TEST_CASE("a counted source need not be const to fill") {
    moment_estimator busy(network, knots, busy_philox{});
    moment_estimator plain(network, knots, philox{.seed = 3});
    for (int i = 0; i < 2; ++i) {
        busy.add(data(10));
        plain.add(data(10));
    }
    CHECK(busy.result().gamma == plain.result().gamma);
}

TEST_CASE("a source that is drawn from in order, or told of a draw, has new noise for each batch") {
    const ArrayXXd some = data(50);
    const auto check = [&](auto&& noise) {
        moment_estimator estimator(network, knots, noise);
        estimator.add(some);
        const auto first = estimator.result().gamma;
        estimator.add(some);
        CHECK(estimator.result().gamma != first);
        // What the network sees of the same data is never the same twice.
        std::vector<ArrayXXd> seen;
        const fokker_test::any_network<double> watched = [&](const ArrayXXd& x, const knot& k,
                                                             ArrayXXd& out) {
            seen.push_back(x);
            network(x, k, out);
        };
        moment_estimator watching(watched, std::vector{knots[0]}, noise);
        for (int i = 0; i < 4; ++i) watching.add(some);
        REQUIRE(seen.size() == 4);
        for (std::size_t i = 0; i < 4; ++i)
            for (std::size_t j = 0; j < i; ++j) CHECK((seen[i] - seen[j]).abs().maxCoeff() > 0.1);
    };
    check(std::mt19937_64{5});
    check(brownian{.seed = 5});
}

TEST_CASE("the map of Gaussian data is known, and certain elements are certain") {
    moment_estimator estimator(network, knots, philox{.seed = 1},
                               moment_options{.each_element = true});
    for (std::uint64_t i = 0; i < 20; ++i) estimator.add(data(500, i));
    const moments m = estimator.result();
    const auto errors = estimator.standard_errors();
    REQUIRE(m.values() == 8);
    for (std::size_t i = 0; i < m.gamma.size(); ++i) {
        const knot& k = m.knots[i / 8];
        const auto j = static_cast<Eigen::Index>(i % 8);
        CHECK(std::abs(m.gamma[i] - exact(k, j)) < 5 * errors[i] + 1e-12);
        CHECK(errors[i] < 0.02);
        // E is the noise itself there, and the control variate is the number.
        if (j % 4 == 3) CHECK(std::abs(m.gamma[i] - 1) + errors[i] < 1e-6);
    }
    moment_estimator scalar(network, knots, philox{.seed = 1});
    for (std::uint64_t i = 0; i < 20; ++i) scalar.add(data(500, i));
    for (std::size_t i = 0; i < knots.size(); ++i) {
        double wanted = 0;
        for (Eigen::Index j = 0; j < 8; ++j) wanted += exact(knots[i], j) / 8;
        CHECK(std::abs(scalar.result().gamma[i] - wanted) < 5 * scalar.standard_errors()[i]);
        CHECK(scalar.standard_errors()[i] < 0.005);
    }
}

TEST_CASE("the standard error is the spread of repeated measurements, and falls with the data") {
    const int repeats = 200;
    std::vector<double> sum(3), squares(3), claimed(3);
    for (int i = 0; i < repeats; ++i) {
        moment_estimator estimator(network, knots, philox{.seed = std::uint64_t(i)});
        estimator.add(data(100, 1000 + std::uint64_t(i)));
        for (std::size_t k = 0; k < 3; ++k) {
            const double gamma = estimator.result().gamma[k];
            sum[k] += gamma / repeats;
            squares[k] += gamma * gamma / repeats;
            claimed[k] += estimator.standard_errors()[k] / repeats;
        }
    }
    for (std::size_t k = 0; k < 3; ++k)  // 5 sigma of a standard deviation of 200
        CHECK(std::abs(std::sqrt(squares[k] - sum[k] * sum[k]) / claimed[k] - 1) < 0.25);

    moment_estimator estimator(network, knots, philox{});
    estimator.add(data(1));
    CHECK(estimator.standard_errors()[0] > 1e300);
    estimator.add(data(99));
    const auto few = estimator.standard_errors();
    estimator.add(data(9900, 5));
    for (std::size_t k = 0; k < 3; ++k)
        CHECK(estimator.standard_errors()[k] == Approx(few[k] / 10).epsilon(0.3));
}

TEST_CASE("by the residual Gamma is the same for an exact network, and better known in noise") {
    moment_estimator by_output(network, knots, philox{.seed = 1});
    moment_estimator by_residual(network, knots, philox{.seed = 1},
                                 moment_options{.of = moment_of::residual});
    by_output.add(data(2000));
    by_residual.add(data(2000));
    for (std::size_t i = 0; i < knots.size(); ++i) {
        double wanted = 0;
        for (Eigen::Index j = 0; j < 8; ++j) wanted += exact(knots[i], j) / 8;
        const double error = by_residual.standard_errors()[i];
        CHECK(std::abs(by_residual.result().gamma[i] - wanted) < 5 * error);
    }
    CHECK(by_residual.relative_error() < 0.03);
    CHECK(by_output.relative_error() > 10 * by_residual.relative_error());

    // A network that is off: its error counts.
    const fokker_test::any_network<double> off = [](const ArrayXXd& x, const knot& k,
                                                    ArrayXXd& out) {
        network(x, k, out);
        out += 0.5;
    };
    moment_estimator of_off(off, knots, philox{.seed = 1},
                            moment_options{.of = moment_of::residual});
    of_off.add(data(2000));
    for (std::size_t i = 0; i < knots.size(); ++i)
        CHECK(by_residual.result().gamma[i] - of_off.result().gamma[i] ==
              Approx(0.25).epsilon(0.1));
}

TEST_CASE("knots come in any order, each once, and samples have one size") {
    moment_estimator estimator(network, std::vector{knots[1], knots[2], knots[0]}, philox{});
    CHECK_THROWS_WITH(estimator.result(), ContainsSubstring("add a batch"));
    estimator.add(data(3));
    CHECK(estimator.result().knots == knots);
    CHECK_THROWS_WITH(estimator.add(ArrayXXd(4, 3)), ContainsSubstring("samples of 8 elements"));
    CHECK_THROWS_WITH(moment_estimator(network, std::vector{knots[1], knots[1]}, philox{}),
                      ContainsSubstring("same lambda"));
    CHECK_THROWS_WITH(moment_estimator(network, std::vector{knot{}}, philox{}),
                      ContainsSubstring("nothing to measure"));
}
