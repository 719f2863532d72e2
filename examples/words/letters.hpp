// Words as states of classes: a column for each word, the same number of places in all of them.
#pragma once

#include <Eigen/Core>
#include <string>
#include <string_view>

namespace words {

using states = Eigen::ArrayXXi;

// The classes are the letters a to z, and `end` at each place after the word.
inline constexpr int places = 14, end = 26, mask = 27, classes = 27;

inline bool is_letter(char c) { return c >= 'a' && c <= 'z'; }

// The word must have no more letters than there are places; '_' is a mask.
inline auto encode(std::string_view word) {
    Eigen::Array<int, places, 1> state;
    state.setConstant(end);
    for (std::size_t i = 0; i < word.size(); ++i)
        state(static_cast<Eigen::Index>(i)) = word[i] == '_' ? mask : word[i] - 'a';
    return state;
}

// Without the ends after it. An end before a letter, which only a network makes that has not
// learned, is a '.'.
inline std::string decode(const Eigen::Ref<const states>& x, Eigen::Index column) {
    std::string word;
    for (Eigen::Index i = 0; i < places; ++i) {
        const int state = x(i, column);
        word += state == end ? '.' : state == mask ? '_' : static_cast<char>('a' + state);
    }
    return word.substr(0, word.find_last_not_of('.') + 1);
}

}  // namespace words
