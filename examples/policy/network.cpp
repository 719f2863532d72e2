#include "network.hpp"

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <fstream>
#include <numbers>
#include <stdexcept>

namespace policy {

namespace {

constexpr Eigen::Index labels = 100, width = 2 * actions + seen_numbers + waves;

}  // namespace

std::vector<Eigen::MatrixXf> read_layers(const std::filesystem::path& file) {
    std::vector<Eigen::MatrixXf> layers;
    std::ifstream in(file, std::ios::binary);
    std::int32_t count = 0, size[2] = {};
    in.read(reinterpret_cast<char*>(&count), sizeof count);
    for (int i = 0; in && i < count; ++i) {
        in.read(reinterpret_cast<char*>(size), sizeof size);
        if (!in || size[0] < 1 || size[1] < 2 || size[0] > 4096 || size[1] > 4096) break;
        Eigen::Matrix<Eigen::half, -1, -1> layer(size[0], size[1]);
        in.read(reinterpret_cast<char*>(layer.data()),
                static_cast<std::streamsize>(sizeof(Eigen::half)) * layer.size());
        layers.push_back(layer.cast<float>());
    }
    bool fits = in && layers.size() > 1 && static_cast<std::size_t>(count) == layers.size() &&
                layers.front().cols() == width + 1 && layers.back().rows() == 2 * actions;
    for (std::size_t i = 1; fits && i < layers.size(); ++i)
        fits = layers[i].cols() == layers.front().rows() + 1;
    for (std::size_t i = 1; fits && i + 1 < layers.size(); ++i)
        fits = layers[i].rows() == layers.front().rows();
    if (!fits) throw std::runtime_error(file.string() + " holds no weights of the policy");
    return layers;
}

Eigen::Array<float, seen_numbers, 1> numbers_of(const observation& seen) {
    Eigen::Array<float, seen_numbers, 1> numbers;
    numbers << seen.place.cast<float>().array(), (seen.velocity / fastest).cast<float>().array(),
        static_cast<float>(seen.disc), static_cast<float>(seen.goal);
    return numbers;
}

float wave(double label, Eigen::Index i) {
    return static_cast<float>(std::cos(label * std::numbers::pi / labels * static_cast<double>(i)));
}

network::network(const std::filesystem::path& weights)
    : layers_(read_layers(weights)),
      seen_(decltype(seen_)::Zero()),
      input_(width),
      hidden_(layers_.front().rows()),
      gated_(layers_.front().rows()) {}

void network::observe(const observation& seen) { seen_ = numbers_of(seen); }

void network::operator()(const plan& x, double label, plan& v) {
    input_.head<2 * actions>() = x;
    input_.segment<seen_numbers>(2 * actions) = seen_;
    for (Eigen::Index i = 0; i < waves; ++i) input_[width - waves + i] = wave(label, i);
    const auto open = [&] { gated_ = hidden_.array() / (1 + (-hidden_.array()).exp()); };
    const auto begin = [](const Eigen::MatrixXf& layer) { return layer.col(layer.cols() - 1); };
    const auto matrix = [](const Eigen::MatrixXf& layer) {
        return layer.leftCols(layer.cols() - 1);
    };
    hidden_ = begin(layers_.front());
    hidden_.noalias() += matrix(layers_.front()) * input_;
    for (std::size_t i = 1; i + 1 < layers_.size(); ++i) {
        open();
        hidden_ += begin(layers_[i]);
        hidden_.noalias() += matrix(layers_[i]) * gated_;
    }
    open();
    v = begin(layers_.back());
    v.matrix().noalias() += matrix(layers_.back()) * gated_;
}

}  // namespace policy
