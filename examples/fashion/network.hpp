// The network of the example: predicts the noise in 28 x 28 pictures of clothes.
// unet.py and heads.py are the same network in Python and train.py trains it.
#pragma once

#include <Eigen/Core>
#include <filesystem>
#include <optional>
#include <span>

#include "body.hpp"
#include "grid.hpp"
#include "heads.hpp"
#include "labels.hpp"
#include "schedule.hpp"
#include "weights.hpp"

namespace fashion {

// Values only: a copy is independent, and two threads need two copies.
class unet {
public:
    static constexpr Index side = unet_body::side, pixels = unet_body::pixels;

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
    // With alpha_bar = a^2 = 1 - s^2.
    struct noise_level {
        float a, s;
    };

    explicit unet(weights&& file);

    noise_level begin(double t);
    // The velocity; out's column i is the noise.
    const MatrixXf& predict(const float* in, noise_level at, std::span<const int> classes, Index i,
                            matrix& out);

    schedule schedule_;
    unet_body body_;
    std::optional<variance_heads> heads_;
};

}  // namespace fashion
