// What the options ask for: classes, the solver's settings, the grid.
#pragma once

#include <fokker/fokker.hpp>
#include <vector>

#include "options.hpp"
#include "samplers.hpp"

namespace fashion {

// The pictures of one sampler: one class, or the classes side by side with --all, otherwise one
// class after the other.
std::vector<int> classes_of(const options& o);

solver_settings settings_of(const options& o);

// Throws fokker::error on steps that the grid cannot have.
fokker::grid grid_for(const sampler& which, const options& o);

}  // namespace fashion
