// The same seed gives the same bits on every machine. Other machines and compilers are asked by
// tests/platforms; this is each configuration of the tests.
#include <string_view>

#include "catch.hpp"
#include "platforms/noise_hashes.hpp"

TEST_CASE("the bits of the noise are those of every other machine") {
    for (const auto& each : fokker_test::noise_hashes()) {
        INFO(each.name);
#if defined(__FAST_MATH__)
        // What it may not change: whole numbers, and what the kernel guards against it.
        const std::string_view name = each.name;
        if (!name.starts_with("uniform") && !name.starts_with("exponential") &&
            !name.starts_with("power_of_two"))
            continue;
#endif
        CHECK(each.found() == each.wanted);
    }
}
