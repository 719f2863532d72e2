// The U-Net on 14 x 14 and 7 x 7 grids, whatever its numbers mean. unet.py is the same in Python.
#pragma once

#include <Eigen/Core>
#include <vector>

#include "architecture.hpp"
#include "attention.hpp"
#include "block.hpp"
#include "embedding.hpp"
#include "grid.hpp"
#include "layers.hpp"
#include "weights.hpp"

namespace fashion {

// Values only: a copy is independent, and two threads need two copies.
class unet_body {
public:
    static constexpr Index side = 28, pixels = side * side;

    // `inputs` and `outputs` are channels at 14 x 14.
    unet_body(weights& file, const architecture& shape, Index inputs, Index outputs);

    // What follows is at this label.
    void begin(double t);

    // A column for every class, together with the label.
    const MatrixXf& condition() const { return embedding_.values; }

    // What the network reads: set it, then call.
    padded input;

    // The result, of a class, is overwritten by the next call. Does not allocate.
    const MatrixXf& operator()(Index label);

    // What the last result was read from.
    const MatrixXf& features() const { return fine_; }

    Index embedding_size() const { return embedding_.size(); }

private:
    static constexpr Index fine_side = side / 2, coarse_side = side / 4;

    embedding embedding_;
    convolution enter_;
    std::vector<block> down_;
    linear fold_;
    std::vector<block> middle_;
    std::vector<attention> attention_;
    linear unfold_, merge_;
    std::vector<block> up_;
    group_norm norm_;
    convolution leave_;
    padded fine_active_, coarse_active_;
    MatrixXf skip_, fine_, fine_hidden_, coarse_, coarse_hidden_, folded_, unfolded_, output_;
};

}  // namespace fashion
