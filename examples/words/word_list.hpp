// The list of words that the network was trained on, and the part of it that it has not seen.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

namespace words {

// A tenth of all words, by a hash (FNV-1a of 64 bits): the same in train.py.
bool is_held_out(std::string_view word);

// Where a word belongs.
enum class part { held_out, training, neither };

class word_list {
public:
    // The words of 2 to 14 letters a to z, one a line; other lines are names, have an apostrophe or
    // are too long, and are left out. Throws std::runtime_error if there are none.
    explicit word_list(const std::filesystem::path& file);

    part part_of(const std::string& word) const;
    const std::vector<std::string>& held_out() const { return held_out_; }
    std::size_t size() const { return all_.size(); }

private:
    std::unordered_set<std::string> all_;
    std::vector<std::string> held_out_;
};

}  // namespace words
