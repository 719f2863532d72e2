/// What the two builds of results.cpp compare, in types that know nothing of fokker.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace fokker_test {

/// The bits of some numbers, and what they are.
struct named_bits {
    std::string name;
    std::vector<std::uint64_t> bits;
};

}  // namespace fokker_test
