#include <fokker/noise/torch_normals.hpp>

#include <array>
#include <cmath>
#include <cstdint>
#include <random>

#include "catch.hpp"

using namespace fokker;

TEST_CASE("a block is Box-Muller of its halves, in float") {
    std::mt19937 engine(1);
    std::array<std::uint64_t, noise::torch_block> words;
    std::array<double, noise::torch_block> z;
    for (int round = 0; round < 50; ++round) {
        for (auto& word : words) word = engine() & 0xffffffffu;
        noise::torch_normals(words, z.data());
        for (std::size_t j = 0; j < noise::torch_half_block; ++j) {
            const float u = static_cast<float>(words[j] & 0xffffffu) * 0x1p-24f;
            const float v = static_cast<float>(words[j + 8] & 0xffffffu) * 0x1p-24f;
            const auto theta = static_cast<double>(6.28318530717958647692f * v);
            const double radius = std::sqrt(-2 * std::log(1 - static_cast<double>(u)));
            CHECK(std::abs(z[j] - radius * std::cos(theta)) < 3e-7);
            CHECK(std::abs(z[j + 8] - radius * std::sin(theta)) < 3e-7);
            CHECK(z[j] == static_cast<double>(static_cast<float>(z[j])));
        }
    }
}

TEST_CASE("the rarest words give finite normals") {
    std::array<std::uint64_t, noise::torch_block> words{};
    std::array<double, noise::torch_block> z;
    noise::torch_normals(words, z.data());
    CHECK(z[0] == 0.0);
    words.fill(0xffffffu);
    noise::torch_normals(words, z.data());
    CHECK(z[0] == Catch::Approx(std::sqrt(48 * std::log(2.0))));
}

TEST_CASE("a pair by itself") {
    const auto [along, across] = noise::torch_pair(-2.0, 0.5);
    CHECK(along == Catch::Approx(2 * std::cos(0.5)).epsilon(1e-15));
    CHECK(across == Catch::Approx(2 * std::sin(0.5)).epsilon(1e-15));
}
