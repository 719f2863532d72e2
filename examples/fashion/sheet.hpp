// Pictures side by side, with names, as PNG files.
#pragma once

#include <Eigen/Core>
#include <filesystem>
#include <vector>

#include "sheet_layout.hpp"

namespace fashion {

// Writes square pictures (784 x n, or another square's size, in [-1, 1], row after row), block by
// block, as lay_out_sheet lays them.
// What does not fit on one sheet goes to further ones: beside "a.png" they are "a-2.png" and so on.
// Returns the files. Throws std::runtime_error if that fails.
std::vector<std::filesystem::path> write_sheets(const Eigen::MatrixXf& pictures,
                                                const std::vector<sheet_block>& blocks,
                                                Eigen::Index columns,
                                                const std::filesystem::path& file);

}  // namespace fashion
