#include "classifier.hpp"

#include <stdexcept>

namespace fashion {

namespace {

Index checked(const weights& file, std::size_t which) {
    file.require(weights::are_channels(file.numbers()[which]));
    return file.numbers()[which];
}

}  // namespace

classifier::classifier(const std::filesystem::path& path)
    : classifier{weights{path, "FASHCLAS", "the classifier", 2}} {}

classifier::classifier(weights&& file) : classifier{file, checked(file, 0), checked(file, 1)} {}

// The members read the file in the order of their declaration.
classifier::classifier(weights& file, Index fine, Index coarse)
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
    for (MatrixXf* each : {&fine_, &fine_hidden_}) each->setZero(fine, fine_side * (fine_side + 1));
    for (MatrixXf* each : {&coarse_, &coarse_hidden_})
        each->setZero(coarse, coarse_side * (coarse_side + 1));
    folded_.setZero(4 * fine, coarse_side * (coarse_side + 1));
}

void classifier::measure(const constant_matrix& x, matrix out) {
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

int classifier::classify(const Eigen::Ref<const VectorXf>& measured) const {
    Index best = 0;
    (leave_.weight * measured + leave_.bias).maxCoeff(&best);
    return static_cast<int>(best);
}

}  // namespace fashion
