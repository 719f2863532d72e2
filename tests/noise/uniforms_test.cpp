#include <fokker/noise/uniforms.hpp>

#include <cmath>
#include <cstdint>

#include "catch.hpp"
#include "support/philox_words.hpp"

using namespace fokker;
using fokker_test::philox4x32;

TEST_CASE("uniform numbers are the words of the place's counter") {
    const philox source{.seed = 0x123456789abcdef0u, .first_sample = (std::uint64_t{7} << 32) + 5};
    for (const noise_position at : {noise_position{0, 0, 0}, noise_position{3, 256, 17},
                                    noise_position{1u << 20, 77, 4000000000u}}) {
        const std::uint64_t sample = source.first_sample + at.sample;
        const auto words = philox4x32(
            {static_cast<std::uint32_t>(at.element), at.draw, static_cast<std::uint32_t>(sample),
             static_cast<std::uint32_t>(sample >> 32)},
            source.seed);
        const auto found = noise::uniforms_at(source, at);
        for (std::size_t i = 0; i < 2; ++i) {
            const std::uint64_t joined = words[2 * i] | std::uint64_t{words[2 * i + 1]} << 32;
            CHECK(found[i] == std::ldexp(static_cast<double>(joined >> 11), -53));
            CHECK(found[i] >= 0);
            CHECK(found[i] < 1);
        }
    }
}
