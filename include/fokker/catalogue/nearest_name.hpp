/// Which name somebody may have meant.
#pragma once

#include <algorithm>
#include <cstddef>
#include <numeric>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <fokker/target.hpp>

namespace fokker::inline FOKKER_TARGET::detail {

/// Letters to insert, delete or replace to make one text out of the other (Levenshtein 1966).
inline std::size_t edit_distance(std::string_view a, std::string_view b) {
    std::vector<std::size_t> row(b.size() + 1);  // from the part of a so far to each part of b
    std::iota(row.begin(), row.end(), std::size_t{0});
    for (std::size_t i = 0; i < a.size(); ++i) {
        std::size_t diagonal = row[0]++;
        for (std::size_t j = 0; j < b.size(); ++j) {
            const std::size_t replaced = diagonal + (a[i] == b[j] ? 0 : 1);
            diagonal = row[j + 1];
            row[j + 1] = (std::min)({replaced, row[j + 1] + 1, row[j] + 1});
        }
    }
    return row.back();
}

/// As the catalogue writes names: small letters, - for _ and blanks, + for the p of "dpmpp".
inline std::string in_its_manner(std::string_view text) {
    std::string folded;
    for (const char c : text)
        folded += c == '_' || c == ' ' ? '-' : c >= 'A' && c <= 'Z' ? char(c - 'A' + 'a') : c;
    if (const auto at = folded.find("dpmpp"); at != std::string::npos) {
        folded.replace(at, 5, "dpm++");
        if (at + 5 < folded.size() && folded[at + 5] == '-') folded.erase(at + 5, 1);
    }
    return folded;
}

/// The name nearest to the text as the catalogue would write it, the first of several; nothing
/// where more than a third of the text would have to change.
inline std::string_view nearest_name(std::string_view written,
                                     std::span<const std::string_view> names) {
    const std::string text = in_its_manner(written);
    std::string_view nearest;
    std::size_t least = std::max<std::size_t>(1, text.size() / 3) + 1;
    for (const std::string_view name : names)
        if (const std::size_t distance = edit_distance(text, in_its_manner(name));
            distance < least) {
            least = distance;
            nearest = name;
        }
    return nearest;
}

}  // namespace fokker::detail
