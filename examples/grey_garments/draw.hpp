// Pictures drawn by a sampler, and the bound on real ones, on several threads.
#pragma once

#include <Eigen/Core>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "network.hpp"

namespace grey {

inline const std::vector<std::string> samplers{"ancestral", "gibbs-corrected"};

struct method {
    std::string sampler = "ancestral";
    int steps = 50;
    double guidance = 1.0;
    double temperature = 1.0;
    std::uint64_t seed = 1;
};

struct drawn {
    pictures x;
    double calls = 0.0;  // of the network, a picture
    double seconds = 0.0;
};

// Called with the number of pictures that have gone a step, from any thread.
using advance_function = std::function<void(Index)>;

// A picture of each of the classes. It does not depend on the number of threads.
drawn draw_pictures(const network& n, const std::vector<int>& classes, const method& how,
                    int threads, const advance_function& advance);

// The bound of -ln p(x) for what `ancestral` draws in so many steps, in bits a pixel, for each
// picture.
Eigen::ArrayXd bound_of(const network& n, const pictures& x, const std::vector<int>& classes,
                        int steps, std::uint64_t seed, int threads,
                        const advance_function& advance);

}  // namespace grey
