#include <fokker/noise/half_turns.hpp>

#include <cmath>
#include <numbers>

#include "catch.hpp"

using namespace fokker;
using noise::element_type, noise::element_type_of, noise::rounded_to;

static_assert(element_type_of<float> == element_type::float32);
static_assert(element_type_of<double> == element_type::float64);
static_assert(element_type_of<Eigen::half> == element_type::float16);
static_assert(element_type_of<Eigen::bfloat16> == element_type::bfloat16);

TEST_CASE("a turn is whole, and its sine keeps its digits where it is small") {
    for (int i = 0; i <= 400; ++i) {
        const double h = i / 200.0;
        noise::lanes<double> along, across;
        noise::turn_by_half_turns(noise::lanes<double>{} + 3.0, noise::lanes<double>{} + h, along,
                                  across);
        const long double angle = std::numbers::pi_v<long double> * static_cast<long double>(h);
        CHECK(std::abs(along[0] - static_cast<double>(3 * std::cos(angle))) < 2e-15);
        CHECK(std::abs(across[0] - static_cast<double>(3 * std::sin(angle))) < 2e-15);
    }
    for (const double small : {0x1p-10, 0x1p-27, 0x1p-50}) {
        noise::lanes<double> along, across;
        noise::turn_by_half_turns(noise::lanes<double>{} + 1.0,
                                  noise::lanes<double>{} + (1.0 + small), along, across);
        const double wanted = -std::sin(std::numbers::pi * small);
        CHECK(std::abs(across[0] - wanted) < -1e-14 * wanted);
    }
}

TEST_CASE("lanes and numbers are rounded as the element type stores them") {
    const noise::lanes<double> x = noise::lanes<double>{} + 1.0 / 3.0;
    CHECK(noise::rounded_to_float(x)[0] == static_cast<double>(1.0f / 3.0f));
    CHECK(rounded_to(element_type::float64, 1.0 / 3.0) == 1.0 / 3.0);
    CHECK(rounded_to(element_type::float32, 1.0 / 3.0) == static_cast<double>(1.0f / 3.0f));
    CHECK(rounded_to(element_type::float16, 1.0 / 3.0) == 0.333251953125);
    CHECK(rounded_to(element_type::bfloat16, 1.0 / 3.0) == 0.333984375);
}
