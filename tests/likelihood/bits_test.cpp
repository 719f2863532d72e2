#include <fokker/likelihood/bits.hpp>

#include <cmath>
#include <cstddef>

#include <Eigen/Core>

#include <fokker/likelihood.hpp>
#include <fokker/noise/philox.hpp>

#include "catch.hpp"

using namespace fokker;
using Catch::Matchers::ContainsSubstring;

TEST_CASE("data that are uniform over their range need the bits of their levels") {
    // The density of dequantised data is then 1 / (levels spacings) in each element.
    for (const auto& [levels, low, high] :
         {std::tuple{256, -1.0, 1.0}, {8, 0.0, 7.0}, {2, 0.0, 1.0}}) {
        const double spacing = (high - low) / (levels - 1);
        const double nats = -3 * std::log(levels * spacing);
        CHECK(std::abs(bits_per_dimension(nats, 3, levels, low, high) - std::log2(levels)) < 1e-12);
    }
    likelihood<Eigen::ArrayXXd> both{.nats = {0.0, -2 * std::log(2.0)},
                                     .latent = {},
                                     .elements = 2,
                                     .clean = {},
                                     .noisy = {},
                                     .walk = {}};
    const auto bits = both.bits_per_dimension(3, -1.0, 1.0);
    CHECK(bits.size() == 2);
    CHECK(std::abs(bits[0]) < 1e-12);
    CHECK(std::abs(bits[1] - 1.0) < 1e-12);
    CHECK_THROWS_WITH(bits_per_dimension(0, 0, 4, 0, 1), ContainsSubstring("elements is 0"));
    CHECK_THROWS_WITH(bits_per_dimension(0, 1, 1, 0, 1), ContainsSubstring("levels is 1"));
    CHECK_THROWS_WITH(bits_per_dimension(0, 1, 4, 1, 1), ContainsSubstring("below the last"));
}

TEST_CASE("dequantised data are uniform over their level, whatever their type") {
    const auto check = [](auto x, double low, double high) {
        using array = decltype(x);
        const int levels = 5;
        const double spacing = (high - low) / (levels - 1);
        for (Eigen::Index i = 0; i < x.size(); ++i)
            x(i) = static_cast<typename array::Scalar>(low +
                                                       spacing * static_cast<double>(i % levels));
        const array before = x;
        dequantise(x, levels, low, high, philox{.seed = 4});
        const Eigen::ArrayXXd moved =
            (x.template cast<double>() - before.template cast<double>()) / spacing;
        CHECK(moved.abs().maxCoeff() <= 0.5001);
        CHECK(std::abs(moved.mean()) < 0.01);
        CHECK(std::abs(moved.square().mean() - 1.0 / 12) < 0.002);
        CHECK(std::abs(moved.square().square().mean() - 1.0 / 80) < 0.0005);
        array again = before;
        dequantise(again, levels, low, high, philox{.seed = 4});
        CHECK((again == x).all());
        // A slice of the batch has the same numbers.
        array last = before.rightCols(1);
        dequantise(last, levels, low, high,
                   philox{.seed = 4, .first_sample = static_cast<std::uint64_t>(x.cols() - 1)});
        CHECK((last == x.rightCols(1)).all());
    };
    check(Eigen::ArrayXXd(100, 100), -1.0, 1.0);
    check(Eigen::ArrayXXf(100, 100), 0.0, 255.0);
    check(Eigen::ArrayXX<Eigen::half>(100, 100), -1.0, 1.0);
}

TEST_CASE("what lies on no level is refused, and stays as it is") {
    Eigen::ArrayXd x{{-1.0, 0.0, 1.0}};
    const auto refused = [&](double value, const char* words) {
        x[1] = value;
        CHECK_THROWS_WITH(dequantise(x, 3, -1.0, 1.0, philox{}), ContainsSubstring(words));
        CHECK(x[0] == -1.0);
    };
    refused(0.4, "x[1] is 0.4");
    refused(2.0, "none of the 3 levels");
    refused(-1.5, "none of the 3 levels");
    x[1] = 0.0;
    dequantise(x, 3, -1.0, 1.0, philox{});
    CHECK_THROWS_WITH(dequantise(x, 3, -1.0, 1.0, philox{}), ContainsSubstring("once"));
}
