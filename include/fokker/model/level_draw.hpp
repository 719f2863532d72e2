/// Draws of a network that makes noise of its own.
#pragma once

#include <cstdint>

#include <fokker/bit_cast.hpp>
#include <fokker/path/knot.hpp>
#include <fokker/target.hpp>

namespace fokker::inline FOKKER_TARGET::detail {

/// The number of its first draw of a counted source at a noise level: a function of sigma / (alpha
/// + sigma) alone, so that neither the batch nor an interruption matters.
inline std::uint32_t level_draw(const knot& k) {
    const auto bits = detail::bit_cast<std::uint64_t>(k.sigma / (k.alpha + k.sigma));
    return static_cast<std::uint32_t>((bits * 0x9e3779b97f4a7c15u) >> 32);
}

}  // namespace fokker::detail
