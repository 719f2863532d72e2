#include <fokker/noise/curand_normals.hpp>

#include <array>
#include <cmath>

#include "catch.hpp"
#include "support/golden.hpp"

using namespace fokker;
using fokker_test::golden, fokker_test::golden_numbers;

TEST_CASE("a counter's normals are cuRAND's") {
    const auto given = golden("noise", "curand");
    for (const auto& entry : given.at("entries")) {
        const noise::philox_key key(given.at("seed").get<std::uint64_t>());
        const auto c = entry.at("counter").get<std::uint64_t>();
        const auto thread = entry.at("thread").get<std::uint64_t>();
        const auto floats = golden_numbers(entry.at("floats"));
        const auto doubles = golden_numbers(entry.at("doubles"));
        std::array<double, noise::curand_count> made;
        for (std::size_t i = 0; i < floats.size(); ++i) {
            noise::curand_numbers(key, c, thread, i, false, made.data());
            CHECK(std::abs(made[0] - floats[i]) < 3e-7);
        }
        for (std::size_t i = 0; i < doubles.size(); ++i) {
            noise::curand_numbers(key, c + 1, thread, i, true, made.data());
            CHECK(std::abs(made[0] - doubles[i]) < 2e-15);
        }
    }
}

TEST_CASE("a counter's floats are those of PyTorch's stateless generator") {
    const auto entry = golden("noise", "stateless");
    const auto wanted = golden_numbers(entry.at("values"));
    const noise::philox_key key(entry.at("seed").get<std::uint64_t>());
    const auto offset = entry.at("offset").get<std::uint64_t>();
    std::array<double, noise::curand_count> made;
    for (std::size_t i = 0; i < wanted.size(); ++i) {
        noise::curand_numbers(key, offset + i / 4, 0, i % 4, false, made.data());
        CHECK(std::abs(made[0] - wanted[i]) < 1e-6);
    }
}

TEST_CASE("each counter of a row has its own numbers, in every lane") {
    const noise::philox_key key(5);
    std::array<double, noise::curand_count> row, alone;
    for (const bool wide : {false, true})
        for (std::size_t which = 0; which < (wide ? 2u : 4u); ++which) {
            // Across the end of the 32 bits of a thread's number.
            const std::uint64_t first = (std::uint64_t{1} << 32) - 3;
            noise::curand_numbers(key, 7, first, which, wide, row.data());
            for (std::size_t i = 0; i < row.size(); ++i) {
                noise::curand_numbers(key, 7, first + i, which, wide, alone.data());
                CHECK(row[i] == alone[0]);
            }
        }
}
