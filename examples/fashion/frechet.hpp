// The Frechet distance between two sets of pictures, by the Gaussians of their features.
#pragma once

#include <Eigen/Core>

namespace fashion {

// What is known of a set: of `count` columns of features the sum and the sum of products.
class feature_sums {
public:
    explicit feature_sums(Eigen::Index features);

    void add(const Eigen::Ref<const Eigen::MatrixXf>& features);

    Eigen::Index count() const { return count_; }
    Eigen::VectorXd mean() const;

    // Without bias, as the published distances take it.
    Eigen::MatrixXd covariance() const;

private:
    Eigen::Index count_ = 0;
    Eigen::VectorXd sum_;
    Eigen::MatrixXd products_;
};

// |m1 - m2|^2 + tr(C1 + C2 - 2 (C1 C2)^(1/2)): Frechet 1957, Dowson & Landau 1982; of features of
// pictures, Heusel et al. 2017.
double frechet_distance(const feature_sums& a, const feature_sums& b);

// The distance that there would be if there were as many pictures as in the reference. That of
// fewer is too large, by an amount that falls as one over their number (Chong & Forsyth 2020),
// which the halves of the set tell.
double frechet_distance(const Eigen::Ref<const Eigen::MatrixXf>& features,
                        const feature_sums& reference);

}  // namespace fashion
