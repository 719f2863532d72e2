// Pictures in grey levels.
#pragma once

#include <Eigen/Core>

namespace grey {

inline constexpr int levels = 8;

using pictures = Eigen::ArrayXXi;  // a picture a column, levels row after row

// Of pictures in [-1, 1], as the garments' network has them: a level is 32 of the 256 values.
inline pictures to_levels(const Eigen::MatrixXf& values) {
    return ((values.array() + 1.0F) * (127.5F / 32.0F) + 1e-3F).floor().cast<int>();
}

// The first level is -1, and the last one 1.
inline Eigen::MatrixXf to_values(const pictures& x) {
    return x.cast<float>() * (2.0F / (levels - 1)) - 1.0F;
}

}  // namespace grey
