#include <fokker/blur/cosine_transform.hpp>

#include <cmath>
#include <cstddef>
#include <numbers>
#include <vector>

#include <Eigen/Core>

#include <fokker/blur/picture_shape.hpp>

#include "catch.hpp"

using namespace fokker;
using Catch::Matchers::ContainsSubstring;
using Eigen::ArrayXXd;

namespace {

const picture_shape small{5, 7, 2};
const picture_shape mixed{5, 7, 2, channel_order::interleaved};

double away(const ArrayXXd& a, const ArrayXXd& b) { return (a - b).abs().maxCoeff(); }

/// The sum of Ahmed et al., term by term.
double wave(const ArrayXXd& x, const picture_shape& s, int i, int j, int c) {
    double sum = 0.0;
    for (int m = 0; m < s.height; ++m)
        for (int n = 0; n < s.width; ++n)
            sum += x(static_cast<int>(s.element(m, n, c)), 0) *
                   std::cos(std::numbers::pi * i * (2 * m + 1) / (2.0 * s.height)) *
                   std::cos(std::numbers::pi * j * (2 * n + 1) / (2.0 * s.width));
    return sum * std::sqrt((i ? 2.0 : 1.0) / s.height) * std::sqrt((j ? 2.0 : 1.0) / s.width);
}

}  // namespace

TEST_CASE("waves are the orthonormal DCT-II of each channel") {
    for (const picture_shape& s : {small, mixed}) {
        const cosine_transform transform(s);
        const ArrayXXd x = ArrayXXd::Random(70, 3);
        ArrayXXd u = x;
        transform.to_waves(u);
        for (int i = 0; i < 5; ++i)
            for (int j = 0; j < 7; ++j)
                for (int c = 0; c < 2; ++c)
                    CHECK(std::abs(u(static_cast<int>(s.element(i, j, c)), 0) -
                                   wave(x.leftCols(1), s, i, j, c)) < 1e-13);
        // Parseval, and back.
        for (int n = 0; n < 3; ++n)
            CHECK(std::abs(u.col(n).square().sum() - x.col(n).square().sum()) < 1e-12);
        transform.to_pixels(u);
        CHECK(away(u, x) < 1e-13);
    }
}

TEST_CASE("a constant is one wave, and blur leaves it") {
    const cosine_transform transform(small);
    ArrayXXd x = ArrayXXd::Constant(70, 1, 3.0);
    transform.to_waves(x);
    CHECK(std::abs(x(0, 0) - 3.0 * std::sqrt(35.0)) < 1e-12);
    CHECK(std::abs(x(35, 0) - 3.0 * std::sqrt(35.0)) < 1e-12);
    x(0, 0) = x(35, 0) = 0.0;
    CHECK(x.abs().maxCoeff() < 1e-12);
    x = ArrayXXd::Constant(70, 1, 3.0);
    transform.blur(x, 20.0);
    CHECK(away(x, ArrayXXd::Constant(70, 1, 3.0)) < 1e-12);
}

TEST_CASE("two blurs are one, whose square is the sum of their squares") {
    for (const picture_shape& s : {small, mixed}) {
        const cosine_transform transform(s);
        const ArrayXXd data = ArrayXXd::Random(70, 2);
        ArrayXXd twice = data, once = data, sharp = data;
        transform.blur(twice, 0.6);
        transform.blur(twice, 1.1);
        transform.blur(once, std::hypot(0.6, 1.1));
        CHECK(away(twice, once) < 1e-13);
        CHECK(away(once, data) > 0.1);
        transform.blur(sharp, 0.0);
        CHECK(away(sharp, data) < 1e-13);
    }
}

TEST_CASE("any array of numbers is transformed, and white noise stays white noise") {
    const cosine_transform transform({4, 4});
    const std::vector<float> x{1, 2, 0, 1, -1, 3, 0, 0, 2, 2, -2, 1, 0, 1, 0, 1};
    Eigen::VectorXd exact(16);
    for (std::size_t i = 0; i < 16; ++i) exact[static_cast<int>(i)] = static_cast<double>(x[i]);
    transform.to_waves(exact);
    std::vector<float> u = x;
    transform.to_waves(u);
    Eigen::Array<Eigen::half, 16, 1> h;
    for (int i = 0; i < 16; ++i) h[i] = static_cast<Eigen::half>(x[static_cast<std::size_t>(i)]);
    transform.to_waves(h);
    for (int i = 0; i < 16; ++i) {
        CHECK(std::abs(static_cast<double>(u[static_cast<std::size_t>(i)]) - exact[i]) < 1e-6);
        CHECK(std::abs(static_cast<double>(h[i]) - exact[i]) < 5e-3);
    }
    // Orthonormal: the transform of each pixel has length 1, and no two have a common part.
    Eigen::MatrixXd all = Eigen::MatrixXd::Identity(16, 16);
    transform.to_waves(all);
    CHECK((all.transpose() * all - Eigen::MatrixXd::Identity(16, 16)).cwiseAbs().maxCoeff() <
          1e-14);
}

TEST_CASE("wrong pictures are named") {
    CHECK_THROWS_WITH(cosine_transform({0, 4}), ContainsSubstring("a picture of 0 x 4 pixels"));
    CHECK_THROWS_WITH(cosine_transform({4, 4, 0}), ContainsSubstring("0 channels"));
    ArrayXXd x(15, 1);
    const cosine_transform transform({4, 4});
    CHECK_THROWS_WITH(transform.to_waves(x), ContainsSubstring("15 elements, and the transform is "
                                                               "for 4 x 4 pixels in 1 channels"));
    ArrayXXd y = ArrayXXd::Ones(16, 1);
    CHECK_THROWS_WITH(transform.blur(y, -1.0), ContainsSubstring("-1 pixels wide"));
}
