// Sampling a batch of garments on several threads.
#pragma once

#include <Eigen/Core>
#include <cstdint>
#include <fokker/path/grid.hpp>
#include <vector>

#include "../fashion/network.hpp"
#include "progress_bar.hpp"
#include "samplers.hpp"

namespace fashion {

struct batch {
    std::vector<int> classes;  // of each picture: 0..9
    double guidance = 1.0;     // 0: the class is ignored, 1: the conditional network alone
    std::uint64_t seed = 0;
    int threads = 1;
};

struct garments {
    Eigen::MatrixXf pictures;      // 784 x n, in [-1, 1]
    std::int64_t evaluations = 0;  // of the network, for each picture
    double seconds = 0.0;
};

// The bar advances by one for each step of each picture. A sampler with steps of its own length
// takes the batch in one slice, as the worst picture decides on a step. Throws fokker::error on
// misuse.
garments sample_garments(const unet& network, const batch& order, const sampler& method,
                         const fokker::grid& grid, progress_bar& bar);

}  // namespace fashion
