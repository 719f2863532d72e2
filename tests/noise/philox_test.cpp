#include <fokker/noise/philox.hpp>

#include <array>
#include <cmath>
#include <numbers>
#include <vector>

#include "catch.hpp"
#include "support/philox_words.hpp"

using namespace fokker;
using fokker_test::four_words, fokker_test::philox4x32;

namespace {

/// Element e of the layout that philox.hpp states, one number at a time.
template <class T>
double by_the_layout(const philox& p, noise_position position, std::uint64_t e) {
    const std::uint64_t normals = 16 / sizeof(T), sample = p.first_sample + position.sample;
    const four_words w =
        philox4x32({static_cast<std::uint32_t>(e / normals), position.draw,
                    static_cast<std::uint32_t>(sample), static_cast<std::uint32_t>(sample >> 32)},
                   p.seed);
    long double u, t;
    bool turned;
    if (sizeof(T) == 4) {
        const std::size_t pair = e % 4 / 2 * 2;
        u = ((w[pair] >> 1) + 0.5L) * 0x1p-31L;
        t = static_cast<std::int32_t>(w[pair + 1] << 1) * 0x1p-32L;
        turned = w[pair + 1] >> 31 == 1;
    } else {
        const std::uint64_t x = w[0] | std::uint64_t{w[1]} << 32;
        const std::uint64_t y = w[2] | std::uint64_t{w[3]} << 32;
        u = (static_cast<long double>(x >> 12) + 0.5L) * 0x1p-52L;
        t = static_cast<long double>((y << 1) >> 12) * 0x1p-52L - 0.5L;
        turned = y >> 63 == 1;
    }
    const long double pi = std::numbers::pi_v<long double>;
    const long double r = std::sqrt(-2 * std::log(u)), theta = pi * t + (turned ? pi : 0);
    return static_cast<double>(r * (e % 2 == 0 ? std::cos(theta) : std::sin(theta)));
}

template <class T>
void check_layout(double tolerance) {
    const philox p{.seed = 0x123456789abcdef0u, .first_sample = 0xfffffffeu};
    const noise_position position{.sample = 5, .draw = 77, .element = 0};
    constexpr std::size_t size = 3 * noise_tile - 7;
    std::vector<T> z(size);
    for (std::size_t e = 0; e < size; e += noise_tile) {
        auto here = position;
        here.element = e;
        p.fill(z.data() + e, std::min(noise_tile, size - e), here);
    }
    for (std::uint64_t e = 0; e < size; ++e)
        CHECK(std::abs(static_cast<double>(z[e]) - by_the_layout<T>(p, position, e)) < tolerance);
}

template <class T>
void check_whole_samples() {
    const philox p{.seed = 3, .first_sample = 0xfffffff0u};
    for (std::size_t elements : {1u, 2u, 3u, 4u, 5u, 7u, 31u, 32u, 64u, 112u, 255u})
        for (std::size_t samples : {1u, 2u, 9u, 40u}) {
            std::vector<T> together(samples * elements + 1, T(-9)), alone(elements);
            p.fill_samples(together.data(), samples, elements, {11, 6, 0});
            for (std::size_t n = 0; n < samples; ++n) {
                p.fill(alone.data(), elements, {11 + n, 6, 0});
                REQUIRE(std::equal(alone.begin(), alone.end(),
                                   together.begin() + static_cast<std::ptrdiff_t>(n * elements)));
            }
            REQUIRE(together.back() == T(-9));
        }
}

}  // namespace

TEST_CASE("the layout is the one that the header states") {
    check_layout<float>(2e-6);
    check_layout<double>(4e-15);
}

TEST_CASE("a shorter tile is the beginning of a longer one") {
    const philox p{.seed = 1};
    std::array<float, noise_tile> whole, part;
    p.fill(whole.data(), noise_tile, {0, 3, noise_tile});
    for (std::size_t count : {1u, 4u, 31u, 32u, 33u, 64u, 65u, 127u, 128u, 300u}) {
        p.fill(part.data(), count, {0, 3, noise_tile});
        CHECK(std::equal(part.begin(), part.begin() + static_cast<std::ptrdiff_t>(count),
                         whole.begin()));
    }
}

TEST_CASE("a tile may begin at any multiple of four") {
    const philox p{.seed = 1};
    std::array<double, noise_tile> whole, part;
    p.fill(whole.data(), noise_tile, {0, 3, 0});
    for (std::size_t first : {4u, 28u, 100u}) {
        p.fill(part.data(), 50, {0, 3, first});
        CHECK(std::equal(part.begin(), part.begin() + 50,
                         whole.begin() + static_cast<std::ptrdiff_t>(first)));
    }
}

TEST_CASE("whole samples together are the samples alone") {
    check_whole_samples<float>();
    check_whole_samples<double>();
}

TEST_CASE("first_sample shifts the samples") {
    std::array<double, 20> a, b;
    philox{.seed = 1}.fill(a.data(), 20, {12, 0, 0});
    philox{.seed = 1, .first_sample = 10}.fill(b.data(), 20, {2, 0, 0});
    CHECK(a == b);
    philox{.seed = 2, .first_sample = 10}.fill(b.data(), 20, {2, 0, 0});
    CHECK(a != b);
}
