#include <fokker/kernel/lanes.hpp>

#include <cmath>
#include <vector>

#include "catch.hpp"

using namespace fokker::kernel;

TEST_CASE("only the low halves are multiplied") {
    const words64 a = words64{} + 0xdeadbeef00000003u, b = words64{} + 0x12345678ffffffffu;
    CHECK(multiply_low_halves(a, b)[0] == 3 * std::uint64_t{0xffffffffu});
}

TEST_CASE("square roots are correctly rounded") {
    for (float x : {0.0f, 1.0f, 2.0f, 3.3f, 1e-30f, 44.3614195f}) {
        CHECK(square_root(lanes<float>{} + x)[0] == std::sqrt(x));
        CHECK(square_root(lanes<double>{} + static_cast<double>(x))[0] ==
              std::sqrt(static_cast<double>(x)));
    }
}

namespace {

/// Interleaved in sixteen bytes each: with the lanes of two vectors numbered, what comes where.
template <class T>
void check_interleaving() {
    constexpr std::size_t count = lane_count<T>, each = 16 / sizeof(T);
    lanes<T> a{}, b{};
    for (std::size_t i = 0; i < count; ++i) {
        a[i] = static_cast<T>(i);
        b[i] = static_cast<T>(100 + i);
    }
    std::vector<T> lower(count), upper(count);
    store(interleave_lower<T>(a, b), lower.data());
    store(interleave_upper<T>(a, b), upper.data());
    for (std::size_t i = 0; i < count; ++i) {
        const std::size_t lane = i / each * each + i % each / 2;
        const std::size_t other = i % 2 == 0 ? 0 : 100;
        CHECK(lower[i] == static_cast<T>(lane + other));
        CHECK(upper[i] == static_cast<T>(lane + each / 2 + other));
    }
}

}  // namespace

TEST_CASE("interleaving takes turns in each sixteen bytes") {
    check_interleaving<float>();
    check_interleaving<double>();
}

TEST_CASE("upper halves are signed numbers") {
    CHECK(upper_half_as_double(words64{} + 0xffffffff00000007u)[0] == -1.0);
    CHECK(upper_half_as_double(words64{} + 0x0000000500000007u)[0] == 5.0);
}
