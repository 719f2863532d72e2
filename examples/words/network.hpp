// The network: how likely each letter is at each place of a word of which some letters are masked.
#pragma once

#include <Eigen/Core>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "../fashion/layers.hpp"
#include "../fashion/weights.hpp"
#include "letters.hpp"

namespace words {

using Eigen::Index;

// x / sqrt(mean of its squares), times a weight for each channel.
struct scale_norm {
    scale_norm(fashion::weights& file, const std::string& name, Index width);

    void operator()(const fashion::constant_matrix& x, fashion::matrix out) const;

    Eigen::VectorXf weight;
};

// Attention, then two layers, each added to what it sees.
struct block {
    block(fashion::weights& file, const std::string& name, Index width, Index hidden);

    scale_norm before_attention, before_layers;
    fashion::linear qkv, mix, up, down;
};

// A bidirectional transformer. It uses work space inside the object, so threads need a copy each.
class network {
public:
    explicit network(const std::filesystem::path& file);

    // Logits of the clean class: a column for each place, word after word. What a word gets does
    // not depend on the others.
    void evaluate(const Eigen::Ref<const states>& x, Eigen::Ref<Eigen::ArrayXXf> logits);

private:
    static constexpr Index words_at_once = 16;

    void evaluate_part(const Eigen::Ref<const states>& x, Eigen::Ref<Eigen::ArrayXXf> logits);
    void attend(Index words);

    Index heads_ = 0;
    Eigen::MatrixXf letters_, places_;
    std::vector<block> blocks_;
    std::vector<scale_norm> norm_;      // one; known only after the blocks' sizes
    std::vector<fashion::linear> out_;  // likewise
    Eigen::MatrixXf h_, normed_, tokens_, mixed_, hidden_;
    Eigen::Matrix<float, places, places> scores_;
};

// The network for a walk. It is not told the time, so of a word that has not changed since the last
// call the logits are still right: walks of many steps cost no more calls than letters.
class remembering_network {
public:
    explicit remembering_network(const network& n) : network_(n) {}

    // At these places of every word there is a letter, not the word's end.
    void only_letters(std::vector<Index> at) { only_letters_ = std::move(at); }

    const Eigen::ArrayXXf& operator()(const states& x, double);

    // How many words the network has seen.
    std::int64_t evaluations() const { return evaluations_; }

private:
    network network_;
    std::vector<Index> only_letters_;
    states seen_, changed_;
    std::vector<Index> which_;
    Eigen::ArrayXXf logits_, part_;
    std::int64_t evaluations_ = 0;
};

}  // namespace words
