#include "network.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace words {

scale_norm::scale_norm(fashion::weights& file, const std::string& name, Index width)
    : weight{file.next(name, {width})} {}

void scale_norm::operator()(const fashion::constant_matrix& x, fashion::matrix out) const {
    for (Index i = 0; i < x.cols(); ++i) {
        const float mean = x.col(i).squaredNorm() / static_cast<float>(x.rows());
        out.col(i) = x.col(i).cwiseProduct(weight) / std::sqrt(mean + 1e-5F);
    }
}

block::block(fashion::weights& file, const std::string& name, Index width, Index hidden)
    : before_attention{file, name + ".norm1", width},
      before_layers{file, name + ".norm2", width},
      qkv{file, name + ".qkv", width, 3 * width},
      mix{file, name + ".mix", width, width},
      up{file, name + ".up", width, hidden},
      down{file, name + ".down", hidden, width} {}

network::network(const std::filesystem::path& path) {
    fashion::weights file(path, "WORDSNET", "the network of words", 4);
    const Index width = file.numbers()[0], hidden = file.numbers()[2], blocks = file.numbers()[3];
    heads_ = file.numbers()[1];
    file.require(fashion::weights::are_channels(width) && fashion::weights::are_channels(hidden) &&
                 heads_ >= 1 && width % heads_ == 0 && fashion::weights::is_count(blocks));
    letters_ = file.next("letters", {classes + 1, width});
    places_ = file.next("places", {places, width});
    norm_.emplace_back(file, "norm", width);
    for (Index i = 0; i < blocks; ++i)
        blocks_.emplace_back(file, "blocks." + std::to_string(i), width, hidden);
    out_.emplace_back(file, "out", width, classes);
    file.expect_end();

    const Index columns = places * words_at_once;
    h_.resize(width, columns);
    normed_.resize(width, columns);
    tokens_.resize(3 * width, columns);
    mixed_.resize(width, columns);
    hidden_.resize(hidden, columns);
}

void network::evaluate(const Eigen::Ref<const states>& x, Eigen::Ref<Eigen::ArrayXXf> logits) {
    for (Index first = 0; first < x.cols(); first += words_at_once) {
        const Index count = std::min(words_at_once, x.cols() - first);
        evaluate_part(x.middleCols(first, count),
                      logits.middleCols(places * first, places * count));
    }
}

// Of tokens_, to mixed_.
void network::attend(Index words) {
    const Index width = h_.rows(), size = width / heads_;
    const float scale = 1.0F / std::sqrt(static_cast<float>(size));
    for (Index n = 0; n < words; ++n)
        for (Index head = 0; head < heads_; ++head) {
            const auto part = [&](Index which) {
                return tokens_.block<Eigen::Dynamic, places>(which * width + head * size,
                                                             n * places, size, places);
            };
            scores_.noalias() = part(1).transpose().lazyProduct(part(0));  // key, query
            for (Index j = 0; j < places; ++j) {
                auto column = scores_.col(j).array();
                column = (scale * (column - column.maxCoeff())).exp();
                column /= column.sum();
            }
            mixed_.block<Eigen::Dynamic, places>(head * size, n * places, size, places).noalias() =
                part(2).lazyProduct(scores_);
        }
}

void network::evaluate_part(const Eigen::Ref<const states>& x, Eigen::Ref<Eigen::ArrayXXf> logits) {
    const Index count = places * x.cols();
    auto h = h_.leftCols(count), normed = normed_.leftCols(count), tokens = tokens_.leftCols(count),
         mixed = mixed_.leftCols(count), hidden = hidden_.leftCols(count);
    for (Index n = 0, i = 0; n < x.cols(); ++n)
        for (Index p = 0; p < places; ++p, ++i) h.col(i) = letters_.col(x(p, n)) + places_.col(p);
    for (const block& each : blocks_) {
        each.before_attention(h, normed);
        each.qkv(normed, tokens);
        attend(x.cols());
        each.mix(mixed, normed);
        h += normed;
        each.before_layers(h, normed);
        each.up(normed, hidden);
        hidden = hidden.cwiseMax(0.0F).cwiseAbs2();
        each.down(hidden, normed);
        h += normed;
    }
    norm_.front()(h, normed);
    out_.front()(normed, logits.matrix());
}

const Eigen::ArrayXXf& remembering_network::operator()(const states& x, double) {
    const bool is_new = seen_.cols() != x.cols();
    if (is_new) {
        seen_ = states::Constant(places, x.cols(), -1);
        logits_.resize(classes, places * x.cols());
        changed_.resize(places, x.cols());
        part_.resize(classes, places * x.cols());
    }
    which_.clear();
    for (Index n = 0; n < x.cols(); ++n)
        if ((x.col(n) != seen_.col(n)).any()) {
            changed_.col(static_cast<Index>(which_.size())) = x.col(n);
            which_.push_back(n);
        }
    const auto count = static_cast<Index>(which_.size());
    network_.evaluate(changed_.leftCols(count), part_.leftCols(places * count));
    for (Index i = 0; i < count; ++i) {
        const Index n = which_[static_cast<std::size_t>(i)];
        seen_.col(n) = changed_.col(i);
        logits_.middleCols(places * n, places) = part_.middleCols(places * i, places);
        for (const Index p : only_letters_)
            logits_(end, places * n + p) = -std::numeric_limits<float>::infinity();
    }
    evaluations_ += count;
    return logits_;
}

}  // namespace words
