// Tells files apart, and what is damaged.
#pragma once

#include <cstdint>
#include <string_view>

namespace fashion {

inline constexpr std::uint64_t fingerprint_of_nothing = 0xcbf29ce484222325U;

// FNV-1a, 64 bits. `begin`: that of the bytes before, or what else the result shall depend on.
constexpr std::uint64_t fingerprint(std::string_view bytes,
                                    std::uint64_t begin = fingerprint_of_nothing) {
    for (const char c : bytes) begin = (begin ^ static_cast<unsigned char>(c)) * 0x100000001b3U;
    return begin;
}
static_assert(fingerprint("a") == 0xaf63dc4c8601ec8cU);

}  // namespace fashion
