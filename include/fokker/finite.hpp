/// Finiteness by the bits: std::isfinite and comparisons with NaN may be compiled away under
/// -ffast-math.
#pragma once

#include <bit>
#include <cstdint>

#include <fokker/target.hpp>

namespace fokker::inline FOKKER_TARGET::detail {

inline bool is_finite(float value) {
    return (std::bit_cast<std::uint32_t>(value) & 0x7f800000u) != 0x7f800000u;
}

inline bool is_finite(double value) {
    return (std::bit_cast<std::uint64_t>(value) & 0x7ff0000000000000u) != 0x7ff0000000000000u;
}

inline bool is_nan(double value) {
    return (std::bit_cast<std::uint64_t>(value) & 0x7fffffffffffffffu) > 0x7ff0000000000000u;
}

}  // namespace fokker::detail
