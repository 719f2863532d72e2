// A cell of the study: pictures made in one way, with one seed.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string>

namespace fashion {

struct cell {
    std::string method, grid;
    int steps = 0;
    std::uint64_t seed = 0;

    // Of its files, and to be read.
    std::string name() const {
        std::string text = method + ", " + grid + ", " + std::to_string(steps) + " steps, seed " +
                           std::to_string(seed);
        std::ranges::replace(text, '/', '-');
        return text;
    }
};

}  // namespace fashion
