#include <fokker/number_text.hpp>

#include <bit>
#include <charconv>
#include <clocale>
#include <cmath>
#include <cstdint>
#include <limits>
#include <random>
#include <string>

#include <fokker/finite.hpp>

#include "catch.hpp"

using namespace fokker::detail;

namespace {

template <class T>
std::string by_library(T x) {
    char digits[64];
    return {digits, std::to_chars(digits, digits + 64, x).ptr};
}

std::string appended(auto x) {
    std::string text = "x = ";
    append_number(text, x);
    return text;
}

/// Runs a test where the point is a comma, too, if the machine has such a locale.
void in_locales(const auto& test) {
    for (const char* locale : {"C", "de_DE.UTF-8", ""}) {
        std::setlocale(LC_ALL, locale);
        test();
    }
    std::setlocale(LC_ALL, "C");
}

}  // namespace

// The least number that is not zero: under -ffast-math subnormal ones are.
#if defined(__FAST_MATH__)
constexpr double least = std::numeric_limits<double>::min();
constexpr float least_float = std::numeric_limits<float>::min();
constexpr const char* least_text = "2.2250738585072014e-308";
#else
constexpr double least = std::numeric_limits<double>::denorm_min();
constexpr float least_float = std::numeric_limits<float>::denorm_min();
constexpr const char* least_text = "2.2250738585072011e-308";
#endif

TEST_CASE("a number is written with the fewest digits that give it back") {
    in_locales([] {
        for (const double x : {0.0, -0.0, 1.0, -2.5, 0.1, 1e-5, 1e-4, 123456.0, 1e22, 1e16, 1e300,
                               least, std::numeric_limits<double>::max(), 12345.678, 100.0, 1e5}) {
            CHECK(shortest_by_trying(x, false) == by_library(x));
            CHECK(appended(x) == "x = " + by_library(x));
        }
        for (const float x : {0.1f, 3.0e-7f, 16777216.0f, least_float, 3.4e38f, 0.3f}) {
            CHECK(shortest_by_trying(static_cast<double>(x), true) == by_library(x));
            CHECK(appended(x) == "x = " + by_library(x));
        }
    });
    std::mt19937_64 engine(1);
    for (int i = 0; i < 20000; ++i) {
        // Numbers of all sizes, but whole numbers of 17 digits and more.
        const double x = std::bit_cast<double>(engine());
        if (!(x < 1e16 && x > -1e16)) continue;
        if (std::abs(x) < least) continue;
        REQUIRE(shortest_by_trying(x, false) == by_library(x));
    }
}

TEST_CASE("a text is read to the last bit, in every locale, and what is no number refused") {
    in_locales([] {
        for (const char* text : {"0", "-0", "1", "-2.5", "0.1", "1e-05", ".5", "1.", "1E5", "1e+22",
                                 "0.1000000000000000055511151231257827", "123456789012345678901234",
                                 "0.30000000000000004", least_text, "1.5e308"}) {
            double by_hand = -7, by_library = -7;
            CHECK(read_by_trying(text, by_hand));
            CHECK(read_number(text, by_library));
            CHECK(std::bit_cast<std::uint64_t>(by_hand) ==
                  std::bit_cast<std::uint64_t>(by_library));
        }
        for (const char* text : {"", " 1", "1 ", "+1", "-", ".", "e5", "1e", "1,5", "0x1p3",
                                 "1.2.3", "1e400", "1e-400", "--1", "1-", "infinitely", "1f"}) {
            double x = -7;
            CHECK_FALSE(read_by_trying(text, x));
            CHECK_FALSE(read_number(text, x));
        }
    });
    std::mt19937_64 engine(2);
    for (int i = 0; i < 20000; ++i) {
        const double x = std::bit_cast<double>(engine());
        if (!fokker::detail::is_finite(x) || std::abs(x) < least) continue;
        double back = 0;
        REQUIRE(read_by_trying(by_library(x), back));
        REQUIRE(back == x);
    }
    int whole = 0;
    CHECK((read_number("12", whole) && whole == 12));
    CHECK_FALSE(read_number("12.5", whole));
}
