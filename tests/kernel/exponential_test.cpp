#include <fokker/kernel/exponential.hpp>

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>

#include "catch.hpp"

using namespace fokker::kernel;

namespace {

float exponential_of(float x) {
    std::array<lanes<float>, 1> all{lanes<float>{} + x}, sum{};
    add_exponentials(all, sum);
    return sum[0][0];
}
float power(float y) { return power_of_two(lanes<float>{} + y)[0]; }

}  // namespace

TEST_CASE("powers of two are right to the rounding of a float, down to the least of them") {
    double worst = 0.0;
    for (float y = 0.0f; y > -126.0f; y -= 0.000731f) {
        const double wanted = std::exp2(static_cast<double>(y));
        worst = std::max(worst, std::abs(static_cast<double>(power(y)) / wanted - 1));
    }
    CAPTURE(worst);
    CHECK(worst < 2e-7);
    CHECK(worst > 1e-8);
    for (int n = 0; n <= 126; ++n)
        CHECK(power(static_cast<float>(-n)) == static_cast<float>(std::exp2(-n)));
    // Further down instruction sets differ: no sum is so small that it would show.
    for (const float y : {-126.5f, -1000.0f, -3e38f, -std::numeric_limits<float>::infinity()}) {
        CHECK(power(y) <= 0x1p-126f);
        CHECK(power(y) >= 0.0f);
    }
    CHECK(power(-0.0f) == 1.0f);
}

TEST_CASE("exponentials of floats are right to their rounding, of either sign") {
    double worst = 0.0;
    for (float x = -87.0f; x < 88.0f; x += 0.000731f)
        worst = std::max(worst, std::abs(static_cast<double>(exponential_of(x)) /
                                             std::exp(static_cast<double>(x)) -
                                         1));
    CAPTURE(worst);
    CHECK(worst < 2.1e-7);
    CHECK(worst > 1e-8);
    CHECK(exponential_of(0.0f) == 1.0f);
    CHECK(exponential_of(-0.0f) == 1.0f);
    for (const float x : {-87.5f, -1000.0f, -3e38f, -std::numeric_limits<float>::infinity()})
        CHECK(exponential_of(x) == exponential_of(-87.0f));
    for (const float x : {88.8f, 90.0f, 700.0f, 3e38f, std::numeric_limits<float>::infinity()})
        CHECK(exponential_of(x) == std::numeric_limits<float>::infinity());
    // Of both signs.
    for (const std::uint32_t bits : {0x7fc00000u, 0xffc00000u, 0x7f800001u})
        CHECK((std::bit_cast<std::uint32_t>(exponential_of(std::bit_cast<float>(bits))) &
               0x7fffffffu) > 0x7f800000u);
}

TEST_CASE("every register is added to its own sum, in order") {
    std::array<lanes<float>, 4> x;
    std::array<lanes<float>, 2> sums{lanes<float>{} + 1.0f, lanes<float>{} + 2.0f};
    for (std::size_t k = 0; k < 4; ++k)
        for (std::size_t i = 0; i < lane_count<float>; ++i)
            x[k][i] = -0.37f * static_cast<float>(k + 4 * i);
    add_exponentials(x, sums);
    // Under -ffast-math, too.
    const auto add = [](float a, float b) {
        const volatile float sum = a + b;
        return static_cast<float>(sum);
    };
    for (std::size_t i = 0; i < lane_count<float>; ++i) {
        CHECK(sums[0][i] == add(add(1.0f, exponential_of(x[0][i])), exponential_of(x[2][i])));
        CHECK(sums[1][i] == add(add(2.0f, exponential_of(x[1][i])), exponential_of(x[3][i])));
    }
}

TEST_CASE("exponentials are right to the rounding of a double, and 0 where there is none") {
    double worst = 0.0;
    for (double x = 707.0; x > -707.0; x -= 0.00713)
        worst = std::max(worst, std::abs(exponential(x) / std::exp(x) - 1));
    CAPTURE(worst);
    CHECK(worst < 4e-16);
    CHECK(exponential(0.0) == 1.0);
    CHECK(exponential(-0.0) == 1.0);
    for (const double x : {-708.1, -1e5, -1e308, -std::numeric_limits<double>::infinity()})
        CHECK(exponential(x) == 0.0);
    CHECK(exponential(-707.9) > 0.0);
}

TEST_CASE("every lane has its own") {
    lanes<float> y{};
    lanes<double> x{};
    for (std::size_t i = 0; i < lane_count<float>; ++i) y[i] = -1.7f * static_cast<float>(i);
    for (std::size_t i = 0; i < lane_count<double>; ++i) x[i] = -90.1 * static_cast<double>(i);
    const lanes<float> powers = power_of_two(y);
    const lanes<double> exponentials = fokker::kernel::exponential(x);
    for (std::size_t i = 0; i < lane_count<float>; ++i) CHECK(powers[i] == power(y[i]));
    for (std::size_t i = 0; i < lane_count<double>; ++i)
        CHECK(exponentials[i] == exponential(x[i]));
}
