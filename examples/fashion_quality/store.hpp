// What was measured so far, on disk: a file of numbers for each cell, which only grows, so that an
// interrupted study loses nothing but the part under way.
#pragma once

#include <Eigen/Core>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

namespace fashion {

class store {
public:
    // `made_with` are the files on which every number depends. Throws std::runtime_error on a
    // folder whose numbers were made with others.
    store(std::filesystem::path folder, std::span<const std::filesystem::path> made_with);

    // All complete columns of so many rows.
    Eigen::MatrixXf read(const std::string& name, Eigen::Index rows) const;

    // How many columns there are.
    Eigen::Index columns(const std::string& name, Eigen::Index rows) const;

    // What there is, by name.
    std::vector<std::string> names() const;

    // Adds columns from this one on, and drops what an interruption left of an incomplete one.
    // Throws std::runtime_error where another study has added some.
    void append(const std::string& name, Eigen::Index first, const Eigen::MatrixXf& columns) const;

private:
    std::filesystem::path file(const std::string& name) const { return folder_ / (name + ".f32"); }

    std::filesystem::path folder_;
};

}  // namespace fashion
