// The samplers that the program offers: those of the library's catalogue, each made ready for
// pictures, with the options that the user set.
#pragma once

#include <Eigen/Core>
#include <fokker/fokker.hpp>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "../fashion/network.hpp"

namespace fashion {

// Any callable like this is a network. The function hides which one it is, so that each sampler is
// compiled once and not once for each kind of guidance.
using network_function =
    std::function<void(const constant_matrix&, const fokker::knot&, Eigen::MatrixXf&)>;

// The same with a second output: what is to be expected of (noise - prediction)^2.
using two_headed_function = std::function<void(const constant_matrix&, const fokker::knot&,
                                               Eigen::MatrixXf&, Eigen::MatrixXf&)>;

// A part of the batch, from noise to pictures.
struct slice {
    Eigen::Block<Eigen::MatrixXf, Eigen::Dynamic, Eigen::Dynamic, true> pictures;
    network_function network;
    two_headed_function two_headed;
    fokker::philox noise;
    std::function<void(fokker::progress)> advance;
};

// How the knots are found.
enum class walks {
    any_grid,        // of so many steps
    counted_calls,   // steps of several calls, evenly in lambda, for so many calls
    its_own_length,  // steps as long as a tolerance allows, which all pictures of a slice take
    its_own_grid,    // the one that the solver was fitted on
};

struct sampler {
    std::string name, spelling;  // as the catalogue has them
    int order = 0;               // 0: none
    std::string calls;           // in a step
    std::string noise;           // whether it draws
    std::vector<std::string> options;
    walks walk = walks::any_grid;
    std::string refusal;                             // why it cannot be used here, or nothing
    std::function<void(const fokker::grid&)> check;  // throws fokker::error on a bad option
    std::function<fokker::report(slice&, const fokker::grid&)> sample;

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

// Throws also fokker::error on a name that is none, with those that are. `fitted` is the solver
// that was fitted to the network for so many steps.
sampler sampler_named(std::string_view name, const solver_settings& settings);

void print_samplers();

}  // namespace fashion
