// What the network knows besides the picture: the label t and the class.
#pragma once

#include <Eigen/Core>

#include "layers.hpp"

namespace fashion {

struct embedding {
    // With 0 classes it knows t alone.
    embedding(weights& file, Index frequencies, Index size, Index classes);

    Index size() const { return time.size(); }

    // A column for every class, together with t, or one; also in `values`.
    const MatrixXf& operator()(double t);

    linear time1, time2;
    MatrixXf of_class;
    VectorXf waves, hidden, time;
    MatrixXf values;
};

}  // namespace fashion
