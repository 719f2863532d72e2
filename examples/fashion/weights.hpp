// The file of weights: named tensors in half precision, handed out in the order of the file.
#pragma once

#include <Eigen/Core>
#include <cstddef>
#include <filesystem>
#include <initializer_list>
#include <string>
#include <vector>

#include "reader.hpp"

namespace fashion {

class weights {
public:
    // `magic` says whose weights they are, and `numbers` how many numbers fix the network's shape.
    weights(const std::filesystem::path& path, const std::string& magic, const std::string& owner,
            std::size_t numbers);

    const std::vector<Eigen::Index>& numbers() const { return numbers_; }

    // Refuses numbers that no network has. The bounds keep a damaged file from asking for absurd
    // amounts of memory.
    void require(bool possible) const;
    static bool are_channels(Eigen::Index n) { return n >= 8 && n <= 1024 && n % 8 == 0; }
    static bool is_count(Eigen::Index n) { return n >= 1 && n <= 1024; }

    // The next tensor, which must have this name and these sizes, as a column-major matrix whose
    // rows are the last size.
    Eigen::MatrixXf next(const std::string& name, std::initializer_list<Eigen::Index> sizes);

    void expect_end() const;

private:
    float half(unsigned bits, const std::string& name) const;

    reader in_;
    std::vector<Eigen::Index> numbers_;
    std::size_t left_ = 0;
};

}  // namespace fashion
