#include "word_list.hpp"

#include <algorithm>
#include <cstdint>
#include <fstream>
#include <stdexcept>

#include "letters.hpp"

namespace words {

bool is_held_out(std::string_view word) {
    std::uint64_t hash = 0xCBF29CE484222325;
    for (const char letter : word)
        hash = (hash ^ static_cast<unsigned char>(letter)) * 0x100000001B3;
    return (hash >> 32) % 10 == 0;
}

word_list::word_list(const std::filesystem::path& file) {
    std::ifstream in(file);
    if (!in)
        throw std::runtime_error(file.string() + ": cannot be opened (Debian's package wamerican)");
    for (std::string line; std::getline(in, line);)
        if (line.size() >= 2 && line.size() <= places && std::ranges::all_of(line, is_letter) &&
            all_.insert(line).second && is_held_out(line))
            held_out_.push_back(line);
    if (all_.empty()) throw std::runtime_error(file.string() + ": there are no words in it");
}

part word_list::part_of(const std::string& word) const {
    if (!all_.contains(word)) return part::neither;
    return is_held_out(word) ? part::held_out : part::training;
}

}  // namespace words
