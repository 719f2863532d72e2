#include <fokker/noise/weighted.hpp>

#include <cstddef>
#include <vector>

#include "catch.hpp"

using namespace fokker::noise;

namespace {

/// Products that a fused multiply-add would not round: a third, its square and so on.
template <class T>
std::vector<T> thirds(std::size_t count, T from) {
    std::vector<T> all(count);
    for (T& each : all) each = from = T(1.01) / (from + T(3));
    return all;
}

template <class T>
void check() {
    for (const std::size_t count : {0u, 1u, 3u, 15u, 16u, 17u, 64u, 509u}) {
        const auto z = thirds<T>(count, T(0.7)), before = thirds<T>(count, T(-0.3));
        const T a = T(1) / T(3), b = T(-2) / T(7);
        // Longer by one, which must stay.
        auto set = before, added = before, mixed = before;
        set.push_back(T(9)), added.push_back(T(9)), mixed.push_back(T(9));
        set_weighted(set.data(), count, a, z.data());
        add_weighted(added.data(), count, a, z.data());
        mix_weighted(mixed.data(), count, a, b, z.data());
        for (std::size_t i = 0; i < count; ++i) {
            const volatile T az = a * z[i], ao = a * before[i], bz = b * z[i];
            REQUIRE(set[i] == az);
            REQUIRE(added[i] == before[i] + az);
            REQUIRE(mixed[i] == ao + bz);
        }
        CHECK((set.back() == T(9) && added.back() == T(9) && mixed.back() == T(9)));
    }
}

}  // namespace

TEST_CASE("weighted sums round each product, in registers and in what is left of them") {
    check<float>();
    check<double>();
}
