// What the user asked for.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "draw.hpp"

namespace words {

struct options {
    method how;
    std::vector<int> steps;     // of the study; else there is how.steps
    std::string pattern = "*";  // of the words to draw
    bool completes = false;
    int count = 0;
    int bound_words = 0;
    bool study = false;
    int threads = 1;
    std::filesystem::path list = "/usr/share/dict/american-english";
    std::filesystem::path out = "out/words/study.csv";
};

// Reads the command line; nothing if only help was wanted, which is then printed. Throws
// std::invalid_argument, with one line for the user, on whatever is wrong.
std::optional<options> read_options(int count, char** words);

}  // namespace words
