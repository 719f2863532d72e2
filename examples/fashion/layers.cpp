#include "layers.hpp"

#include <algorithm>
#include <cmath>
#include <cstdlib>

namespace fashion {

namespace {

constexpr Index groups = 8;

}  // namespace

// In slices thin enough that the product packs its operands on the stack (Eigen goes to the heap
// above 128 KiB).
void add_product(const constant_matrix& weight, const constant_matrix& x, matrix out) {
    constexpr Index most = 32000;  // floats
    const Index depth = weight.cols();
    const Index slices = 1 + (depth * std::max(weight.rows(), x.cols()) - 1) / most;
    const Index slice = 1 + (depth - 1) / slices;
    for (Index at = 0; at < depth; at += slice) {
        const Index size = std::min(slice, depth - at);
        out.noalias() += weight.middleCols(at, size) * x.middleRows(at, size);
    }
}

linear::linear(weights& file, const std::string& name, Index inputs, Index outputs)
    : weight{file.next(name + ".weight", {inputs, outputs})},
      bias{file.next(name + ".bias", {outputs})} {}

void linear::operator()(const constant_matrix& x, matrix out) const {
    out.colwise() = bias;
    add_product(weight, x, out);
}

convolution::convolution(weights& file, const std::string& name, Index inputs, Index outputs)
    : weight{file.next(name + ".weight", {3, 3, inputs, outputs})},
      bias{file.next(name + ".bias", {outputs})} {}

void convolution::add_to(const padded& x, matrix out) const {
    const Index channels = x.values.rows(), pitch = x.side + 1;
    out.colwise() += bias;
    for (Index ky = 0; ky < 3; ++ky) {
        const Index first = std::max<Index>(0, 1 - ky);
        const Index rows = x.side - std::abs(ky - 1);
        const Index from = (first + ky - 1) * pitch, count = rows * pitch - 1;
        const Eigen::Map<const MatrixXf, 0, Eigen::OuterStride<>> seen{
            x.values.data() + from * channels, 3 * channels, count, Eigen::OuterStride<>{channels}};
        add_product(weight.middleCols(ky * 3 * channels, 3 * channels), seen,
                    out.middleCols(first * pitch, count));
    }
}

group_norm::group_norm(weights& file, const std::string& name, Index channels)
    : weight{file.next(name + ".weight", {channels})},
      bias{file.next(name + ".bias", {channels})},
      gain(channels),
      offset(channels),
      mean(groups),
      inverse(groups) {}

void group_norm::measure(const constant_matrix& x, Index side) {
    const Index size = weight.size() / groups;
    gain.setZero();    // the sums of the values ...
    offset.setZero();  // ... and of their squares
    for (Index y = 0; y < side; ++y)
        for (Index j = y * (side + 1); j < y * (side + 1) + side; ++j) {
            gain += x.col(j);
            offset += x.col(j).cwiseAbs2();
        }
    const float scale = 1.0F / static_cast<float>(size * side * side);
    for (Index g = 0; g < groups; ++g) {
        const Index at = g * size;
        mean[g] = gain.segment(at, size).sum() * scale;
        const float square = offset.segment(at, size).sum() * scale;
        inverse[g] = 1.0F / std::sqrt(std::max(square - mean[g] * mean[g], 0.0F) + 1e-5F);
        gain.segment(at, size) = inverse[g] * weight.segment(at, size);
        offset.segment(at, size) = bias.segment(at, size) - mean[g] * gain.segment(at, size);
    }
}

void activate(const constant_matrix& x, const group_norm& norm, padded& out) {
    for (Index y = 0; y < out.side; ++y) {
        auto row = out.row(y);
        for (Index i = 0; i < out.side; ++i)
            row.col(i) = x.col(y * (out.side + 1) + i).cwiseProduct(norm.gain) + norm.offset;
    }
    silu(out.values);
}

}  // namespace fashion
