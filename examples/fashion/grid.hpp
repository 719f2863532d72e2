// The layers that work on one picture. A picture on a side x side grid is a matrix with a column
// per pixel, row after row, and one more column after each row. That column makes the 3 x 3
// convolution a sum of plain matrix products: three neighbouring columns of the padded input,
// one above the other, are the three pixels a filter row sees, so an overlapping map replaces
// the usual copy. The values in the extra columns of an unpadded matrix mean nothing.
#pragma once

#include <Eigen/Core>

namespace fashion {

using Eigen::Index;
using Eigen::MatrixXf;
using Eigen::VectorXf;
using matrix = Eigen::Ref<MatrixXf>;
using constant_matrix = Eigen::Ref<const MatrixXf>;

// A zero column, then the picture with its extra columns, which are zero here.
struct padded {
    padded(Index channels, Index side_);
    auto row(Index y) { return values.middleCols(1 + y * (side + 1), side); }

    Index side;
    MatrixXf values;
};

// coarse = fine, whose side is fine_side, with 2 x 2 pixels folded into the channels of one.
void fold(const constant_matrix& fine, Index fine_side, matrix coarse);

// The inverse of fold.
void unfold(const constant_matrix& coarse, Index fine_side, matrix fine);

// Calls act(pixel, channel, column) for every pixel of a picture stored row after row without
// extra columns, whose 2 x 2 pixels are folded into four channels.
template <typename Action>
void each_pixel(Index side, Action act) {
    for (Index y = 0; y < side; ++y)
        for (Index x = 0; x < side; ++x)
            act(y * side + x, y % 2 * 2 + x % 2, y / 2 * (side / 2 + 1) + x / 2);
}

}  // namespace fashion
