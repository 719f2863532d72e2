// The classifier of noisy clothes, whose gradient guides a network that knows no classes.
// noisy_classifier.py is the same network in Python and train.py trains it.
#pragma once

#include <Eigen/Core>
#include <filesystem>
#include <span>
#include <vector>

#include "backward.hpp"
#include "embedding.hpp"
#include "grid.hpp"
#include "layers.hpp"
#include "weights.hpp"

namespace fashion {

// Values only: a copy is independent, and two threads need two copies.
class noisy_classifier {
public:
    static constexpr Index side = 28, pixels = side * side, classes = 10;

    explicit noisy_classifier(const std::filesystem::path& path);

    // x: a picture a column, pixels row after row in [-1, 1] plus noise; t: the label, 0..999, may
    // be fractional; out: log p(class | x), a row for each class. Does not allocate.
    void log_probabilities(const constant_matrix& x, double t, matrix out);

    // out: the gradient by x of log p(y | x), with y = wanted[i], 0..9, for picture i. May be x.
    // Does not allocate.
    void gradient(const constant_matrix& x, double t, std::span<const int> wanted, matrix out);

private:
    static constexpr Index fine_side = side / 2, coarse_side = side / 4;

    explicit noisy_classifier(weights&& file);
    noisy_classifier(weights& file, Index fine, Index coarse, Index embedding_size,
                     Index frequencies);

    void begin(double t);
    void read(const float* in);  // a picture; its log-probabilities are then in log_p_

    embedding embedding_;
    convolution enter_, enter_back_;
    differentiable_block residual_fine_;
    linear fold_;
    std::vector<differentiable_block> residual_coarse_;
    group_norm norm_;
    linear leave_;
    padded input_, fine_active_, coarse_active_;
    MatrixXf fine_, fine_scratch_, coarse_, coarse_gradient_, coarse_scratch_, folded_, entered_;
    VectorXf features_, log_p_, share_;
};

}  // namespace fashion
