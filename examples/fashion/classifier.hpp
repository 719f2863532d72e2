// The classifier of clothes, which measures pictures by what it computes before its last layer.
// classifier.py is the same network in Python and train.py trains it.
#pragma once

#include <Eigen/Core>
#include <filesystem>
#include <stdexcept>
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

    explicit classifier(const std::filesystem::path& path)
        : classifier{weights{path, "FASHCLAS", "the classifier", 2}} {}

    // How many numbers measure a picture.
    Index features() const { return coarse_.rows(); }

    // x: a picture a column, pixels row after row in [-1, 1]; out: its features. Does not allocate.
    void measure(const constant_matrix& x, matrix out) {
        if (x.rows() != pixels || out.rows() != features() || out.cols() != x.cols())
            throw std::invalid_argument{"fashion::classifier: 784 rows in, features() rows out"};
        for (Index i = 0; i < x.cols(); ++i) {
            const float* in = x.col(i).data();
            each_pixel(side, [&](Index pixel, Index channel, Index column) {
                input_.values(channel, 1 + column) = in[pixel];
            });
            fine_.setZero();
            enter_.add_to(input_, fine_);
            residual_fine_(fine_, 0, fine_active_, fine_hidden_);
            fold(fine_, fine_side, folded_);
            fold_(folded_, coarse_);
            for (block& each : residual_coarse_) each(coarse_, 0, coarse_active_, coarse_hidden_);
            norm_.measure(coarse_, coarse_side);
            activate(coarse_, norm_, coarse_active_);
            out.col(i) = coarse_active_.values.rowwise().sum() / (coarse_side * coarse_side);
        }
    }

    // 0..9, from the features of one picture.
    int classify(const Eigen::Ref<const VectorXf>& measured) const {
        Index best = 0;
        (leave_.weight * measured + leave_.bias).maxCoeff(&best);
        return static_cast<int>(best);
    }

private:
    static constexpr Index fine_side = side / 2, coarse_side = side / 4;

    explicit classifier(weights&& file) : classifier{file, checked(file, 0), checked(file, 1)} {}

    // The members read the file in the order of their declaration.
    classifier(weights& file, Index fine, Index coarse)
        : enter_{file, "enter", 4, fine},
          residual_fine_{file, "fine", fine},
          fold_{file, "fold", 4 * fine, coarse},
          residual_coarse_{{file, "coarse0", coarse}, {file, "coarse1", coarse}},
          norm_{file, "norm", coarse},
          leave_{file, "leave", coarse, 10},
          input_{4, fine_side},
          fine_active_{fine, fine_side},
          coarse_active_{coarse, coarse_side} {
        file.expect_end();
        for (MatrixXf* each : {&fine_, &fine_hidden_})
            each->setZero(fine, fine_side * (fine_side + 1));
        for (MatrixXf* each : {&coarse_, &coarse_hidden_})
            each->setZero(coarse, coarse_side * (coarse_side + 1));
        folded_.setZero(4 * fine, coarse_side * (coarse_side + 1));
    }

    static Index checked(const weights& file, std::size_t which) {
        file.require(weights::are_channels(file.numbers()[which]));
        return file.numbers()[which];
    }

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
