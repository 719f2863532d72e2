/// Numbers as text and back, the same in every locale: by std::to_chars and std::from_chars where
/// the standard library has them for real numbers, and otherwise by the functions of C.
#pragma once

#include <charconv>
#include <concepts>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>
#include <system_error>

#include <fokker/compiled.hpp>
#include <fokker/finite.hpp>
#include <fokker/target.hpp>

FOKKER_MAY_SHADOW

namespace fokker::inline FOKKER_TARGET::detail {

/// The fewest digits that give x back, by trying, as 1.5, -0.25 or 1e-05: what std::to_chars
/// writes, but for whole numbers of 17 digits and more.
std::string shortest_by_trying(double x, bool is_float);

/// The number that a whole text is, rounded to the nearest: false if it is none, or none that a
/// double holds.
bool read_by_trying(std::string_view text, double& x);

/// Appends the fewest digits that tell x from every other number of its type.
template <std::floating_point T>
void append_number(std::string& to, T x) {
    char digits[32];
    if constexpr (requires { std::to_chars(digits, digits + 32, x); })
        to.append(digits, std::to_chars(digits, digits + 32, x).ptr);
    else
        to += detail::shortest_by_trying(static_cast<double>(x), sizeof(T) == sizeof(float));
}

/// Whether a whole text is a number that a T holds, which x then is.
template <class T>
bool read_number(std::string_view text, T& x) {
    const char* const end = text.data() + text.size();
    if constexpr (requires { std::from_chars(end, end, x); }) {
        const auto [stopped, problem] = std::from_chars(text.data(), end, x);
        return problem == std::errc{} && stopped == end && !text.empty();
    } else {
        return detail::read_by_trying(text, x);
    }
}

#ifdef FOKKER_BODIES

/// What the locale writes between the digits of a real number.
inline std::string decimal_point() {
    char half[16];
    const int size = std::snprintf(half, sizeof half, "%.1f", 0.5);
    return {half + 1, half + size - 1};
}

FOKKER_INLINE std::string shortest_by_trying(double x, bool is_float) {
    char text[40];
    if (is_nan(x)) return "nan";
    if (!is_finite(x)) return x > 0 ? "inf" : "-inf";
    for (int places = 0; places < 17; ++places) {
        std::snprintf(text, sizeof text, "%.*e", places, x);
        const double back = std::strtod(text, nullptr);
        if (is_float ? static_cast<float>(back) == static_cast<float>(x) : back == x) break;
    }
    // The digits, and the power of ten of the first of them.
    const std::string_view made(text);
    const std::size_t e = made.find('e');
    const std::string sign(made.front() == '-' ? "-" : "");
    std::string digits;
    for (const char c : made.substr(0, e))
        if (c >= '0' && c <= '9') digits += c;
    const int power = std::atoi(text + e + 1), count = static_cast<int>(digits.size());
    std::string scientific = digits.substr(0, 1);
    if (count > 1) scientific += '.' + digits.substr(1);
    scientific += text + e;
    if (power < 0)
        digits = "0." + std::string(static_cast<std::size_t>(-power - 1), '0') + digits;
    else if (power + 1 >= count)
        digits.append(static_cast<std::size_t>(power + 1 - count), '0');
    else
        digits.insert(static_cast<std::size_t>(power + 1), 1, '.');
    return sign + (digits.size() <= scientific.size() ? digits : scientific);
}

FOKKER_INLINE bool read_by_trying(std::string_view text, double& x) {
    if (text.empty() || text.find_first_not_of("0123456789.eE+-") != text.npos ||
        text.front() == '+')
        return false;
    std::string here(text);
    const std::size_t point = here.find('.');
    if (point != here.npos) here.replace(point, 1, decimal_point());
    char* end = nullptr;
    const double value = std::strtod(here.c_str(), &end);
    const bool is_zero =
        text.substr(0, text.find_first_of("eE")).find_first_of("123456789") == text.npos;
    if (end != here.c_str() + here.size() || !is_finite(value) || (value == 0.0 && !is_zero))
        return false;
    x = value;
    return true;
}

#endif

}  // namespace fokker::detail

FOKKER_END_MAY_SHADOW
