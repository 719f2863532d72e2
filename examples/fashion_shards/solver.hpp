// The solver that the user named, with its options.
#pragma once

#include <fokker/any_solver.hpp>
#include <map>
#include <string>

namespace fashion {

struct chosen_solver {
    std::string name;                       // of the catalogue
    std::map<std::string, double> options;  // all that it has, with or without a change
    fokker::any_solver method;
};

// Throws std::invalid_argument on a name that is none, on an option that it does not have, and on
// a solver that has steps of its own length or needs more than the network gives.
chosen_solver choose_solver(const std::string& name, const std::map<std::string, double>& options);

}  // namespace fashion
