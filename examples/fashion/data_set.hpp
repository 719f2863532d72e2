// The pictures of Fashion-MNIST, from the gzipped files of the data set.
#pragma once

#include <Eigen/Core>
#include <filesystem>
#include <string>
#include <vector>

namespace fashion {

struct data_set {
    Eigen::MatrixXf pictures;  // a picture a column, pixels row after row in [-1, 1]
    std::vector<int> classes;  // 0..9
};

inline constexpr int training_pictures = 60000, test_pictures = 10000;

// The first pictures of a set, which is called train or t10k.
data_set read_data_set(const std::filesystem::path& folder, const std::string& name, int count);

}  // namespace fashion
