#include <fokker/kernel/squared.hpp>

#include <type_traits>

#include "catch.hpp"

using namespace fokker;
using kernel::term;

TEST_CASE("an array minus the square of a sum keeps its parts, and its factors multiply") {
    const float a = 0, b = 0, c = 0;
    const auto sum = 0.5 * term(1.0, &a) - 3.0 * term(1.0, &b);
    const auto once = term(1.0, &c) - squared(sum);
    static_assert(std::is_same_v<decltype(once), const kernel::excess<const float*>>);
    CHECK(once.factor == 1.0);
    CHECK(once.d.operands[0] == &c);
    CHECK(once.e.operands[0] == &a);
    CHECK(once.e.operands[1] == &b);
    const auto product = 2.0 * (-0.25 * once);
    CHECK(product.factor == -0.5);
    CHECK(product.d.coefficients[0] == 1.0);
    CHECK(product.e.coefficients[0] == 0.5);
    CHECK(product.e.coefficients[1] == -3.0);
}
