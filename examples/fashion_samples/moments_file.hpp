// The file of the network's moments, measured on the schedule of its training.
#pragma once

#include <filesystem>
#include <fokker/moments.hpp>

#include "paths.hpp"

namespace fashion {

inline fokker::moments read_moments(const std::filesystem::path& file) {
    return fokker::load_moments(file.string(), trained_schedule());
}

}  // namespace fashion
