// What the user asked for.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>

namespace fashion {

struct options {
    std::string sampler = "dpm++2m";
    bool all = false;  // every sampler instead of one
    int steps = 25;
    std::string schedule = "linear";
    std::string grid;                      // never empty once read
    std::map<std::string, double> solver;  // options of the solver that were set, such as --eta
    std::optional<int> label;              // one class instead of all ten
    int count = 10;                        // pictures of a class
    double guidance = 1.5;
    std::uint64_t seed = 1;
    int threads = 1;
    std::filesystem::path out = "out/fashion.png";
};

// Reads the command line; nothing if only help or the list was wanted, which is then printed.
// Throws std::invalid_argument, with one line for the user, on whatever is wrong.
std::optional<options> read_options(int count, char** words);

}  // namespace fashion
