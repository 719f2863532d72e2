// What was measured so far, on disk: a file of numbers for each cell, which only grows, so that an
// interrupted study loses nothing but the part under way.
#pragma once

#include <Eigen/Core>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace fashion {

// One process at a time has the lock of a folder. Throws std::runtime_error where another one has
// it, or where the folder cannot be written to.
class folder_lock {
public:
    explicit folder_lock(const std::filesystem::path& folder);
    folder_lock(const folder_lock&) = delete;
    folder_lock& operator=(const folder_lock&) = delete;
    ~folder_lock();

private:
    int file_;
};

class store {
public:
    // `made_with` are the files on which every number depends. Throws std::runtime_error on a
    // folder whose numbers were made with others. A folder is read without a lock, so that a study
    // of days can be looked at.
    store(std::filesystem::path folder, std::span<const std::filesystem::path> made_with);

    // Keeps other writers out, as `append` does, but before the work, and removes what those left
    // unfinished that ended in the middle. Throws std::runtime_error where another study is at
    // work.
    void lock() const;

    // All complete columns of so many rows.
    Eigen::MatrixXf read(const std::string& name, Eigen::Index rows) const;

    // How many columns there are.
    Eigen::Index columns(const std::string& name, Eigen::Index rows) const;

    // What there is, by name. There may be names that no study made.
    std::vector<std::string> names() const;

    // Adds columns from this one on, and drops what an interruption left of an incomplete one.
    // Throws std::runtime_error where another study is at work or has added some, and where they
    // cannot be written: then none of them is there.
    void append(const std::string& name, Eigen::Index first, const Eigen::MatrixXf& columns) const;

private:
    std::filesystem::path file(const std::string& name) const { return folder_ / (name + ".f32"); }

    std::filesystem::path folder_;
    mutable std::optional<folder_lock> lock_;
};

}  // namespace fashion
