#include <fokker/kernel/reduced.hpp>

#include <fokker/finite.hpp>

#include <array>
#include <bit>
#include <cstdint>
#include <cstring>
#include <ios>

#include "catch.hpp"

using namespace fokker::kernel;

namespace {

template <class T>
std::uint16_t bits_of(T x) {
    return Eigen::numext::bit_cast<std::uint16_t>(x);
}

template <class T>
float widened_one(T x) {
    std::array<T, wide_count> in;
    in.fill(x);
    return widened(in.data())[wide_count - 1];
}

template <class T>
T narrowed_one(float x) {
    std::array<float, wide_count> in;
    std::array<T, wide_count> out;
    in.fill(x);
    narrow(widened(in.data()), out.data());
    return out[wide_count - 1];
}

/// By the bits, which -ffast-math leaves alone.
bool is_nan(float x) { return fokker::detail::is_nan(static_cast<double>(x)); }
bool is_subnormal(float x) {
    const auto bits = std::bit_cast<std::uint32_t>(x) & 0x7fffffffu;
    return bits != 0 && bits < 0x00800000u;
}

/// All 65,536 numbers there and back, and many floats, as Eigen converts them one by one.
template <class T>
void check_conversions() {
    int wrong = 0;
    for (std::uint32_t k = 0; k < 65536; ++k) {
        const T x = Eigen::numext::bit_cast<T>(static_cast<std::uint16_t>(k));
        const float wanted = static_cast<float>(x), got = widened_one(x);
        if (is_subnormal(wanted)) continue;  // of float: bfloat16's least, which may become zero
        if (is_nan(wanted))
            wrong += !is_nan(got) || !is_nan(static_cast<float>(narrowed_one<T>(got)));
        else
            wrong += std::memcmp(&wanted, &got, sizeof(got)) != 0 ||
                     bits_of(narrowed_one<T>(got)) != bits_of(x);
    }
    std::uint32_t random = 1;
    for (int i = 0; i < 200000; ++i) {
        random = random * 1664525u + 1013904223u;
        const float x = std::bit_cast<float>(random);
        if (is_nan(x) || is_subnormal(x) || is_subnormal(static_cast<float>(T(x)))) continue;
        wrong += bits_of(narrowed_one<T>(x)) != bits_of(T(x));
    }
    CHECK(wrong == 0);
}

}  // namespace

TEST_CASE("half is converted as Eigen does, rounded to nearest even") {
    check_conversions<Eigen::half>();
    CHECK(static_cast<float>(narrowed_one<Eigen::half>(2049.0f)) == 2048.0f);
    CHECK(static_cast<float>(narrowed_one<Eigen::half>(2051.0f)) == 2052.0f);
    CHECK(static_cast<float>(narrowed_one<Eigen::half>(0x1p-24f)) == 0x1p-24f);
}

TEST_CASE("bfloat16 is converted as Eigen does, rounded to nearest even") {
    check_conversions<Eigen::bfloat16>();
    CHECK(static_cast<float>(narrowed_one<Eigen::bfloat16>(257.0f)) == 256.0f);
    CHECK(static_cast<float>(narrowed_one<Eigen::bfloat16>(259.0f)) == 260.0f);
}

TEST_CASE("not-a-number stays what it is, whichever of its bits are set") {
    // The first is what NVIDIA's devices return; rounded like a number it would be -0, and a NaN
    // with a single low bit infinite.
    for (const std::uint32_t bits : {0x7fffffffu, 0xffffffffu, 0x7f800001u, 0xff800001u,
                                     0x7fbfffffu, 0x7fc00000u, 0xffc00000u, 0x7f808000u}) {
        INFO(std::hex << bits);
        std::array<std::uint32_t, wide_count> words;
        words.fill(bits);
        std::array<float, wide_count> in;
        std::memcpy(in.data(), words.data(), sizeof(in));
        const auto stays = [&](auto zero) {
            std::array<decltype(zero), wide_count> out;
            narrow(widened(in.data()), out.data());
            return is_nan(widened_one(out[0]));
        };
        CHECK(stays(Eigen::half{}));
        CHECK(stays(Eigen::bfloat16{}));
    }
}

TEST_CASE("the noise beside reduced numbers is read as it is") {
    std::array<float, wide_count> z;
    z.fill(0.1f);
    CHECK(widened(z.data())[0] == 0.1f);
}
