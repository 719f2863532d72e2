#include <fokker/noise/philox.hpp>

#include <array>
#include <vector>

#include "catch.hpp"

using namespace fokker;

namespace {

std::array<std::uint32_t, 4> philox4x32(std::array<std::uint32_t, 4> counter,
                                        std::array<std::uint32_t, 2> key) {
    noise::philox_words words;
    for (std::size_t k = 0; k < 4; ++k) words[k].fill(counter[k]);
    noise::philox_rounds(words, key[0], key[1]);
    return {words[0][0], words[1][5], words[2][17], words[3][31]};  // all columns are alike
}

/// Element e of the layout that philox.hpp states, one number at a time.
template <class T>
double by_the_layout(const philox& p, noise_position position, std::uint64_t e) {
    const bool single = sizeof(T) == 4;
    const std::uint64_t group = single ? 128 : 64, sample = p.first_sample + position.sample;
    const auto c = static_cast<std::uint32_t>(32 * (e / group) + e % 32);
    noise::philox_words w;
    w[0].fill(c);
    w[1].fill(position.draw);
    w[2].fill(static_cast<std::uint32_t>(sample));
    w[3].fill(static_cast<std::uint32_t>(sample >> 32));
    noise::philox_rounds(w, static_cast<std::uint32_t>(p.seed),
                         static_cast<std::uint32_t>(p.seed >> 32));
    long double u, v;
    if (single) {
        const std::size_t pair = e / 64 % 2;
        u = (w[2 * pair][0] >> 1) * 0x1p-31L + 0x1p-32L;
        v = w[2 * pair + 1][0] * 0x1p-32L;
    } else {
        const std::uint64_t x = w[0][0] | std::uint64_t{w[1][0]} << 32;
        const std::uint64_t y = w[2][0] | std::uint64_t{w[3][0]} << 32;
        u = static_cast<long double>(x >> 12) * 0x1p-52L + 0x1p-53L;
        v = static_cast<long double>(y) * 0x1p-64L;
    }
    const long double r = std::sqrt(-2 * std::log(u)), theta = 2 * 3.14159265358979323846L * v;
    return static_cast<double>(r * (e / 32 % 2 == 0 ? std::cos(theta) : std::sin(theta)));
}

template <class T>
void check_layout(double tolerance) {
    const philox p{.seed = 0x123456789abcdef0u, .first_sample = 0xfffffffeu};
    const noise_position position{.sample = 5, .draw = 77, .element = 0};
    std::vector<T> z(400);
    for (std::size_t e = 0; e < 400; e += noise_tile) {
        auto here = position;
        here.element = e;
        p.fill(z.data() + e, std::min(noise_tile, 400 - e), here);
    }
    for (std::uint64_t e = 0; e < 400; ++e)
        CHECK(std::abs(static_cast<double>(z[e]) - by_the_layout<T>(p, position, e)) < tolerance);
}

}  // namespace

TEST_CASE("the known answers of Random123") {
    using words = std::array<std::uint32_t, 4>;
    CHECK(philox4x32({0, 0, 0, 0}, {0, 0}) ==
          words{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8});
    CHECK(philox4x32({0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff}, {0xffffffff, 0xffffffff}) ==
          words{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd});
    CHECK(philox4x32({0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}, {0xa4093822, 0x299f31d0}) ==
          words{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1});
}

TEST_CASE("the layout is the one that the header states") {
    check_layout<float>(2e-6);
    check_layout<double>(4e-15);
}

TEST_CASE("a shorter tile is the beginning of a longer one") {
    const philox p{.seed = 1};
    std::array<float, 128> whole, part;
    p.fill(whole.data(), 128, {0, 3, 128});
    for (std::size_t count : {1u, 31u, 32u, 33u, 64u, 65u, 127u}) {
        p.fill(part.data(), count, {0, 3, 128});
        CHECK(std::equal(part.begin(), part.begin() + static_cast<std::ptrdiff_t>(count),
                         whole.begin()));
    }
}

TEST_CASE("first_sample shifts the samples") {
    std::array<double, 20> a, b;
    philox{.seed = 1}.fill(a.data(), 20, {12, 0, 0});
    philox{.seed = 1, .first_sample = 10}.fill(b.data(), 20, {2, 0, 0});
    CHECK(a == b);
    philox{.seed = 2, .first_sample = 10}.fill(b.data(), 20, {2, 0, 0});
    CHECK(a != b);
}
