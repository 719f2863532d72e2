/// The random words of one Philox counter, through the vectors that the library works with.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include <fokker/noise/philox_normals.hpp>

namespace fokker_test {

using four_words = std::array<std::uint32_t, 4>;

/// The counter stands in all lanes of two vectors; `same` tells whether all gave the same words.
inline four_words philox4x32(four_words counter, std::uint64_t seed, bool* same = nullptr) {
    using fokker::noise::words64;
    std::array<fokker::noise::philox_words, 2> w{};
    // What stands in the upper halves must not count.
    const words64 upper = words64{} + 0xabcdef0100000000u;
    for (auto& vector : w)
        for (std::size_t k = 0; k < 4; ++k) vector[k] = (words64{} + counter[k]) | upper;
    fokker::noise::philox_rounds(w, fokker::noise::philox_key(seed));
    four_words result;
    for (std::size_t k = 0; k < 4; ++k) result[k] = static_cast<std::uint32_t>(w[0][k][0]);
    if (same == nullptr) return result;
    *same = true;
    for (const auto& vector : w)
        for (std::size_t k = 0; k < 4; ++k)
            for (std::size_t i = 0; i < fokker::kernel::lane_count<std::uint64_t>; ++i)
                *same &= static_cast<std::uint32_t>(vector[k][i]) == result[k];
    return result;
}

}  // namespace fokker_test
