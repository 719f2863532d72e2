// The samplers that the program offers: those of the library's catalogue, each made ready for
// pictures, with the options that the user set.
#pragma once

#include <fokker/fokker.hpp>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace fashion {

// How the knots are found.
enum class walks {
    any_grid,        // of so many steps
    counted_calls,   // steps of several calls, evenly in lambda, for so many calls
    its_own_length,  // steps as long as a tolerance allows, which all pictures of a slice take
    its_own_grid,    // the one that the solver was fitted on
};

// An option of a solver, such as --eta, and its value.
struct setting {
    std::string name;
    double value;
};

struct sampler {
    std::string name, spelling;  // as the catalogue has them
    int order = 0;               // 0: none
    std::string calls;           // in a step
    std::string noise;           // whether it draws
    std::vector<setting> options;
    walks walk = walks::any_grid;
    std::string refusal;                       // why it cannot be used here, or nothing
    bool reads_residual = false;               // wants the network's second output
    std::optional<fokker::any_solver> method;  // none of `fitted` without its steps

    bool has(std::string_view option) const;
};

struct solver_settings {
    std::map<std::string, double> options;  // what the user set, such as --eta
    int steps = 0;
    double guidance = 1;
    fokker::moments gamma = {};  // of the network, for the analytic samplers
};

// All of them, in the catalogue's order. Throws std::invalid_argument on a setting that is not of
// the right kind.
std::vector<sampler> all_samplers(const solver_settings& settings);

// All that --sampler takes, or that it refuses with a reason.
std::vector<sampler> listed_samplers();

// Throws also fokker::error on a name that is none, with those that are. `fitted` is the solver
// that was fitted to the network for so many steps.
sampler sampler_named(std::string_view name, const solver_settings& settings);

void print_samplers();

}  // namespace fashion
