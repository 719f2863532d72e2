#include <fokker/discrete/forward.hpp>

#include <cmath>

#include <Eigen/Core>

#include <fokker/discrete/process.hpp>

#include "catch.hpp"

using namespace fokker;
using Catch::Matchers::ContainsSubstring;
using discrete::absorbing, discrete::uniform;

TEST_CASE("a noisy state keeps its class with probability alpha, and else has noise") {
    const Eigen::ArrayXXi x0 = Eigen::ArrayXXi::Constant(100, 200, 2);
    Eigen::ArrayXXi xt(100, 200);
    discrete::forward(x0, absorbing{.mask = 4}, 4, {0.3, 0.7, 0.3}, philox{.seed = 1}, xt);
    CHECK(std::abs((xt == 2).cast<double>().mean() - 0.7) < 0.015);
    CHECK((xt == 4).count() + (xt == 2).count() == xt.size());
    discrete::forward(x0, uniform{}, 4, {0.3, 0.7, 0.3}, philox{.seed = 1}, xt);
    CHECK(std::abs((xt == 2).cast<double>().mean() - 0.775) < 0.015);
    for (int other : {0, 1, 3}) CHECK(std::abs((xt == other).cast<double>().mean() - 0.075) < 0.01);
    // The same in place, and for a slice of the batch.
    Eigen::ArrayXXi part = x0.rightCols(50);
    discrete::forward(part, uniform{}, 4, {0.3, 0.7, 0.3}, philox{.seed = 1, .first_sample = 150},
                      part);
    CHECK((part == xt.rightCols(50)).all());
    discrete::forward(x0, uniform{}, 4, {0, 1, 0}, philox{.seed = 1}, xt);
    CHECK((xt == x0).all());
}

TEST_CASE("what is no class has no forward process") {
    Eigen::ArrayXXi x0{{0, 4}}, xt(1, 2), other(2, 1);
    CHECK_THROWS_WITH(discrete::forward(x0, uniform{}, 4, {0.3, 0.7, 0.3}, philox{}, xt),
                      ContainsSubstring("element 1 of x_0 is 4"));
    CHECK_THROWS_WITH(discrete::forward(x0, uniform{}, 5, {0.3, 0.7, 0.3}, philox{}, other),
                      ContainsSubstring("another shape"));
    CHECK_THROWS_WITH(discrete::forward(x0, uniform{}, 5, {0.3, 7, 3}, philox{}, xt),
                      ContainsSubstring("alpha is 7"));
}

TEST_CASE("between two sets of data a position has the class of one or the other") {
    const Eigen::ArrayXXi x0 = Eigen::ArrayXXi::Constant(4, 2000, 1),
                          source = Eigen::ArrayXXi::Constant(4, 2000, 7);
    Eigen::ArrayXXi x(4, 2000);
    discrete::forward_between(x0, source, knot{0.3, 0.7, 0.3}, philox{.seed = 2}, x);
    const double kept = static_cast<double>((x == 1).count()) / 8000;
    CHECK(std::abs(kept - 0.7) < 0.02);
    CHECK((x == 1 || x == 7).all());
    Eigen::ArrayXXi small(4, 3);
    CHECK_THROWS_WITH(
        discrete::forward_between(x0, small, knot{0.3, 0.7, 0.3}, philox{.seed = 2}, x),
        Catch::Matchers::ContainsSubstring("different shapes"));
}
