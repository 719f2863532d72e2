// The network: how likely each grey level is at each pixel of a noisy picture.
#pragma once

#include <Eigen/Core>
#include <filesystem>
#include <span>

#include "../fashion/body.hpp"
#include "../fashion/labels.hpp"
#include "levels.hpp"

namespace grey {

using Eigen::Index;

// The U-Net of examples/fashion on embedded levels. Values only: a copy is independent, and two
// threads need two copies.
class network {
public:
    static constexpr Index pixels = fashion::unet_body::pixels;

    explicit network(const std::filesystem::path& file);

    // Logits of p(x_0 | x_t without the pixel): a column for each pixel, picture after picture. t
    // is the step of the process, 0 .. 1000; classes are 0 .. 9 or fashion::no_label.
    // Does not allocate. Throws std::invalid_argument on other sizes, levels and classes.
    void evaluate(const Eigen::Ref<const pictures>& x, double t, std::span<const int> classes,
                  Eigen::Ref<Eigen::ArrayXXf> logits);

private:
    explicit network(fashion::weights&& file);

    fashion::unet_body body_;
    Eigen::MatrixXf levels_;  // a row for each level
};

}  // namespace grey
