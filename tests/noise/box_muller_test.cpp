#include <fokker/noise/box_muller.hpp>

#include <fokker/noise/philox.hpp>
#include <vector>

#include "catch.hpp"

using namespace fokker;

namespace {

template <class T>
void check_moments(std::uint32_t tiles) {
    std::vector<T> z(noise_tile);
    std::array<double, 9> sum{};
    double lag = 0;
    for (std::uint32_t i = 0; i < tiles; ++i) {
        philox{.seed = 6}.fill(z.data(), noise_tile, {0, i, 0});
        for (std::size_t j = 0; j < noise_tile; ++j) {
            double power = 1;
            for (std::size_t k = 0; k < 9; ++k, power *= static_cast<double>(z[j])) sum[k] += power;
            lag += static_cast<double>(z[j]) * static_cast<double>(z[(j + 32) % noise_tile]);
        }
    }
    // Moments of the normal, and 5 standard errors: var(z^k) = E z^2k - (E z^k)^2.
    const double n = sum[0];
    const std::array<double, 9> moment{1, 0, 1, 0, 3, 0, 15, 0, 105};
    const std::array<double, 9> square{1, 1, 3, 15, 105, 945, 10395, 135135, 2027025};
    for (std::size_t k = 1; k < 9; ++k) {
        INFO("moment " << k);
        CHECK(std::abs(sum[k] / n - moment[k]) <
              5 * std::sqrt((square[k] - moment[k] * moment[k]) / n));
    }
    CHECK(std::abs(lag / n) < 5 / std::sqrt(n));  // cosine and sine of one pair
}

template <class T>
void check_logarithm(double units) {
    for (T u : {T(0x1p-32), T(1e-6), T(0.1), T(0.5), T(0.70710678), T(0.7072), T(0.9999), T(1)}) {
        const double exact = -2 * std::log(static_cast<double>(u));
        const double got = static_cast<double>(noise::minus_two_log(u));
        CHECK(std::abs(got - exact) <=
              units * static_cast<double>(std::numeric_limits<T>::epsilon()) * exact);
    }
}

}  // namespace

TEST_CASE("moments to the eighth and the correlation within a pair") {
    check_moments<float>(20000);
    check_moments<double>(10000);
}

TEST_CASE("the logarithm is good to a few units in the last place, the least radius is zero") {
    check_logarithm<float>(4);
    check_logarithm<double>(4);
    CHECK(noise::minus_two_log(1.0f) == 0.0f);
}

TEST_CASE("sine and cosine stay on the circle") {
    for (int i = -50; i <= 50; ++i) {
        const double x = i * 0.785398 / 50;
        double s, c;
        noise::sine_cosine(x, s, c);
        CHECK(std::abs(s - std::sin(x)) < 3e-16);
        CHECK(std::abs(c - std::cos(x)) < 3e-16);
        float sf, cf;
        noise::sine_cosine(static_cast<float>(x), sf, cf);
        CHECK(std::abs(sf - static_cast<float>(std::sin(x))) < 2e-7f);
        CHECK(std::abs(cf - static_cast<float>(std::cos(x))) < 2e-7f);
    }
}

TEST_CASE("the rarest integers give the farthest finite normals") {
    noise::block<std::uint32_t> least{}, most;
    most.fill(0xffffffffu);
    std::array<float, noise::width> a, b;
    noise::box_muller<float>(least, least, a.data(), b.data());
    CHECK(a[0] == Catch::Approx(std::sqrt(64 * std::log(2.0))));  // u = 2^-32
    CHECK(b[0] == 0.0f);
    noise::box_muller<float>(most, least, a.data(), b.data());
    CHECK(a[0] == 0.0f);
}
