// What the user asked for.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace fashion {

struct options {
    std::vector<std::string> methods;  // empty: all
    std::vector<std::string> grids{"linspace"};
    std::vector<int> steps{5, 10, 25, 50, 100, 1000};
    int pictures = 10000;
    int seeds = 3;
    int bound_pictures = 1000;
    int real_pictures = 10000;  // of the test set, and of each part of the training set
    int threads = 1;
    bool show = false;   // only what is there already
    bool check = false;  // only whether these options are right
    std::filesystem::path out = "out/quality", data = "/usr/share/datasets/fashion-mnist", map;
};

// Reads the command line; nothing if only help was wanted, which is then printed. Throws
// std::invalid_argument, with one line for the user, on whatever is wrong.
std::optional<options> read_options(int count, char** words);

}  // namespace fashion
