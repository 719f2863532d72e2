// Which of two sets of pictures reach into each other, by the neighbours of their features.
#pragma once

#include <Eigen/Core>

namespace fashion {

// Precision: the share of the pictures that lie among real ones. Recall: the share of the real ones
// among which pictures lie. A point lies among a set if one of the set's points has it nearer than
// its third neighbour in the set: Kynkaanniemi et al. 2019. Blurred pictures lose recall, and wrong
// ones precision.
struct reach {
    double precision = 0, recall = 0;
};

// Of as many pictures of each set, a column each.
reach reach_of(const Eigen::Ref<const Eigen::MatrixXf>& pictures,
               const Eigen::Ref<const Eigen::MatrixXf>& real);

}  // namespace fashion
