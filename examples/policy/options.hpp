// What the user asked for.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace policy {

struct options {
    std::vector<std::string> samplers{"ddim", "dpm++2m", "unipc", "ddpm"};
    std::vector<int> steps{5, 10, 20};
    double strength = 0.4;
    int committed = 2;
    int episodes = 200;
    int ticks = 10000;
    std::uint64_t seed = 1;
    bool real_time = false;
    int threads = 1;
    std::filesystem::path weights;
    std::filesystem::path out = "out/policy";
};

// Reads the command line; nothing if only help was wanted, which is then printed. Throws
// std::invalid_argument, with one line for the user, on whatever is wrong.
std::optional<options> read_options(int count, char** words);

}  // namespace policy
