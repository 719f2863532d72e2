#include "embedding.hpp"

#include <cmath>

namespace fashion {

embedding::embedding(weights& file, Index frequencies, Index size, Index classes)
    : time1{file, "time1", 2 * frequencies, size},
      time2{file, "time2", size, size},
      of_class(classes > 0 ? file.next("label.weight", {classes, size}) : MatrixXf::Zero(size, 1)),
      waves(2 * frequencies),
      hidden(size),
      time(size),
      values(size, of_class.cols()) {}

const MatrixXf& embedding::operator()(double t) {
    const Index count = waves.size() / 2;
    for (Index i = 0; i < count; ++i) {
        const double share = static_cast<double>(i) / static_cast<double>(count);
        const double angle = t * std::pow(10000.0, -share);
        waves[i] = static_cast<float>(std::cos(angle));
        waves[count + i] = static_cast<float>(std::sin(angle));
    }
    time1(waves, hidden);
    silu(hidden);
    time2(hidden, time);
    values = of_class.colwise() + time;
    silu(values);
    return values;
}

}  // namespace fashion
