// The two heads on the network: what is left of the noise once its mean is known.
// heads.py is the same in Python.
#pragma once

#include <Eigen/Core>
#include <array>
#include <cstddef>
#include <filesystem>
#include <string>

#include "block.hpp"
#include "grid.hpp"
#include "layers.hpp"
#include "weights.hpp"

namespace fashion {

// A second moment of the noise given the noisy picture: of what the predicted noise misses, as NPR
// takes it, or of the noise itself, as SN does.
enum class moment { residual_squared, noise_squared };

// E[(v - V)^2 | x] or E[v^2 | x] of the velocity v, which the network predicts as V.
struct head {
    head(weights& file, const std::string& name, Index channels, Index embedding, Index classes)
        : residual{file, name + ".block", channels, embedding, classes},
          norm{file, name + ".norm", channels},
          leave{file, name + ".leave", channels, 4} {}

    block residual;
    group_norm norm;
    convolution leave;
};

class variance_heads {
public:
    variance_heads(const std::filesystem::path& path, Index classes)
        : variance_heads{weights{path, "FASHHEAD", "the heads of variance", 2}, classes} {}

    Index channels() const { return values_.rows(); }
    Index embedding_size() const { return heads_[0].residual.modulation->weight.cols(); }

    void embed(const constant_matrix& embedding, moment which) {
        at(which).residual.embed(embedding);
    }

    // x: what the network reads the velocity from. The result is overwritten by the next call.
    const MatrixXf& operator()(const constant_matrix& x, Index label, moment which) {
        head& used = at(which);
        values_ = x;
        used.residual(values_, label, active_, hidden_);
        used.norm.measure(values_, side);
        activate(values_, used.norm, active_);
        output_.setZero();
        used.leave.add_to(active_, output_);
        // softplus, which does not overflow
        output_.array() = output_.array().max(0.0F) + (-output_.array().abs()).exp().log1p();
        return output_;
    }

private:
    static constexpr Index side = 14;

    variance_heads(weights&& file, Index classes)
        : variance_heads{file, checked(file), file.numbers()[1], classes} {}

    variance_heads(weights& file, Index channels, Index embedding, Index classes)
        : heads_{{{file, "residual", channels, embedding, classes},
                  {file, "square", channels, embedding, classes}}},
          active_{channels, side} {
        file.expect_end();
        for (MatrixXf* each : {&values_, &hidden_}) each->setZero(channels, side * (side + 1));
        output_.setZero(4, side * (side + 1));
    }

    static Index checked(const weights& file) {
        file.require(weights::are_channels(file.numbers()[0]) &&
                     weights::is_count(file.numbers()[1]));
        return file.numbers()[0];
    }

    head& at(moment which) { return heads_[static_cast<std::size_t>(which)]; }

    std::array<head, 2> heads_;
    padded active_;
    MatrixXf values_, hidden_, output_;
};

}  // namespace fashion
