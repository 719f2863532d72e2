#include "backward.hpp"

#include <cmath>
#include <utility>

namespace fashion {

// The pixel that a filter sees at (ky, kx) sees the filter's own at (2 - ky, 2 - kx).
convolution transposed(const convolution& of) {
    convolution result = of;
    const Index outputs = of.weight.rows(), inputs = of.weight.cols() / 9;
    result.weight.resize(inputs, 9 * outputs);
    for (Index k = 0; k < 9; ++k)
        result.weight.middleCols((8 - k) * outputs, outputs) =
            of.weight.middleCols(k * inputs, inputs).transpose();
    result.bias.setZero(inputs);
    return result;
}

void pad(const constant_matrix& x, padded& out) {
    for (Index y = 0; y < out.side; ++y) out.row(y) = x.middleCols(y * (out.side + 1), out.side);
}

// With z the normalised value and v = weight z + bias, the gradient by x is
// inverse (h - mean of h - z mean of h z), where h = weight dv and the means are those of the
// group.
void activate_backward(const constant_matrix& x, const group_norm& norm, Index side,
                       matrix gradient) {
    const Index groups = norm.mean.size(), size = x.rows() / groups;
    const float share = 1.0F / static_cast<float>(size * side * side);
    for (Index g = 0; g < groups; ++g) {
        const Index at = g * size;
        float sum = 0, along = 0;
        const auto each_column = [&](auto act) {
            for (Index y = 0; y < side; ++y)
                for (Index j = y * (side + 1); j < y * (side + 1) + side; ++j)
                    for (Index i = at; i < at + size; ++i) act(gradient(i, j), x(i, j), i);
        };
        each_column([&](float& by, float value, Index i) {
            const float v = norm.gain[i] * value + norm.offset[i];
            const float logistic = 1.0F / (1.0F + std::exp(-v));
            by *= norm.gain[i] * logistic * (1.0F + v * (1.0F - logistic));
            sum += by;
            along += by * (value - norm.mean[g]) * norm.inverse[g];
        });
        sum *= share;
        along *= share * norm.inverse[g];
        each_column(
            [&](float& by, float value, Index) { by -= sum + along * (value - norm.mean[g]); });
    }
}

differentiable_block::differentiable_block(block&& of, Index channels, Index side)
    : layers{std::move(of)},
      conv1_back{transposed(layers.conv1)},
      conv2_back{transposed(layers.conv2)},
      given(MatrixXf::Zero(channels, side * (side + 1))),
      hidden(given) {}

void differentiable_block::forward(matrix x, padded& active) {
    given = x;
    layers(x, 0, active, hidden);
}

void differentiable_block::backward(matrix gradient, padded& active, matrix scratch) {
    const auto through = [&](const convolution& back, const constant_matrix& in,
                             const constant_matrix& x, const group_norm& norm) {
        pad(in, active);
        scratch.setZero();
        back.add_to(active, scratch);
        activate_backward(x, norm, active.side, scratch);
    };
    through(conv2_back, gradient, hidden, layers.norm2);
    through(conv1_back, scratch, given, layers.norm1);
    gradient += scratch;
}

}  // namespace fashion
