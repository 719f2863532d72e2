#include "attention.hpp"

#include <cmath>

namespace fashion {

attention::attention(weights& file, const std::string& name, Index channels, Index heads_,
                     Index side_)
    : norm{file, name + ".norm", channels},
      qkv{file, name + ".qkv", channels, 3 * channels},
      projection{file, name + ".projection", channels, channels},
      heads{heads_},
      side{side_},
      normed(channels, side * side),
      tokens(3 * channels, side * side),
      mixed(channels, side * side),
      scores(side * side, side * side) {}

void attention::operator()(matrix x) {
    norm.measure(x, side);
    for (Index y = 0; y < side; ++y)
        for (Index i = 0; i < side; ++i)
            normed.col(y * side + i) =
                x.col(y * (side + 1) + i).cwiseProduct(norm.gain) + norm.offset;
    qkv(normed, tokens);
    const Index channels = x.rows(), size = channels / heads;
    const float scale = 1.0F / std::sqrt(static_cast<float>(size));
    for (Index head = 0; head < heads; ++head) {
        const auto query = tokens.middleRows(head * size, size);
        const auto key = tokens.middleRows(channels + head * size, size);
        const auto value = tokens.middleRows(2 * channels + head * size, size);
        scores.noalias() = key.transpose() * query;
        for (Index j = 0; j < scores.cols(); ++j) {
            auto column = scores.col(j).array();
            column = (scale * (column - column.maxCoeff())).exp();
            column /= column.sum();
        }
        mixed.middleRows(head * size, size).noalias() = value * scores;
    }
    projection(mixed, normed);
    for (Index y = 0; y < side; ++y)
        x.middleCols(y * (side + 1), side) += normed.middleCols(y * side, side);
}

}  // namespace fashion
