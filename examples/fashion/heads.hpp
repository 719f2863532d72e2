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
    head(weights& file, const std::string& name, Index channels, Index embedding, Index classes);

    block residual;
    group_norm norm;
    convolution leave;
};

class variance_heads {
public:
    variance_heads(const std::filesystem::path& path, Index classes);

    Index channels() const { return values_.rows(); }
    Index embedding_size() const { return heads_[0].residual.modulation->weight.cols(); }

    void embed(const constant_matrix& embedding, moment which);

    // x: what the network reads the velocity from. The result is overwritten by the next call.
    const MatrixXf& operator()(const constant_matrix& x, Index label, moment which);

private:
    static constexpr Index side = 14;

    variance_heads(weights&& file, Index classes);
    variance_heads(weights& file, Index channels, Index embedding, Index classes);

    head& at(moment which) { return heads_[static_cast<std::size_t>(which)]; }

    std::array<head, 2> heads_;
    padded active_;
    MatrixXf values_, hidden_, output_;
};

}  // namespace fashion
