#include <fokker/noise/numpy_seed_sequence.hpp>

#include <array>
#include <cstdint>
#include <vector>

#include "catch.hpp"
#include "support/golden.hpp"

using namespace fokker;

TEST_CASE("seeds are those of numpy's SeedSequence") {
    int cases = 0;
    for (const auto& entry : fokker_test::golden_cases("brownian_interval")) {
        if (!entry.contains("entropy")) continue;
        ++cases;
        const auto entropy = entry.at("entropy").get<std::uint64_t>();
        const auto key = entry.at("key").get<std::vector<std::uint64_t>>();
        const auto made = key.empty() ? noise::numpy_seed_sequence<24>(entropy)
                                      : noise::numpy_seed_sequence<24>(entropy, key[0], key[1]);
        const auto words = made.state<4>();
        CHECK(std::vector<std::uint32_t>(words.begin(), words.end()) ==
              entry.at("state").get<std::vector<std::uint32_t>>());
    }
    CHECK(cases == 4);
}

TEST_CASE("entropy of 2^32 and more is two words") {
    CHECK(noise::numpy_seed_sequence<24>(std::uint64_t{1} << 32).state<4>() ==
          std::array<std::uint32_t, 4>{0x19e9051a, 0x7d309344, 0x5bf000ef, 0x6733eb35});
}
