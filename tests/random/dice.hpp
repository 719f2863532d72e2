/// Where the random configurations come from: one stream of numbers for each, which the seed and
/// the configuration's number determine.
#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <limits>
#include <sstream>
#include <string>
#include <string_view>

namespace fokker_random {

/// SplitMix64 (Steele, Lea & Flood 2014). A copy of it draws the same numbers again.
class dice {
public:
    dice(std::uint64_t seed, std::uint64_t number) : state_(seed * 0x9e3779b97f4a7c15u) {
        state_ = bits() ^ (number * 0xd1b54a32d192ed03u);
        bits();
    }

    std::uint64_t bits() {
        std::uint64_t z = (state_ += 0x9e3779b97f4a7c15u);
        z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
        z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
        return z ^ (z >> 31);
    }
    /// From low to high, both of them possible.
    int whole(int low, int high) {
        return low + static_cast<int>(bits() % static_cast<std::uint64_t>(high - low + 1));
    }
    std::size_t index(std::size_t size) { return static_cast<std::size_t>(bits() % size); }
    bool one_in(int n) { return whole(1, n) == 1; }
    double real(double low, double high) {
        return low + (high - low) * (static_cast<double>(bits() >> 11) * 0x1p-53);
    }
    /// Evenly spread logarithms, for numbers of all sizes.
    double size(double low, double high) { return std::exp(real(std::log(low), std::log(high))); }
    template <class T>
    T of(std::initializer_list<T> all) {
        return all.begin()[index(all.size())];
    }

private:
    std::uint64_t state_;
};

/// What is drawn for a configuration, with the words that describe it.
class draw : public dice {
public:
    using dice::dice;

    /// Says what was drawn.
    template <class T>
    T note(std::string_view name, const T& value) {
        std::ostringstream text;
        text.precision(17);
        text << ' ' << name << '=' << value;
        words_ += text.str();
        return value;
    }
    void say(std::string_view word) { (words_ += ' ') += word; }
    const std::string& words() const { return words_; }

    /// A parameter: now and then it is not the number that was drawn, but one that no formula was
    /// written for. Such a configuration must end in a named error, or be right all the same.
    double number(std::string_view name, double value) {
        constexpr double infinity = std::numeric_limits<double>::infinity();
        if (one_in(60))
            value = of({0.0, -0.0, -1.0, 1.0, infinity, -infinity, 1e308, 1e-308, -value,
                        std::numeric_limits<double>::quiet_NaN()});
        const double size = std::abs(value);
        if (std::isfinite(size) && size != 0 && (size > 1e30 || size < 1e-30)) is_huge_ = true;
        return note(name, value);
    }
    /// Whether a parameter was so large or small that numbers made of it may leave the scalar's
    /// range.
    bool is_huge() const { return is_huge_; }
    int count(std::string_view name, int value) {
        if (one_in(60)) value = of({0, -1, std::numeric_limits<int>::min(), 1});
        return note(name, value);
    }

private:
    std::string words_;
    bool is_huge_ = false;
};

}  // namespace fokker_random
