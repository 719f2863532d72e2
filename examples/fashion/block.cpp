#include "block.hpp"

#include <utility>

namespace fashion {

block::block(weights& file, const std::string& name, Index channels, Index embedding, Index classes)
    : norm1{file, name + ".norm1", channels},
      conv1{file, name + ".conv1", channels, channels},
      modulation{std::in_place, file, name + ".modulation", embedding, 2 * channels},
      norm2{file, name + ".norm2", channels},
      conv2{file, name + ".conv2", channels, channels},
      modulations(2 * channels, classes) {}

block::block(weights& file, const std::string& name, Index channels)
    : norm1{file, name + ".norm1", channels},
      conv1{file, name + ".conv1", channels, channels},
      norm2{file, name + ".norm2", channels},
      conv2{file, name + ".conv2", channels, channels},
      modulations{MatrixXf::Zero(2 * channels, 1)} {}

void block::embed(const constant_matrix& embedding) { (*modulation)(embedding, modulations); }

void block::operator()(matrix x, Index label, padded& active, matrix hidden) {
    norm1.measure(x, active.side);
    activate(x, norm1, active);
    hidden.setZero();
    conv1.add_to(active, hidden);
    norm2.measure(hidden, active.side);
    const auto scale = 1.0F + modulations.col(label).head(x.rows()).array();
    norm2.gain.array() *= scale;
    norm2.offset.array() *= scale;
    norm2.offset += modulations.col(label).tail(x.rows());
    activate(hidden, norm2, active);
    conv2.add_to(active, x);
}

}  // namespace fashion
