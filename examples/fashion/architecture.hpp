// The numbers that fix the shape of the network.
#pragma once

#include <Eigen/Core>

#include "weights.hpp"

namespace fashion {

struct architecture {
    // In the order of the file.
    Eigen::Index fine, coarse, embedding, frequencies, heads;
    Eigen::Index down_blocks, middle_blocks, up_blocks, attentions;

    static constexpr std::size_t numbers = 9;

    explicit architecture(const weights& file)
        : fine{file.numbers()[0]},
          coarse{file.numbers()[1]},
          embedding{file.numbers()[2]},
          frequencies{file.numbers()[3]},
          heads{file.numbers()[4]},
          down_blocks{file.numbers()[5]},
          middle_blocks{file.numbers()[6]},
          up_blocks{file.numbers()[7]},
          attentions{file.numbers()[8]} {
        file.require(weights::are_channels(fine) && weights::are_channels(coarse));
        for (const Eigen::Index n :
             {embedding, frequencies, heads, down_blocks, middle_blocks, up_blocks})
            file.require(weights::is_count(n));
        file.require(coarse % heads == 0 && attentions >= 0 && attentions <= middle_blocks);
    }
};

}  // namespace fashion
