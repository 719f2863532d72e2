#include "noisy_classifier.hpp"

#include <cmath>
#include <stdexcept>
#include <utility>

namespace fashion {

namespace {

Index channels(weights& file, std::size_t which) {
    file.require(weights::are_channels(file.numbers()[which]));
    return file.numbers()[which];
}

Index counted(weights& file, std::size_t which) {
    file.require(weights::is_count(file.numbers()[which]));
    return file.numbers()[which];
}

differentiable_block residual(weights& file, const char* name, Index channels, Index embedding,
                              Index side) {
    return {block{file, name, channels, embedding, 1}, channels, side};
}

std::vector<differentiable_block> two_residuals(weights& file, Index channels, Index embedding,
                                                Index side) {
    std::vector<differentiable_block> result;
    for (const char* name : {"coarse0", "coarse1"})
        result.push_back(residual(file, name, channels, embedding, side));
    return result;
}

}  // namespace

noisy_classifier::noisy_classifier(const std::filesystem::path& path)
    : noisy_classifier{weights{path, "FASHNOIS", "the classifier of noisy pictures", 4}} {}

noisy_classifier::noisy_classifier(weights&& file)
    : noisy_classifier{file, channels(file, 0), channels(file, 1), counted(file, 2),
                       counted(file, 3)} {}

// The members read the file in the order of their declaration.
noisy_classifier::noisy_classifier(weights& file, Index fine, Index coarse, Index embedding_size,
                                   Index frequencies)
    : embedding_{file, frequencies, embedding_size, 0},
      enter_{file, "enter", 4, fine},
      enter_back_{transposed(enter_)},
      residual_fine_{residual(file, "fine", fine, embedding_size, fine_side)},
      fold_{file, "fold", 4 * fine, coarse},
      residual_coarse_{two_residuals(file, coarse, embedding_size, coarse_side)},
      norm_{file, "norm", coarse},
      leave_{file, "leave", coarse, classes},
      input_{4, fine_side},
      fine_active_{fine, fine_side},
      coarse_active_{coarse, coarse_side},
      features_(coarse),
      log_p_(classes),
      share_(classes) {
    file.expect_end();
    for (MatrixXf* each : {&fine_, &fine_scratch_})
        each->setZero(fine, fine_side * (fine_side + 1));
    for (MatrixXf* each : {&coarse_, &coarse_gradient_, &coarse_scratch_})
        each->setZero(coarse, coarse_side * (coarse_side + 1));
    folded_.setZero(4 * fine, coarse_side * (coarse_side + 1));
    entered_.setZero(4, fine_side * (fine_side + 1));
}

void noisy_classifier::begin(double t) {
    const MatrixXf& condition = embedding_(t);
    residual_fine_.layers.embed(condition);
    for (differentiable_block& each : residual_coarse_) each.layers.embed(condition);
}

void noisy_classifier::read(const float* in) {
    each_pixel(side, [&](Index pixel, Index channel, Index column) {
        input_.values(channel, 1 + column) = in[pixel];
    });
    fine_.setZero();
    enter_.add_to(input_, fine_);
    residual_fine_.forward(fine_, fine_active_);
    fold(fine_, fine_side, folded_);
    fold_(folded_, coarse_);
    for (differentiable_block& each : residual_coarse_) each.forward(coarse_, coarse_active_);
    norm_.measure(coarse_, coarse_side);
    activate(coarse_, norm_, coarse_active_);
    features_ = coarse_active_.values.rowwise().sum() / (coarse_side * coarse_side);
    leave_(features_, log_p_);
    log_p_.array() -= log_p_.maxCoeff();
    log_p_.array() -= std::log(log_p_.array().exp().sum());
}

void noisy_classifier::log_probabilities(const constant_matrix& x, double t, matrix out) {
    if (x.rows() != pixels || out.rows() != classes || out.cols() != x.cols())
        throw std::invalid_argument{"fashion::noisy_classifier: 784 rows in, ten rows out"};
    begin(t);
    for (Index i = 0; i < x.cols(); ++i) {
        read(x.col(i).data());
        out.col(i) = log_p_;
    }
}

void noisy_classifier::gradient(const constant_matrix& x, double t, std::span<const int> wanted,
                                matrix out) {
    if (x.rows() != pixels || out.rows() != pixels || out.cols() != x.cols() ||
        static_cast<Index>(wanted.size()) != x.cols())
        throw std::invalid_argument{
            "fashion::noisy_classifier: 784 rows in and out, and a class for each picture"};
    begin(t);
    for (Index i = 0; i < x.cols(); ++i) {
        const int y = wanted[static_cast<std::size_t>(i)];
        if (y < 0 || y >= classes)
            throw std::invalid_argument{"fashion::noisy_classifier: the classes are 0 .. 9"};
        read(x.col(i).data());
        share_ = -log_p_.array().exp();
        share_[y] += 1;
        features_.noalias() = leave_.weight.transpose() * share_;
        coarse_gradient_.colwise() = features_ / (coarse_side * coarse_side);
        activate_backward(coarse_, norm_, coarse_side, coarse_gradient_);
        for (auto each = residual_coarse_.rbegin(); each != residual_coarse_.rend(); ++each)
            each->backward(coarse_gradient_, coarse_active_, coarse_scratch_);
        folded_.setZero();
        add_product(fold_.weight.transpose(), coarse_gradient_, folded_);
        unfold(folded_, fine_side, fine_);
        residual_fine_.backward(fine_, fine_active_, fine_scratch_);
        pad(fine_, fine_active_);
        entered_.setZero();
        enter_back_.add_to(fine_active_, entered_);
        each_pixel(side, [&](Index pixel, Index channel, Index column) {
            out(pixel, i) = entered_(channel, column);
        });
    }
}

}  // namespace fashion
