/// Whether the lists of this test have everything public.
#pragma once

#include <string>
#include <vector>

namespace fokker_random {

/// Names of the library (as in headers/public_names.txt) that no list has, and names in lists that
/// the library no longer has, each in a sentence.
std::vector<std::string> gaps(const std::vector<std::string>& public_names);

}  // namespace fokker_random
