/// The two kinds of failure: a misuse that can be named before any work is done, and a network that
/// misbehaved while the run was under way. The outcome of a run is a returned value, never a throw.
#pragma once

#if (defined(_MSVC_LANG) ? _MSVC_LANG : __cplusplus) < 202002L
#error "fokker needs C++20: compile with -std=c++20"
#endif
#if defined(__clang__) && !defined(__apple_build_version__) && __clang_major__ < 16
#error "fokker needs Clang 16 or newer"
#elif defined(__GNUC__) && !defined(__clang__) && __GNUC__ < 12
#error "fokker needs GCC 12 or newer"
#endif

#include <charconv>
#include <concepts>
#include <cstddef>
#include <initializer_list>
#include <stdexcept>
#include <string>
#include <string_view>

#include <fokker/target.hpp>

// Not of one target: what one file throws another can catch.
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

}  // namespace fokker

namespace fokker::inline FOKKER_TARGET::detail {

/// A piece of a sentence: a text, or a number in the fewest digits that tell it from every other.
/// Any number of pieces goes to one function that is no template: there is a sentence for each
/// misuse, and a function for each sentence is what programs would spend their compile time on.
class piece {
public:
    piece(const char* text) : piece(std::string_view(text)) {}
    piece(const std::string& text) : piece(std::string_view(text)) {}
    piece(std::string_view text) : begin_(text.data()), size_(text.size()) {}
    piece(double number) { end_at(std::to_chars(digits_, digits_ + room, number).ptr); }
    piece(float number) { end_at(std::to_chars(digits_, digits_ + room, number).ptr); }
    piece(std::signed_integral auto number) { write(number < 0, static_cast<whole>(number)); }
    piece(std::unsigned_integral auto number) { write(false, number); }
    piece(const piece&) = delete;
    piece& operator=(const piece&) = delete;

    std::string_view text() const { return {begin_, size_}; }

private:
    using whole = unsigned long long;
    static constexpr std::size_t room = 32;

    void end_at(const char* end) { size_ = static_cast<std::size_t>(end - begin_); }

    /// By hand: std::to_chars compiles a function for every base.
    void write(bool negative, whole number) {
        char* const end = digits_ + room;
        char* begin = end;
        if (negative) number = 0 - number;
        do *--begin = static_cast<char>('0' + number % 10);
        while (number /= 10);
        if (negative) *--begin = '-';
        begin_ = begin;
        end_at(end);
    }

    char digits_[room];
    const char* begin_ = digits_;
    std::size_t size_ = 0;
};

/// One sentence out of its pieces, after what is said already.
inline std::string sentence(std::initializer_list<piece> pieces, std::string text = {}) {
    for (const piece& each : pieces) text += each.text();
    return text;
}

[[noreturn, gnu::cold, gnu::noinline]] inline void refuse_with(
    std::initializer_list<piece> pieces) {
    throw error(sentence(pieces, "fokker: "));
}

/// The parts are values: literals of all lengths are one type then, hence one function.
template <class... Parts>
[[noreturn, gnu::cold, gnu::noinline]] void refuse(Parts... parts) {
    refuse_with({parts...});
}

template <class... Parts>
[[gnu::always_inline]] inline void require(bool condition, Parts... parts) {
    if (!condition) [[unlikely]]
        refuse(parts...);
}

}  // namespace fokker::detail
