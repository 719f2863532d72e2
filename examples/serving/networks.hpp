// The networks of this repository for a batch whose samples are at noise levels of their own.
#pragma once

#include <Eigen/Core>
#include <cstddef>
#include <filesystem>
#include <fokker/batching/label.hpp>
#include <span>
#include <vector>

#include "../fashion/network.hpp"
#include "../policy/network.hpp"
#include "../policy/task.hpp"

namespace serving {

using Eigen::Index;
using Eigen::MatrixXf;
using labels = std::span<const fokker::batch_label>;

// The policy's: a plan a column. The condition says which of the observations it is for.
class plans {
public:
    static constexpr Index elements = 2 * policy::actions;

    // Takes no memory in calls with at most so many plans.
    plans(const std::filesystem::path& weights, std::vector<policy::observation> seen, Index most)
        : layers_(policy::read_layers(weights)),
          seen_(std::move(seen)),
          input_(layers_.front().cols() - 1, most),
          hidden_(layers_.front().rows(), most),
          gated_(layers_.front().rows(), most) {}

    void operator()(const MatrixXf& x, labels of, MatrixXf& velocity) {
        const Index n = x.cols();
        for (Index i = 0; i < n; ++i) {
            const fokker::batch_label& label = of[static_cast<std::size_t>(i)];
            auto column = input_.col(i);
            column.head<elements>() = x.col(i);
            column.segment<policy::seen_numbers>(elements) =
                policy::numbers_of(seen_[static_cast<std::size_t>(label.condition)]);
            for (Index k = 0; k < policy::waves; ++k)
                column[column.size() - policy::waves + k] = policy::wave(label.time, k);
        }
        const auto added = [](const MatrixXf& layer) { return layer.col(layer.cols() - 1); };
        const auto matrix = [](const MatrixXf& layer) { return layer.leftCols(layer.cols() - 1); };
        auto hidden = hidden_.leftCols(n), gated = gated_.leftCols(n);
        hidden.colwise() = added(layers_.front());
        hidden.noalias() += matrix(layers_.front()) * input_.leftCols(n);
        for (std::size_t i = 1; i < layers_.size(); ++i) {
            gated = hidden.array() / (1 + (-hidden.array()).exp());
            if (i + 1 == layers_.size()) break;
            hidden.colwise() += added(layers_[i]);
            hidden.noalias() += matrix(layers_[i]) * gated;
        }
        velocity.colwise() = added(layers_.back());
        velocity.noalias() += matrix(layers_.back()) * gated;
    }

private:
    std::vector<MatrixXf> layers_;
    std::vector<policy::observation> seen_;
    MatrixXf input_, hidden_, gated_;
};

// That of garments: a picture a column. The condition is the class.
class garments {
public:
    static constexpr Index elements = fashion::unet::pixels;

    explicit garments(const std::filesystem::path& weights) : network_(weights) {}

    void operator()(const MatrixXf& x, labels of, MatrixXf& noise) {
        for (Index i = 0; i < x.cols(); ++i) {
            const fokker::batch_label& label = of[static_cast<std::size_t>(i)];
            const int kind = static_cast<int>(label.condition % 10);
            network_.evaluate(x.middleCols(i, 1), label.time, std::span(&kind, 1),
                              noise.middleCols(i, 1));
        }
    }

private:
    fashion::unet network_;
};

}  // namespace serving
