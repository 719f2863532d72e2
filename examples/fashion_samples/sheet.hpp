// Pictures side by side, as a PNG file.
#pragma once

#include <Eigen/Core>
#include <filesystem>

namespace fashion {

// Writes pictures (784 x n, in [-1, 1], row after row) with `columns` of them side by side, each
// pixel three by three. Throws std::runtime_error if that fails.
void write_sheet(const Eigen::MatrixXf& pictures, Eigen::Index columns,
                 const std::filesystem::path& file);

}  // namespace fashion
