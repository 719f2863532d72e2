#include <fokker/latents/combine.hpp>

#include <Eigen/Core>
#include <array>
#include <cmath>
#include <numbers>
#include <span>
#include <vector>

#include <fokker/error.hpp>
#include <fokker/noise/philox.hpp>
#include <fokker/path/discrete_schedule.hpp>
#include <fokker/path/grids.hpp>
#include <fokker/run.hpp>
#include <fokker/solver/ddim.hpp>

#include "catch.hpp"
#include "support/allocations.hpp"

using namespace fokker;
using Catch::Approx;
using Catch::Matchers::ContainsSubstring;
using Eigen::ArrayXXd;

namespace {

/// Normals, a sample a column.
ArrayXXd normals(std::uint64_t seed, Eigen::Index elements, Eigen::Index samples) {
    ArrayXXd x(elements, samples);
    const auto network = [](const auto& in, double, auto& out) { out = in; };
    run r(x, network, trailing(linear_schedule(), 2), ddim{}, philox{.seed = seed});
    r.start_from_prior();
    return x;
}

}  // namespace

TEST_CASE("slerp walks along the circle, and each sample has an angle of its own") {
    const double pi = std::numbers::pi;
    // A right angle, and one of 60 degrees between vectors of two lengths.
    const ArrayXXd a{{1.0, 2.0}, {0.0, 0.0}}, b{{0.0, 0.5}, {1.0, 0.5 * std::sqrt(3.0)}};
    ArrayXXd out(2, 2);
    for (const double w : {0.0, 0.25, 0.5, 1.0, 1.2, -0.3}) {
        spherical(a, b, w, out);
        CHECK(out(0, 0) == Approx(std::cos(w * pi / 2)).margin(1e-14));
        CHECK(out(1, 0) == Approx(std::sin(w * pi / 2)).margin(1e-14));
        const double first = std::sin((1 - w) * pi / 3) / std::sin(pi / 3);
        const double second = std::sin(w * pi / 3) / std::sin(pi / 3);
        CHECK(out(0, 1) == Approx(2 * first + 0.5 * second).margin(1e-14));
        CHECK(out(1, 1) == Approx(0.5 * std::sqrt(3.0) * second).margin(1e-14));
    }
    const std::vector<double> each{0.0, 1.0};
    spherical(a, b, each, out);
    CHECK((out.col(0) == a.col(0)).all());
    CHECK(out.col(1).isApprox(b.col(1), 1e-15));
}

TEST_CASE("slerp is smooth where the latents agree, and refuses those that are opposite") {
    ArrayXXd out(2, 1);
    for (double angle : {0.0, 1e-12, 9.9e-7, 1.01e-6, 1e-4}) {
        const ArrayXXd a{{1.0}, {0.0}}, b{{std::cos(angle)}, {std::sin(angle)}};
        spherical(a, b, 0.3, out);
        CHECK(out(0) == Approx(std::cos(0.3 * angle)).epsilon(1e-11));
        CHECK(out(1) == Approx(std::sin(0.3 * angle)).margin(1e-11));
    }
    const ArrayXXd a{{1.0}, {2.0}}, opposite = -3 * a, zero = 0 * a;
    CHECK_THROWS_WITH(spherical(a, opposite, 0.5, out), ContainsSubstring("opposite"));
    CHECK_THROWS_WITH(spherical(zero, a, 0.5, out), ContainsSubstring("is zero"));
    const ArrayXXd nearly{{-1.0}, {-2.001}};
    CHECK_NOTHROW(spherical(a, nearly, 0.5, out));
    CHECK(out.isFinite().all());
}

TEST_CASE("slerp keeps the norm, and the line does not") {
    const Eigen::Index elements = 400, samples = 50;
    ArrayXXd a = normals(1, elements, samples), b = normals(2, elements, samples);
    for (ArrayXXd* each : {&a, &b})
        for (Eigen::Index k = 0; k < samples; ++k) each->col(k) /= each->col(k).matrix().norm();
    ArrayXXd out(elements, samples);
    for (const double w : {0.1, 0.5, 0.7}) {
        spherical(a, b, w, out);
        CHECK((out.matrix().colwise().norm().array() - 1).abs().maxCoeff() < 1e-13);
    }
}

TEST_CASE("the law of independent latents is kept exactly by one, and lost by the line") {
    const ArrayXXd a = normals(1, 500, 400), b = normals(2, 500, 400);
    ArrayXXd out(500, 400);
    const double error = std::sqrt(2.0 / static_cast<double>(out.size()));
    for (const double w : {0.2, 0.5, 0.9}) {
        variance_preserving(a, b, w, out);
        const double norm = std::hypot(1 - w, w);
        CHECK((out - ((1 - w) / norm * a + w / norm * b)).abs().maxCoeff() < 1e-15);
        CHECK(out.square().mean() == Approx(1).margin(5 * error));
        const ArrayXXd line = (1 - w) * a + w * b;
        CHECK(line.square().mean() == Approx(norm * norm).margin(5 * error));
    }
    std::vector<double> each(400);
    for (std::size_t k = 0; k < 400; ++k) each[k] = static_cast<double>(k) / 399;
    variance_preserving(a, b, each, out);
    CHECK((out.col(0) == a.col(0)).all());
    CHECK((out.col(399) == b.col(399)).all());
}

TEST_CASE("a combination of any latents has their law, with a mean and a covariance") {
    // Two elements of mean m and of any covariance: a matrix of normals.
    const Eigen::Matrix2d root{{1.0, 0.0}, {0.8, 0.3}};
    const Eigen::Array2d mean{2.0, -1.0};
    const Eigen::Index n = 200000;
    std::vector<ArrayXXd> z;
    for (const std::uint64_t seed : {1u, 2u, 3u})
        z.push_back((root * normals(seed, 2, n).matrix()).array().colwise() + mean);
    ArrayXXd out(2, n);
    const auto check = [&] {
        const Eigen::Array2d found = out.rowwise().mean();
        CHECK((found - mean).abs().maxCoeff() < 0.02);
        const ArrayXXd centred = out.colwise() - found;
        const Eigen::Matrix2d covariance =
            centred.matrix() * centred.matrix().transpose() / static_cast<double>(n);
        CHECK((covariance - root * root.transpose()).cwiseAbs().maxCoeff() < 0.02);
    };
    combined({0.2, 0.3, 0.5}, {z[0], z[1], z[2]}, out, mean);
    check();
    combined({1.0, -1.0}, {z[0], z[2]}, out, mean);
    check();
    combined(std::vector<double>{1.0, 1.0, 1.0}, z, out, mean);
    check();
    // One latent is itself, whatever its weight, and a mean of the whole batch is one, too.
    combined({3.0}, {z[1]}, out, mean);
    CHECK((out - z[1]).abs().maxCoeff() < 1e-12);
    const ArrayXXd whole = mean.replicate(1, n);
    ArrayXXd again(2, n);
    combined({0.2, 0.3, 0.5}, {z[0], z[1], z[2]}, out, mean);
    combined(std::array{0.2, 0.3, 0.5}, z, again, whole);
    CHECK((out == again).all());
}

TEST_CASE("a combination of two without a mean keeps the variance as the interpolation does") {
    const ArrayXXd a = normals(1, 20, 3), b = normals(2, 20, 3);
    ArrayXXd out(20, 3), other(20, 3);
    combined({0.7, 0.3}, {a, b}, out);
    variance_preserving(a, b, 0.3, other);
    CHECK((out - other).abs().maxCoeff() < 1e-14);
    combined({0.5, 0.5}, {a, b}, out, 0.25);
    const double root = std::sqrt(0.5);
    CHECK((out - ((0.5 * a + 0.5 * b) / root + (1 - 1 / root) * 0.25)).abs().maxCoeff() < 1e-14);
}

TEST_CASE("arrays of every kind are combined, in place, too, and nothing is allocated") {
    std::vector<float> a{1, 0, 0}, b{0, 1, 0};
    std::array<float, 3> c{0, 0, 1}, out{};
    const std::size_t before = fokker_test::allocations();
    spherical(a, std::span<const float>(b), 0.5, out);
    CHECK(out[0] == Approx(std::sqrt(0.5)));
    CHECK(out[2] == 0);
    variance_preserving(a, c, 0.5f, std::span(a));
    CHECK(a[0] == Approx(std::sqrt(0.5)));
    CHECK(a[2] == Approx(std::sqrt(0.5)));
    combined({1.0, 1.0}, {a, b}, a);
    CHECK(a[0] == Approx(0.5));
    CHECK(a[1] == Approx(std::sqrt(0.5)));
    CHECK(fokker_test::allocations() == before);

    using halves = Eigen::Array<Eigen::half, Eigen::Dynamic, Eigen::Dynamic>;
    halves x(3, 2), y(3, 2), z(3, 2);
    x.setConstant(Eigen::half(1.0f));
    y.setConstant(Eigen::half(3.0f));
    spherical(x, y, std::array<float, 2>{0, 1}, z);  // of one direction: the line
    CHECK((z.col(0) == x.col(0)).all());
    CHECK((z.col(1) == y.col(1)).all());
    combined({1.0, 1.0}, {x, y}, z);
    CHECK(static_cast<float>(z(0)) == Approx(4 / std::sqrt(2.0)).epsilon(1e-3));
}

TEST_CASE("what cannot be combined is refused") {
    const ArrayXXd a = ArrayXXd::Ones(3, 2), flat = ArrayXXd::Ones(6, 1);
    ArrayXXd out(3, 2), small(2, 2);
    const double nan = std::numeric_limits<double>::quiet_NaN();
    CHECK_THROWS_WITH(spherical(a, flat, 0.5, out), ContainsSubstring("one shape"));
    CHECK_THROWS_WITH(variance_preserving(a, a, 0.5, small), ContainsSubstring("not resized"));
    CHECK_THROWS_WITH(variance_preserving(a, a, std::vector<double>{0.5}, out),
                      ContainsSubstring("1 weights for 2 samples"));
    CHECK_THROWS_WITH(variance_preserving(a, a, nan, out), ContainsSubstring("must be finite"));
    CHECK_THROWS_WITH(combined({0.5}, {a, a}, out), ContainsSubstring("1 weights for 2 latents"));
    CHECK_THROWS_WITH(combined({0.0, 0.0}, {a, a}, out), ContainsSubstring("all weights are 0"));
    CHECK_THROWS_WITH(combined({0.5, nan}, {a, a}, out), ContainsSubstring("weight 1 is"));
    CHECK_THROWS_WITH(combined({0.5, 0.5}, {a, flat}, out), ContainsSubstring("one shape"));
    CHECK_THROWS_WITH(combined(std::vector<double>{}, std::vector<ArrayXXd>{}, out),
                      ContainsSubstring("no latent"));
    CHECK_THROWS_WITH(combined({0.5, 0.5}, {a, a}, out, small), ContainsSubstring("the mean"));
}
