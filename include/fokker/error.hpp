/// The two kinds of failure: a misuse that can be named before any work is done, and a network that
/// misbehaved while the run was under way. The outcome of a run is a returned value, never a throw.
#pragma once

#if (defined(_MSVC_LANG) ? _MSVC_LANG : __cplusplus) < 202002L
#error "fokker needs C++20: compile with -std=c++20"
#endif

#include <array>
#include <charconv>
#include <concepts>
#include <stdexcept>
#include <string>
#include <string_view>

namespace fokker {

/// Misuse: the message names the argument, its value and what would be right. Thrown before the
/// network is called for the first time.
struct error : std::invalid_argument {
    using std::invalid_argument::invalid_argument;
};

/// The network returned an array of the wrong size, or (with `check_finite`) not a number. The
/// message names the step, the time and sigma.
struct network_error : std::runtime_error {
    using std::runtime_error::runtime_error;
};

namespace detail {

inline void append(std::string& text, std::string_view part) { text += part; }

/// The fewest digits that tell a number from every other.
template <class Number>
    requires std::integral<Number> || std::floating_point<Number>
void append(std::string& text, Number number) {
    std::array<char, 32> digits;
    const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number);
    text.append(digits.data(), end.ptr);
}

/// One sentence out of its pieces.
template <class... Parts>
std::string sentence(const Parts&... parts) {
    std::string text;
    (append(text, parts), ...);
    return text;
}

template <class... Parts>
[[noreturn, gnu::cold, gnu::noinline]] void refuse(const Parts&... parts) {
    throw error(sentence("fokker: ", parts...));
}

template <class... Parts>
void require(bool condition, const Parts&... parts) {
    if (!condition) [[unlikely]]
        refuse(parts...);
}

}  // namespace detail
}  // namespace fokker
