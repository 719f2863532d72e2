#include <fokker/kernel/linear.hpp>

#include "catch.hpp"

using namespace fokker::kernel;

TEST_CASE("expressions are the algebra of their coefficients") {
    const float a = 0, b = 0;
    const auto e = 2.0 * term(3.0, &a) - term(1.0, &b) / 4.0 + gaussian<const float*>(0.5, 7) * 2.0;
    static_assert(std::is_same_v<decltype(e), const linear<const float*, 2, gaussian_term>>);
    CHECK(e.coefficients[0] == 6.0);
    CHECK(e.coefficients[1] == -0.25);
    CHECK(e.operands[0] == &a);
    CHECK(e.operands[1] == &b);
    CHECK(e.gaussian.scale == 1.0);
    CHECK(e.gaussian.draw == 7);
#ifndef __FAST_MATH__  // where the compiler does it itself
    // A quotient, and not a product with a rounded reciprocal, which is another number here.
    const auto third = (e + term(10.0, &a)) / 3.0;
    CHECK(third.coefficients[2] == 10.0 / 3.0);
    CHECK((e / 2.9).gaussian.scale == 1.0 / 2.9);
    CHECK((10.0 * gaussian<const float*>(1.0, 7) / 3.0).gaussian.scale == 10.0 / 3.0);
#endif
    const auto negative = -e;
    CHECK(negative.coefficients[0] == -6.0);
    CHECK(negative.gaussian.scale == -1.0);
    // The interval that a Gaussian belongs to stays what it is.
    const auto part = -2.0 * gaussian<const float*>(0.5, 7, 0.75, 0.25) + term(3.0, &a);
    CHECK(part.gaussian.from == 0.75);
    CHECK(part.gaussian.to == 0.25);
    CHECK(part.gaussian.draw == 7);
}
