// The residual block.
#pragma once

#include <Eigen/Core>
#include <optional>
#include <string>

#include "layers.hpp"

namespace fashion {

// Two convolutions beside the identity; an embedding scales and shifts between them, if there is
// one.
struct block {
    block(weights& file, const std::string& name, Index channels, Index embedding, Index classes);

    // Without an embedding. The label is then 0.
    block(weights& file, const std::string& name, Index channels);

    void embed(const constant_matrix& embedding);

    void operator()(matrix x, Index label, padded& active, matrix hidden);

    group_norm norm1;
    convolution conv1;
    std::optional<linear> modulation;
    group_norm norm2;
    convolution conv2;
    MatrixXf modulations;  // of every class at the present label t
};

}  // namespace fashion
