// Self-attention between the pixels of one picture.
#pragma once

#include <Eigen/Core>
#include <string>

#include "layers.hpp"

namespace fashion {

struct attention {
    attention(weights& file, const std::string& name, Index channels, Index heads_, Index side_);

    void operator()(matrix x);

    group_norm norm;
    linear qkv, projection;
    Index heads, side;
    MatrixXf normed, tokens, mixed, scores;
};

}  // namespace fashion
