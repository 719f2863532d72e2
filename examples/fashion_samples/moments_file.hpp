// The file of the network's moments, measured on the schedule of its training.
#pragma once

#include <cstddef>
#include <filesystem>
#include <fokker/moments.hpp>

#include "paths.hpp"

namespace fashion {

// One value a knot, or as many.
inline fokker::moments read_moments(const std::filesystem::path& file, std::size_t values = 1) {
    return fokker::load_moments(file.string(), trained_schedule(), values);
}

}  // namespace fashion
