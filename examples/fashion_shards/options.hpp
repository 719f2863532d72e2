// What the user asked for.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>

#include "place.hpp"

namespace fashion {

struct options {
    std::uint64_t pictures = 1000, shard_size = 100;
    std::string solver = "dpm++2m";
    std::map<std::string, double> solver_options;  // that were set, such as --eta
    int steps = 25;
    std::string grid = "trailing";
    double guidance = 1.5;
    std::uint64_t seed = 1;
    int checkpoint_every = 100;  // steps; 0: never
    int threads = 1;
    place where;
    bool gather = false;  // only the statistics of what is there
    int real_pictures = 10000;
    std::filesystem::path out = "out/shards", data = "/usr/share/datasets/fashion-mnist";

    // As many as hold the pictures.
    std::uint64_t shards() const { return (pictures + shard_size - 1) / shard_size; }
};

// Reads the command line, and the variables by which mpirun and SLURM tell a process which one it
// is; nothing if only help was wanted, which is then printed. Throws std::invalid_argument, with
// one line for the user, on whatever is wrong.
std::optional<options> read_options(int count, char** words);

}  // namespace fashion
