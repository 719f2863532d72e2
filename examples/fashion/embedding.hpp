// What the network knows besides the picture: the label t and the class.
#pragma once

#include <Eigen/Core>

#include "layers.hpp"

namespace fashion {

struct embedding {
    embedding(weights& file, Index frequencies, Index size);

    Index size() const { return time.size(); }

    // A column for every class, together with t; also in `values`.
    const MatrixXf& operator()(double t);

    linear time1, time2;
    MatrixXf classes;
    VectorXf waves, hidden, time;
    MatrixXf values;
};

}  // namespace fashion
