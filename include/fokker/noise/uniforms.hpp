/// Uniform numbers by place: what draws of classes are made of.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

#include <fokker/noise/philox.hpp>
#include <fokker/noise/philox_normals.hpp>
#include <fokker/noise/source.hpp>
#include <fokker/target.hpp>

namespace fokker::inline FOKKER_TARGET::noise {

/// The four words that Philox4x32-10 makes of the counter {element, draw, sample low, sample high},
/// as two numbers of 64 bits. The same on every machine.
inline std::array<std::uint64_t, 2> words_at(const philox& source, const noise_position& at) {
    const std::uint64_t sample = source.first_sample + at.sample;
    // The one counter that is wanted stands in every lane.
    std::array<philox_words, 1> words{{{words64{} + at.element, words64{} + at.draw,
                                        words64{} + sample, words64{} + (sample >> 32)}}};
    philox_rounds(words, philox_key(source.seed));
    const auto joined = [&](std::size_t low, std::size_t high) {
        return (words[0][low][0] & 0xffffffffu) | words[0][high][0] << 32;
    };
    return {joined(0, 1), joined(2, 3)};
}

/// Two numbers in [0, 1), multiples of 2^-53, made of these words.
inline std::array<double, 2> uniforms_at(const philox& source, const noise_position& at) {
    const auto words = words_at(source, at);
    return {static_cast<double>(words[0] >> 11) * 0x1p-53,
            static_cast<double>(words[1] >> 11) * 0x1p-53};
}

/// Such a number as one in (0, 1): half a unit more, but that the largest, which would be rounded
/// to 1, stays.
constexpr double without_ends(double uniform) {
    return (std::min)(uniform + 0x1p-54, 1.0 - 0x1p-53);
}

}  // namespace fokker::noise
