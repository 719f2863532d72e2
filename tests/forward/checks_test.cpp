#include <fokker/forward/checks.hpp>

#include <Eigen/Core>
#include <limits>
#include <vector>

#include <fokker/noise/philox.hpp>

#include "catch.hpp"

using namespace fokker;
using Catch::Matchers::ContainsSubstring;
using Eigen::ArrayXXf;

TEST_CASE("arrays that go together have one shape, and are one or apart") {
    ArrayXXf a(4, 3), b(4, 3), tall(6, 2);
    const auto check = [](const auto& x, const auto& y) {
        detail::require_same_shape(x, y, "x0", "out");
    };
    CHECK_NOTHROW(check(a, b));
    CHECK_NOTHROW(check(a, a));
    CHECK_THROWS_WITH(check(a, tall), ContainsSubstring("x0 has 3 samples of 4 elements and out "
                                                        "has 2 of 6"));
    std::vector<float> both(16);
    using map = Eigen::Map<ArrayXXf>;
    CHECK_THROWS_WITH(check(map(both.data(), 4, 3), map(both.data() + 4, 4, 3)),
                      ContainsSubstring("share elements, but in different places"));
    CHECK_NOTHROW(check(map(both.data(), 4, 2), map(both.data() + 8, 4, 2)));
}

TEST_CASE("a knot of a user's own is on a path, and there is one for each sample") {
    constexpr double nan = std::numeric_limits<double>::quiet_NaN();
    const std::vector<knot> good{{0, 1, 0}, {1, 0, 1}, {0.5, 0.5, 0.5}};
    CHECK_NOTHROW(detail::require_knots(good, 3));
    CHECK_THROWS_WITH(detail::require_knots(good, 4), ContainsSubstring("got 3 knots for 4"));
    for (const knot& bad : {knot{0, 0, 0}, {0, -1, 1}, {0, 1, -1}, {0, nan, 1}, {0, 1, nan}}) {
        CHECK_THROWS_WITH(detail::require_knot(bad), ContainsSubstring("is on no path"));
        CHECK_THROWS_AS(detail::require_knots(std::vector{good[0], bad}, 2), error);
    }
}

TEST_CASE("what is written is the sum, with the noise of the source") {
    const ArrayXXf a = ArrayXXf::Random(4, 3);
    ArrayXXf out(4, 3), z(4, 3);
    const auto zero = kernel::term<float>(0.0, a.data());
    detail::write(z, zero + kernel::gaussian<const float*>(1.0, 2), philox{.seed = 5});
    CHECK((z.abs() > 0).any());
    detail::write(out, kernel::term<float>(2.0, a.data()) + kernel::gaussian<const float*>(0.5, 2),
                  philox{.seed = 5});
    CHECK(out.isApprox(2.0f * a + 0.5f * z));
}
