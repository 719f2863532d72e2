// The file of a shard: .npy, an array of records, which numpy.load reads as it is.
#pragma once

#include <Eigen/Core>
#include <cstdint>
#include <fokker/shard.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace fashion {

// Pictures with what the classifier measures in them, a picture a column.
struct drawn_pictures {
    std::vector<int> classes;
    Eigen::MatrixXf pictures, features;
};

// A record holds the number of the picture among all, its class, its pixels and features, and a
// checksum of these and of the seal.
std::string to_npy(const drawn_pictures& drawn, fokker::shard which, std::uint64_t seal);

// Nothing if the file is cut short, damaged, of other pictures, or of another seal.
std::optional<drawn_pictures> from_npy(std::string_view bytes, fokker::shard which,
                                       std::uint64_t seal);

// Of a whole file.
std::uint64_t npy_size(fokker::shard which);

// A matrix of doubles as .npy.
std::string to_npy(const Eigen::MatrixXd& values);

}  // namespace fashion
