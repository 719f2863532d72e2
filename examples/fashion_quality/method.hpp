// The ways of making pictures that are compared.
#pragma once

#include <Eigen/Core>
#include <fokker/fokker.hpp>
#include <functional>
#include <string>
#include <vector>

#include "../fashion/network.hpp"

namespace fashion {

// What a method is given: a network of the thread's own, and a class for each picture.
struct batch {
    unet& network;
    std::vector<int> classes;
};

struct method {
    std::string name;
    // Fills the pictures, each a column.
    std::function<void(batch, Eigen::MatrixXf& pictures, const fokker::grid&, fokker::philox)>
        sample;
    // The variational bound of real pictures; empty where the method has none.
    std::function<Eigen::ArrayXd(batch, const Eigen::MatrixXf& pictures, const fokker::grid&,
                                 fokker::philox)>
        bound;
};

// All of them, in the order of the table. `gamma` are the moments of the network, and `map` those
// of each pixel.
std::vector<method> all_methods(const fokker::moments& gamma, const fokker::moments& map);

}  // namespace fashion
