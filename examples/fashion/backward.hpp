// The layers backwards: from the gradient by what a layer gave to that by what it was given. In the
// layout of grid.hpp.
#pragma once

#include <Eigen/Core>

#include "block.hpp"
#include "layers.hpp"

namespace fashion {

// The convolution whose add_to is the transpose of this one's, without a bias.
convolution transposed(const convolution& of);

// Copies a picture into a padded one.
void pad(const constant_matrix& x, padded& out);

// gradient: of activate's result; becomes that of x, which the norm measured last. Does not
// allocate.
void activate_backward(const constant_matrix& x, const group_norm& norm, Index side,
                       matrix gradient);

// A residual block that remembers one picture, for its gradient.
struct differentiable_block {
    differentiable_block(block&& of, Index channels, Index side);

    // At label 0.
    void forward(matrix x, padded& active);

    // gradient: of forward's result; becomes that of what forward was given. `active` and `scratch`
    // are for work.
    void backward(matrix gradient, padded& active, matrix scratch);

    block layers;
    convolution conv1_back, conv2_back;
    MatrixXf given, hidden;
};

}  // namespace fashion
