// What all pictures of a folder are together.
#pragma once

#include <Eigen/Core>
#include <cstdint>
#include <optional>

#include "../fashion/classifier.hpp"
#include "../fashion/data_set.hpp"
#include "shard_store.hpp"

namespace fashion {

struct statistics {
    std::uint64_t pictures = 0, recognised = 0;  // by the classifier, as what was asked for
    Eigen::VectorXd mean;                        // of the features
    Eigen::MatrixXd covariance;
    std::optional<double> frechet_distance;  // from these real pictures
    Eigen::Index real_pictures = 0;
};

// In the order of the shards, by one process: the bits do not depend on who drew what. Throws
// std::runtime_error, naming it, on a shard that is not there whole. `real`: may have no pictures.
statistics gather(const shard_store& kept, classifier measure, const data_set& real);

// Writes statistics.json, mean.npy and covariance.npy into the folder.
void write(const statistics& all, const shard_store& kept);

}  // namespace fashion
