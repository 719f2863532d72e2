// Words drawn by a sampler, on several threads.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "network.hpp"

namespace words {

// Those of the study.
inline const std::vector<std::string> samplers{"ancestral",    "first-hitting",
                                               "remasking",    "confident-remasking",
                                               "surest-first", "entropy-bound"};

// All of the library that draw from masks alone.
std::vector<std::string> sampler_names();

struct method {
    std::string sampler = "ancestral";
    int steps = 64;
    double temperature = 1.0;
    double eta = 0.015;  // of remasking
    std::uint64_t seed = 1;
};

struct drawn {
    std::vector<std::string> words;
    double calls = 0.0;  // of the network, a word
    double seconds = 0.0;
};

// Words that fit the pattern: letters stay, '_' is any letter, and '*' at the end any further
// letters or none. The words do not depend on the number of threads. `advance` is called with the
// number of words that have gone a step, from any thread.
drawn draw_words(const network& n, const std::string& pattern, const method& how, int count,
                 int threads, const std::function<void(Index)>& advance);

}  // namespace words
