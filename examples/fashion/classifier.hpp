// The classifier of clothes, which measures pictures by what it computes before its last layer.
// classifier.py is the same network in Python and train.py trains it.
#pragma once

#include <Eigen/Core>
#include <filesystem>
#include <vector>

#include "block.hpp"
#include "grid.hpp"
#include "layers.hpp"
#include "weights.hpp"

namespace fashion {

// Values only: a copy is independent, and two threads need two copies.
class classifier {
public:
    static constexpr Index side = 28, pixels = side * side;

    explicit classifier(const std::filesystem::path& path);

    // How many numbers measure a picture.
    Index features() const { return coarse_.rows(); }

    // x: a picture a column, pixels row after row in [-1, 1]; out: its features. Does not allocate.
    void measure(const constant_matrix& x, matrix out);

    // 0..9, from the features of one picture.
    int classify(const Eigen::Ref<const VectorXf>& measured) const;

private:
    static constexpr Index fine_side = side / 2, coarse_side = side / 4;

    explicit classifier(weights&& file);
    classifier(weights& file, Index fine, Index coarse);

    convolution enter_;
    block residual_fine_;
    linear fold_;
    std::vector<block> residual_coarse_;
    group_norm norm_;
    linear leave_;
    padded input_, fine_active_, coarse_active_;
    MatrixXf fine_, fine_hidden_, coarse_, coarse_hidden_, folded_;
};

}  // namespace fashion
