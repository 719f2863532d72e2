// The layers that work on one picture, in the layout of grid.hpp.
#pragma once

#include <Eigen/Core>
#include <string>

#include "grid.hpp"
#include "weights.hpp"

namespace fashion {

// out += weight * x. Does not allocate.
void add_product(const constant_matrix& weight, const constant_matrix& x, matrix out);

struct linear {
    linear(weights& file, const std::string& name, Index inputs, Index outputs);

    void operator()(const constant_matrix& x, matrix out) const;

    MatrixXf weight;
    VectorXf bias;
};

// 3 x 3; the three neighbouring columns that a filter row sees are one column of an overlapping
// map.
struct convolution {
    convolution(weights& file, const std::string& name, Index inputs, Index outputs);

    void add_to(const padded& x, matrix out) const;

    MatrixXf weight;  // outputs x (filter row, filter column, input)
    VectorXf bias;
};

// Group normalisation as one gain and one offset a channel.
struct group_norm {
    group_norm(weights& file, const std::string& name, Index channels);

    void measure(const constant_matrix& x, Index side);

    VectorXf weight, bias, gain, offset;
    VectorXf mean, inverse;  // of each group, and of its standard deviation
};

template <typename Values>
void silu(Values&& x) {
    x.array() /= 1.0F + (-x.array()).exp();
}

// out = silu(gain * x + offset), column by column; the padding stays zero because silu(0) = 0.
void activate(const constant_matrix& x, const group_norm& norm, padded& out);

}  // namespace fashion
