#include <fokker/finite.hpp>

#include <limits>

#include "catch.hpp"

using namespace fokker::detail;

TEST_CASE("finiteness is seen whatever the compiler assumes of floating point") {
    const double inf = std::numeric_limits<double>::infinity();
    const double nan = std::numeric_limits<double>::quiet_NaN();
    CHECK(is_finite(0.0));
    CHECK(is_finite(-1.7e308));
    CHECK_FALSE(is_finite(inf));
    CHECK_FALSE(is_finite(-inf));
    CHECK_FALSE(is_finite(nan));
    CHECK(is_finite(3.4e38f));
    CHECK_FALSE(is_finite(std::numeric_limits<float>::infinity()));
    CHECK_FALSE(is_finite(-std::numeric_limits<float>::infinity()));
    CHECK_FALSE(is_finite(std::numeric_limits<float>::quiet_NaN()));
    CHECK(is_nan(nan));
    CHECK_FALSE(is_nan(inf));
    CHECK_FALSE(is_nan(-inf));
    CHECK_FALSE(is_nan(-1.0));
    CHECK(is_nan(-nan));
}
