// What the network knows besides the picture: the label t and the class.
#pragma once

#include <Eigen/Core>
#include <cmath>

#include "labels.hpp"
#include "layers.hpp"

namespace fashion {

struct embedding {
    embedding(weights& file, Index frequencies, Index size)
        : time1{file, "time1", 2 * frequencies, size},
          time2{file, "time2", size, size},
          classes{file.next("label.weight", {no_label + 1, size})},
          waves(2 * frequencies),
          hidden(size),
          time(size),
          values(size, no_label + 1) {}

    Index size() const { return time.size(); }

    // A column for every class, together with t; also in `values`.
    const MatrixXf& operator()(double t) {
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
        values = classes.colwise() + time;
        silu(values);
        return values;
    }

    linear time1, time2;
    MatrixXf classes;
    VectorXf waves, hidden, time;
    MatrixXf values;
};

}  // namespace fashion
