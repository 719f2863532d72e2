// What the user asked for.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

namespace fashion {

struct options {
    int count = 60;  // test pictures
    std::string solver = "unipc<2>";
    int steps = 50;
    int probes = 1;
    double step = 0.0;          // of their differences, in units of sigma; 0: the library's
    bool conditional = true;    // the network is told the classes
    int bound_steps = 1000;     // of the variational bound
    bool study = false;         // solvers and numbers of steps beside each other instead
    int reference_steps = 400;  // of the study
    std::uint64_t seed = 1;
    int threads = 1;
    std::filesystem::path data = "/usr/share/datasets/fashion-mnist";
};

// Reads the command line; nothing if only help was wanted, which is then printed. Throws
// std::invalid_argument, with one line for the user, on whatever is wrong.
std::optional<options> read_options(int count, char** words);

}  // namespace fashion
