// Pictures side by side, as a PNG file.
#pragma once

#include <Eigen/Core>
#include <filesystem>

namespace fashion {

// Makes the folder of the file if there is none. Throws std::invalid_argument if the file cannot be
// written: to be asked before the work, not after it.
void require_writable(const std::filesystem::path& file);

// Writes pictures (784 x n, in [-1, 1], row after row) with `columns` of them side by side, each
// pixel three by three. Throws std::runtime_error if that fails.
void write_sheet(const Eigen::MatrixXf& pictures, Eigen::Index columns,
                 const std::filesystem::path& file);

}  // namespace fashion
