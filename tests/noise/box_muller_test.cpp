#include <fokker/noise/box_muller.hpp>

#include <fokker/noise/philox.hpp>
#include <numbers>
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
            lag += static_cast<double>(z[j]) * static_cast<double>(z[j ^ 1]);
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
noise::lanes<T> all(T value) {
    return noise::lanes<T>{} + value;
}

template <class T>
void check_logarithm(double units) {
    for (T u : {T(0x1p-32), T(1e-6), T(0.1), T(0.5), T(0.70710678), T(0.7072), T(0.9999), T(1)}) {
        const double exact = -2 * std::log(static_cast<double>(u));
        const double got = static_cast<double>(noise::minus_two_log(all(u))[0]);
        CHECK(std::abs(got - exact) <=
              units * static_cast<double>(std::numeric_limits<T>::epsilon()) * exact);
    }
}

template <class T>
void check_circle(double tolerance) {
    for (int i = -50; i <= 50; ++i) {
        const T t = static_cast<T>(i) / 100;
        noise::lanes<T> s, c;
        noise::sine_cosine(all(t), s, c);
        const double angle = std::numbers::pi * static_cast<double>(t);
        CHECK(std::abs(static_cast<double>(s[0]) - std::sin(angle)) < tolerance);
        CHECK(std::abs(static_cast<double>(c[0]) - std::cos(angle)) < tolerance);
    }
}

}  // namespace

TEST_CASE("moments to the eighth and the correlation within a pair") {
    check_moments<float>(5000);
    check_moments<double>(2500);
}

TEST_CASE("the logarithm is good to a few units in the last place, the least radius is zero") {
    check_logarithm<float>(4);
    check_logarithm<double>(4);
    CHECK(noise::minus_two_log(all(1.0f))[0] == 0.0f);
}

TEST_CASE("sine and cosine stay on the circle") {
    check_circle<float>(2e-7);
    check_circle<double>(5e-16);
}

TEST_CASE("every lane has its own value") {
    noise::lanes<double> u{}, s, c;
    for (std::size_t i = 0; i < kernel::lane_count<double>; ++i)
        u[i] = static_cast<double>(i + 1) / 20;
    const auto log = noise::minus_two_log(u);
    noise::sine_cosine(u, s, c);
    for (std::size_t i = 0; i < kernel::lane_count<double>; ++i) {
        CHECK(log[i] == Catch::Approx(-2 * std::log(u[i])));
        CHECK(s[i] == Catch::Approx(std::sin(std::numbers::pi * u[i])));
    }
}

TEST_CASE("the rarest integers give the farthest finite normals") {
    const noise::words32 least{}, most = least + 0xffffffffu;
    noise::lanes<float> along, across;
    const auto far = noise::box_muller_radius(least);  // u = 2^-32
    CHECK(far[0] == Catch::Approx(std::sqrt(64 * std::log(2.0))));
    CHECK(noise::box_muller_radius(most)[0] == 0.0f);
    noise::box_muller_turn(far, least, along, across);
    CHECK(along[0] == Catch::Approx(far[0]));
    CHECK(across[0] == 0.0f);
    noise::box_muller_turn(far, least + 0x80000000u, along, across);
    CHECK(along[0] == Catch::Approx(-far[0]));
    const noise::words64 none{};
    CHECK(noise::box_muller_radius(none)[0] == Catch::Approx(std::sqrt(106 * std::log(2.0))));
    CHECK(noise::box_muller_radius(none + ~std::uint64_t{0})[0] < 1e-7);
}
