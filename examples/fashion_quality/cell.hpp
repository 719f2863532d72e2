// A cell of the study: pictures made in one way, with one seed.
#pragma once

#include <cstdint>
#include <string>

namespace fashion {

struct cell {
    std::string method, grid;
    int steps = 0;
    std::uint64_t seed = 0;

    bool operator==(const cell&) const = default;

    // Of its files, and to be read.
    std::string name() const {
        return method + ", " + grid + ", " + std::to_string(steps) + " steps, seed " +
               std::to_string(seed);
    }
};

}  // namespace fashion
