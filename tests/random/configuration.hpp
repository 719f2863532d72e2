/// One random configuration: what it is, and how it ends.
#pragma once

#include <cstdint>
#include <string>

namespace fokker_random {

/// How a configuration ends well: `word` is what the table counts, such as "confirmed: point" or
/// the first words of a named error. Otherwise `wrong` says what should not have been.
struct outcome {
    std::string word;
    std::string wrong;
    std::string configuration;  // in words
};

/// Draws configuration `number` of a seed, runs it, and judges how it ended. Throws nothing.
outcome examine(std::uint64_t seed, std::uint64_t number);

}  // namespace fokker_random
