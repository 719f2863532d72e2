// What the user asked for.
#pragma once

#include <filesystem>
#include <optional>
#include <vector>

#include "draw.hpp"

namespace grey {

struct options {
    method how;
    std::vector<int> steps;  // of the study; else there is how.steps
    std::vector<int> classes;
    int count = 0;  // pictures of each class
    int bound_pictures = 0;
    bool study = false;
    int threads = 1;
    std::filesystem::path data = "/usr/share/datasets/fashion-mnist";
    std::filesystem::path out = "out/grey.png";
};

// Reads the command line; nothing if only help was wanted, which is then printed. Throws
// std::invalid_argument, with one line for the user, on whatever is wrong.
std::optional<options> read_options(int count, char** words);

}  // namespace grey
