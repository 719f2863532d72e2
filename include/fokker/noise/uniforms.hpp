/// Uniform numbers by place: what draws of classes are made of.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include <fokker/noise/philox.hpp>
#include <fokker/noise/philox_normals.hpp>
#include <fokker/noise/source.hpp>
#include <fokker/target.hpp>

namespace fokker::inline FOKKER_TARGET::noise {

/// Two numbers in [0, 1), multiples of 2^-53: those of the four words that Philox4x32-10 makes of
/// the counter {element, draw, sample low, sample high}. The same on every machine.
inline std::array<double, 2> uniforms_at(const philox& source, const noise_position& at) {
    const std::uint64_t sample = source.first_sample + at.sample;
    // The one counter that is wanted stands in every lane.
    std::array<philox_words, 1> words{{{words64{} + at.element, words64{} + at.draw,
                                        words64{} + sample, words64{} + (sample >> 32)}}};
    philox_rounds(words, philox_key(source.seed));
    const auto word = [&](std::size_t i) { return words[0][i][0]; };
    const auto uniform = [&](std::size_t low, std::size_t high) {
        const std::uint64_t joined = (word(low) & 0xffffffffu) | word(high) << 32;
        return static_cast<double>(joined >> 11) * 0x1p-53;
    };
    return {uniform(0, 1), uniform(2, 3)};
}

}  // namespace fokker::noise
