#include "network.hpp"

#include <cmath>
#include <stdexcept>
#include <string>

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

void require(const constant_matrix& x, std::span<const int> classes, const constant_matrix& out) {
    if (x.rows() != unet::pixels || out.rows() != unet::pixels || out.cols() != x.cols())
        throw std::invalid_argument{"fashion::unet: pictures have 784 rows"};
    if (classes.size() != static_cast<std::size_t>(x.cols()))
        throw std::invalid_argument{"fashion::unet: one class a picture is needed"};
    for (const int label : classes)
        if (label < 0 || label > no_label)
            throw std::invalid_argument{"fashion::unet: classes are 0..9, or 10 for none"};
}

}  // namespace

unet::unet(const std::filesystem::path& path)
    : unet{weights{path, "FASHUNET", "the fashion network", architecture::numbers}} {}

unet::unet(const std::filesystem::path& path, const std::filesystem::path& heads) : unet{path} {
    heads_.emplace(heads, no_label + 1);
    if (heads_->channels() != fine_.rows() || heads_->embedding_size() != embedding_.size())
        throw std::runtime_error{heads.string() + ": these are the heads of another network"};
}

unet::unet(weights&& file) : unet{file, architecture{file}} {}

// The members read the file in the order of their declaration.
unet::unet(weights& file, const architecture& shape)
    : embedding_{file, shape.frequencies, shape.embedding},
      enter_{file, "enter", 4, shape.fine},
      down_{blocks(file, "down.", shape.down_blocks, shape.fine, shape.embedding)},
      fold_{file, "fold", 4 * shape.fine, shape.coarse},
      middle_{blocks(file, "middle.", shape.middle_blocks, shape.coarse, shape.embedding)},
      attention_{attentions(file, shape, coarse_side)},
      unfold_{file, "unfold", shape.coarse, 4 * shape.fine},
      merge_{file, "merge", 2 * shape.fine, shape.fine},
      up_{blocks(file, "up.", shape.up_blocks, shape.fine, shape.embedding)},
      norm_{file, "norm", shape.fine},
      leave_{file, "leave", shape.fine, 4},
      input_{4, fine_side},
      fine_active_{shape.fine, fine_side},
      coarse_active_{shape.coarse, coarse_side} {
    file.expect_end();
    for (MatrixXf* values : {&skip_, &fine_, &fine_hidden_})
        values->setZero(shape.fine, fine_side * (fine_side + 1));
    for (MatrixXf* values : {&coarse_, &coarse_hidden_})
        values->setZero(shape.coarse, coarse_side * (coarse_side + 1));
    for (MatrixXf* values : {&folded_, &unfolded_})
        values->setZero(4 * shape.fine, coarse_side * (coarse_side + 1));
    output_.setZero(4, fine_side * (fine_side + 1));
}

void unet::evaluate(const constant_matrix& x, double t, std::span<const int> classes, matrix out) {
    require(x, classes, out);
    const noise_level at = begin(t);
    for (Index i = 0; i < x.cols(); ++i) predict(x.col(i).data(), at, classes, i, out);
}

void unet::evaluate(const constant_matrix& x, double t, std::span<const int> classes, matrix out,
                    moment which, matrix second) {
    require(x, classes, out);
    require(x, classes, second);
    if (!heads_) throw std::logic_error{"fashion::unet: there are no heads; name their file"};
    if (out.data() == x.data() || second.data() == x.data())
        throw std::invalid_argument{"fashion::unet: with a second moment x is read to the end"};
    const noise_level at = begin(t);
    heads_->embed(embedding_.values, which);
    for (Index i = 0; i < x.cols(); ++i) {
        const float* in = x.col(i).data();
        predict(in, at, classes, i, out);
        const MatrixXf& value = (*heads_)(fine_, classes[static_cast<std::size_t>(i)], which);
        float* result = second.col(i).data();
        each_pixel(side, [&](Index pixel, Index channel, Index column) {
            // noise = a v + s x
            const float x_s = at.s * in[pixel], of_v = at.a * at.a * value(channel, column);
            result[pixel] = which == moment::residual_squared
                                ? of_v
                                : of_v + (2 * at.a * output_(channel, column) + x_s) * x_s;
        });
    }
}

unet::noise_level unet::begin(double t) {
    const MatrixXf& condition = embedding_(t);
    for (auto* part : {&down_, &middle_, &up_})
        for (block& each : *part) each.embed(condition);
    const double log_alpha_bar = schedule_.log_alpha_bar(t);
    return {static_cast<float>(std::exp(0.5 * log_alpha_bar)),
            static_cast<float>(std::sqrt(-std::expm1(log_alpha_bar)))};
}

// The body predicts the velocity v; the noise is a v + s x.
void unet::predict(const float* in, noise_level at, std::span<const int> classes, Index i,
                   matrix& out) {
    each_pixel(side, [&](Index pixel, Index channel, Index column) {
        input_.values(channel, 1 + column) = in[pixel];
    });
    body(classes[static_cast<std::size_t>(i)]);
    float* noise = out.col(i).data();
    each_pixel(side, [&](Index pixel, Index channel, Index column) {
        noise[pixel] = at.a * output_(channel, column) + at.s * in[pixel];
    });
}

void unet::body(Index label) {
    skip_.setZero();
    enter_.add_to(input_, skip_);
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
}

}  // namespace fashion
