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
