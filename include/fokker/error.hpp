/// The two kinds of failure: a misuse that can be named before any work is done, and a network that
/// misbehaved while the run was under way. The outcome of a run is a returned value, never a throw.
#pragma once

#include <concepts>
#include <cstddef>
#include <initializer_list>
#include <stdexcept>
#include <string>
#include <string_view>

#include <fokker/compiled.hpp>
#include <fokker/number_text.hpp>
#include <fokker/target.hpp>

FOKKER_MAY_SHADOW

// Not of one target: what one file throws another can catch.
namespace fokker {

/// Misuse: the message names the argument, its value and what would be right. Thrown before the
/// network is called for the first time, with two exceptions: guidance with momentum, where it
/// stands inside of a callable that the run cannot look into, can throw it in the middle of a walk
/// (docs/guidance.md, "Memory from call to call"), and so can the networks of engine/, of a label
/// or an array that does not fit their model (docs/engines.md, "Ports").
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

/// A piece of a sentence: a text, or a number. It is plain data, and everything else is in one
/// function: there is a sentence for each misuse, and programs should not spend their compile time
/// on them.
struct piece {
    constexpr piece(const char* literal) : kind(is::literal), text(literal) {}
    constexpr piece(std::string_view s) : kind(is::text), text(s.data()), size(s.size()) {}
    constexpr piece(const std::string& s) : piece(std::string_view(s)) {}
    constexpr piece(double x) : kind(is::real), real(x) {}
    constexpr piece(float x) : kind(is::short_real), real(x) {}
    constexpr piece(std::signed_integral auto n) : kind(is::whole), whole(n) {}
    constexpr piece(std::unsigned_integral auto n) : kind(is::natural), natural(n) {}

    enum class is { literal, text, real, short_real, whole, natural } kind;
    union {
        const char* text;
        double real;
        long long whole;
        unsigned long long natural;
    };
    std::size_t size = 0;  // of a text that is no literal
};

/// One sentence out of its pieces, after what is said already. A number has the fewest digits that
/// tell it from every other.
std::string sentence(std::initializer_list<piece> pieces, std::string text = {});

[[noreturn]] FOKKER_COLD void refuse_with(std::initializer_list<piece> pieces);

/// The parts are values: literals of all lengths are one type then, hence one function.
template <class... Parts>
[[noreturn]] FOKKER_COLD FOKKER_NEVER_INLINE void refuse(Parts... parts) {
    refuse_with({parts...});
}

template <class... Parts>
FOKKER_ALWAYS_INLINE inline void require(bool condition, Parts... parts) {
    if (!condition) [[unlikely]]
        refuse(parts...);
}

#ifdef FOKKER_BODIES

/// In decimal. By hand: std::to_chars compiles a function for every base.
inline void append(std::string& to, bool negative, unsigned long long number) {
    char digits[24];
    char* const end = digits + sizeof digits;
    char* begin = end;
    do *--begin = static_cast<char>('0' + number % 10);
    while (number /= 10);
    if (negative) *--begin = '-';
    to.append(begin, end);
}

FOKKER_INLINE std::string sentence(std::initializer_list<piece> pieces, std::string text) {
    for (const piece& each : pieces) {
        switch (each.kind) {
            case piece::is::literal:
                text += each.text;
                break;
            case piece::is::text:
                text.append(each.text, each.size);
                break;
            case piece::is::real:
                detail::append_number(text, each.real);
                break;
            case piece::is::short_real:
                detail::append_number(text, static_cast<float>(each.real));
                break;
            case piece::is::whole: {
                const auto number = static_cast<unsigned long long>(each.whole);
                append(text, each.whole < 0, each.whole < 0 ? 0 - number : number);
                break;
            }
            case piece::is::natural:
                append(text, false, each.natural);
                break;
        }
    }
    return text;
}

FOKKER_NEVER_INLINE FOKKER_INLINE void refuse_with(std::initializer_list<piece> pieces) {
    throw error(sentence(pieces, "fokker: "));
}

#endif

}  // namespace fokker::detail

FOKKER_END_MAY_SHADOW
