// The network of the example: predicts the noise in 28 x 28 pictures of clothes.
// unet.py and heads.py are the same network in Python and train.py trains it.
#pragma once

#include <Eigen/Core>
#include <filesystem>
#include <optional>
#include <span>
#include <vector>

#include "architecture.hpp"
#include "attention.hpp"
#include "block.hpp"
#include "embedding.hpp"
#include "grid.hpp"
#include "heads.hpp"
#include "labels.hpp"
#include "layers.hpp"
#include "schedule.hpp"
#include "weights.hpp"

namespace fashion {

// Values only: a copy is independent, and two threads need two copies.
class unet {
public:
    static constexpr Index side = 28, pixels = side * side;

    explicit unet(const std::filesystem::path& path);

    // With the heads of variance.
    unet(const std::filesystem::path& path, const std::filesystem::path& heads);

    // x and out: a picture a column, pixels row after row in [-1, 1] plus noise; t: the label,
    // 0..999, may be fractional; classes: 0..9 or no_label for each picture. Does not allocate.
    void evaluate(const constant_matrix& x, double t, std::span<const int> classes, matrix out);

    // The same, and a second moment of the noise, for which the network needs its heads. Neither
    // output may be x.
    void evaluate(const constant_matrix& x, double t, std::span<const int> classes, matrix out,
                  moment which, matrix second);

private:
    static constexpr Index fine_side = side / 2, coarse_side = side / 4;

    // With alpha_bar = a^2 = 1 - s^2.
    struct noise_level {
        float a, s;
    };

    explicit unet(weights&& file);
    unet(weights& file, const architecture& shape);

    noise_level begin(double t);
    void predict(const float* in, noise_level at, std::span<const int> classes, Index i,
                 matrix& out);
    void body(Index label);

    schedule schedule_;
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
    padded input_, fine_active_, coarse_active_;
    MatrixXf skip_, fine_, fine_hidden_, coarse_, coarse_hidden_, folded_, unfolded_, output_;
    std::optional<variance_heads> heads_;
};

}  // namespace fashion
