// Whether a file can be written, which is better known before the work than after it.
#pragma once

#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <system_error>

namespace fashion {

// Makes the folder, if there is none. Throws std::invalid_argument if the file cannot be written.
inline void require_writable(const std::filesystem::path& file) {
    std::error_code problem;
    if (file.has_parent_path()) std::filesystem::create_directories(file.parent_path(), problem);
    if (problem || !std::ofstream(file, std::ios::app))
        throw std::invalid_argument("--out: cannot write to " + file.string());
}

}  // namespace fashion
