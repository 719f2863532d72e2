// What the network says of words of which it sees a part.
#pragma once

#include <Eigen/Core>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "network.hpp"

namespace words {

// For each number of masks k = 1 .. places (row k - 1) and each word (its column), the sum of the
// masks' -ln p(letter), for one draw of the masks; all choices of k places are equally likely. What
// a word gets does not depend on the number of threads. `advance` is called with the number of
// words that are done, from any thread.
Eigen::ArrayXXd masked_losses(const network& n, const std::vector<std::string>& words,
                              std::uint64_t seed, int threads,
                              const std::function<void(Index)>& advance);

}  // namespace words
