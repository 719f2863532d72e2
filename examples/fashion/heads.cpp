#include "heads.hpp"

namespace fashion {

namespace {

Index checked(const weights& file) {
    file.require(weights::are_channels(file.numbers()[0]) && weights::is_count(file.numbers()[1]));
    return file.numbers()[0];
}

}  // namespace

head::head(weights& file, const std::string& name, Index channels, Index embedding, Index classes)
    : residual{file, name + ".block", channels, embedding, classes},
      norm{file, name + ".norm", channels},
      leave{file, name + ".leave", channels, 4} {}

variance_heads::variance_heads(const std::filesystem::path& path, Index classes)
    : variance_heads{weights{path, "FASHHEAD", "the heads of variance", 2}, classes} {}

variance_heads::variance_heads(weights&& file, Index classes)
    : variance_heads{file, checked(file), file.numbers()[1], classes} {}

variance_heads::variance_heads(weights& file, Index channels, Index embedding, Index classes)
    : heads_{{{file, "residual", channels, embedding, classes},
              {file, "square", channels, embedding, classes}}},
      active_{channels, side} {
    file.expect_end();
    for (MatrixXf* each : {&values_, &hidden_}) each->setZero(channels, side * (side + 1));
    output_.setZero(4, side * (side + 1));
}

void variance_heads::embed(const constant_matrix& embedding, moment which) {
    at(which).residual.embed(embedding);
}

const MatrixXf& variance_heads::operator()(const constant_matrix& x, Index label, moment which) {
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

}  // namespace fashion
