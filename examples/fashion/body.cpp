#include "body.hpp"

#include <string>

#include "labels.hpp"

namespace fashion {

namespace {

std::vector<block> blocks(weights& file, const std::string& name, Index count, Index channels,
                          Index embedding) {
    std::vector<block> result;
    for (Index i = 0; i < count; ++i)
        result.emplace_back(file, name + std::to_string(i), channels, embedding, no_label + 1);
    return result;
}

std::vector<attention> attentions(weights& file, const architecture& shape, Index side) {
    std::vector<attention> result;
    for (Index i = 0; i < shape.attentions; ++i)
        result.emplace_back(file, "attention." + std::to_string(i), shape.coarse, shape.heads,
                            side);
    return result;
}

}  // namespace

// The members read the file in the order of their declaration.
unet_body::unet_body(weights& file, const architecture& shape, Index inputs, Index outputs)
    : input{inputs, fine_side},
      embedding_{file, shape.frequencies, shape.embedding, no_label + 1},
      enter_{file, "enter", inputs, shape.fine},
      down_{blocks(file, "down.", shape.down_blocks, shape.fine, shape.embedding)},
      fold_{file, "fold", 4 * shape.fine, shape.coarse},
      middle_{blocks(file, "middle.", shape.middle_blocks, shape.coarse, shape.embedding)},
      attention_{attentions(file, shape, coarse_side)},
      unfold_{file, "unfold", shape.coarse, 4 * shape.fine},
      merge_{file, "merge", 2 * shape.fine, shape.fine},
      up_{blocks(file, "up.", shape.up_blocks, shape.fine, shape.embedding)},
      norm_{file, "norm", shape.fine},
      leave_{file, "leave", shape.fine, outputs},
      fine_active_{shape.fine, fine_side},
      coarse_active_{shape.coarse, coarse_side} {
    for (MatrixXf* values : {&skip_, &fine_, &fine_hidden_})
        values->setZero(shape.fine, fine_side * (fine_side + 1));
    for (MatrixXf* values : {&coarse_, &coarse_hidden_})
        values->setZero(shape.coarse, coarse_side * (coarse_side + 1));
    for (MatrixXf* values : {&folded_, &unfolded_})
        values->setZero(4 * shape.fine, coarse_side * (coarse_side + 1));
    output_.setZero(outputs, fine_side * (fine_side + 1));
}

void unet_body::begin(double t) {
    const MatrixXf& condition = embedding_(t);
    for (auto* part : {&down_, &middle_, &up_})
        for (block& each : *part) each.embed(condition);
}

const MatrixXf& unet_body::operator()(Index label) {
    skip_.setZero();
    enter_.add_to(input, skip_);
    for (block& each : down_) each(skip_, label, fine_active_, fine_hidden_);
    fold(skip_, fine_side, folded_);
    fold_(folded_, coarse_);
    for (std::size_t i = 0; i < middle_.size(); ++i) {
        middle_[i](coarse_, label, coarse_active_, coarse_hidden_);
        if (i < attention_.size()) attention_[i](coarse_);
    }
    unfold_(coarse_, unfolded_);
    unfold(unfolded_, fine_side, fine_hidden_);
    const Index channels = fine_.rows();
    fine_.colwise() = merge_.bias;
    add_product(merge_.weight.leftCols(channels), fine_hidden_, fine_);
    add_product(merge_.weight.rightCols(channels), skip_, fine_);
    for (block& each : up_) each(fine_, label, fine_active_, fine_hidden_);
    norm_.measure(fine_, fine_side);
    activate(fine_, norm_, fine_active_);
    output_.setZero();
    leave_.add_to(fine_active_, output_);
    return output_;
}

}  // namespace fashion
