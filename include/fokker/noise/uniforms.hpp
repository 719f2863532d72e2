/// Uniform numbers by place: what draws of classes are made of.
#pragma once

#include <array>
#include <cstdint>

#include <fokker/noise/philox.hpp>
#include <fokker/noise/source.hpp>
#include <fokker/target.hpp>

namespace fokker::inline FOKKER_TARGET::noise {

/// Two numbers in [0, 1), multiples of 2^-53: those of the four words that Philox4x32-10 makes of
/// the counter {element, draw, sample low, sample high}. The same on every machine.
inline std::array<double, 2> uniforms_at(const philox& source, const noise_position& at) {
    const std::uint64_t sample = source.first_sample + at.sample;
    std::uint32_t w0 = static_cast<std::uint32_t>(at.element), w1 = at.draw,
                  w2 = static_cast<std::uint32_t>(sample),
                  w3 = static_cast<std::uint32_t>(sample >> 32);
    auto low = static_cast<std::uint32_t>(source.seed),
         high = static_cast<std::uint32_t>(source.seed >> 32);
    for (int round = 0; round < 10; ++round) {
        const std::uint64_t even = std::uint64_t{0xD2511F53u} * w0,
                            odd = std::uint64_t{0xCD9E8D57u} * w2;
        w0 = static_cast<std::uint32_t>(odd >> 32) ^ w1 ^ low;
        w2 = static_cast<std::uint32_t>(even >> 32) ^ w3 ^ high;
        w1 = static_cast<std::uint32_t>(odd);
        w3 = static_cast<std::uint32_t>(even);
        low += 0x9E3779B9u;
        high += 0xBB67AE85u;
    }
    const auto uniform = [](std::uint32_t first, std::uint32_t second) {
        const std::uint64_t joined = first | std::uint64_t{second} << 32;
        return static_cast<double>(joined >> 11) * 0x1p-53;
    };
    return {uniform(w0, w1), uniform(w2, w3)};
}

}  // namespace fokker::noise
