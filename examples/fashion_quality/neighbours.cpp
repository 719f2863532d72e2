#include "neighbours.hpp"

#include <algorithm>
#include <array>
#include <limits>

namespace fashion {

namespace {

using Eigen::Index;
using Eigen::MatrixXf;
using Eigen::VectorXf;

constexpr Index part = 500;  // columns whose distances are computed at a time

// visit(first column, squared distances of these columns of b from all of a).
template <class Visit>
void for_each_part(const Eigen::Ref<const MatrixXf>& a, const Eigen::Ref<const MatrixXf>& b,
                   const Visit& visit) {
    const VectorXf squares = a.colwise().squaredNorm();
    for (Index first = 0; first < b.cols(); first += part) {
        const auto columns = b.middleCols(first, std::min(part, b.cols() - first));
        MatrixXf distances = -2.0F * (a.transpose() * columns);
        distances.colwise() += squares;
        distances.rowwise() += columns.colwise().squaredNorm();
        visit(first, distances);
    }
}

// The squared distance of each point from its third neighbour.
VectorXf radii_of(const Eigen::Ref<const MatrixXf>& set) {
    VectorXf radii(set.cols());
    for_each_part(set, set, [&](Index first, MatrixXf& distances) {
        for (Index i = 0; i < distances.cols(); ++i) {
            distances(first + i, i) = std::numeric_limits<float>::infinity();  // itself
            auto column = distances.col(i);
            std::nth_element(column.begin(), column.begin() + 2, column.end());
            radii(first + i) = column(2);
        }
    });
    return radii;
}

// The share of the points that lie among the set's.
double share_among(const Eigen::Ref<const MatrixXf>& points,
                   const Eigen::Ref<const MatrixXf>& set) {
    const VectorXf radii = radii_of(set);
    Index among = 0;
    for_each_part(set, points, [&](Index, const MatrixXf& distances) {
        for (Index i = 0; i < distances.cols(); ++i)
            among += (distances.col(i).array() <= radii.array()).any();
    });
    return static_cast<double>(among) / static_cast<double>(points.cols());
}

}  // namespace

reach reach_of(const Eigen::Ref<const MatrixXf>& pictures, const Eigen::Ref<const MatrixXf>& real) {
    return {share_among(pictures, real), share_among(real, pictures)};
}

}  // namespace fashion
