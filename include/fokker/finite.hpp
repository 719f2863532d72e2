/// Finiteness by the bits: std::isfinite and comparisons with NaN may be compiled away under
/// -ffast-math.
#pragma once

#include <cstdint>

#include <fokker/bit_cast.hpp>
#include <fokker/target.hpp>

namespace fokker::inline FOKKER_TARGET::detail {

inline bool is_finite(float value) {
    return (bit_cast<std::uint32_t>(value) & 0x7f800000u) != 0x7f800000u;
}

inline bool is_finite(double value) {
    return (bit_cast<std::uint64_t>(value) & 0x7ff0000000000000u) != 0x7ff0000000000000u;
}

inline bool is_nan(double value) {
    return (bit_cast<std::uint64_t>(value) & 0x7fffffffffffffffu) > 0x7ff0000000000000u;
}

}  // namespace fokker::detail
