// Bits a dimension of pictures: by the flow ODE, and by the variational bound.
#pragma once

#include <Eigen/Core>
#include <cstdint>
#include <fokker/any_solver.hpp>
#include <fokker/path/discrete_schedule.hpp>
#include <fokker/path/grid.hpp>
#include <functional>
#include <string>
#include <vector>

#include "../fashion/network.hpp"

namespace fashion {

// Of 8 bits.
inline constexpr int levels = 256;

// The schedule of the training, with the network's own noise levels between its times, too.
fokker::discrete_schedule likelihood_schedule();

// From noise to the least noise of the training, in steps that are even in lambda.
fokker::grid likelihood_grid(int steps);

struct pictures {
    Eigen::MatrixXf values;    // a column each
    std::vector<int> classes;  // or no_label
    std::uint64_t seed = 0;
    int threads = 1;
};

struct divergence {
    int probes = 1;
    double step = 0.0;
};

// Is told of steps of so many pictures.
using advance_function = std::function<void(Eigen::Index)>;

// A solver of the catalogue by its name. Throws fokker::error on another name.
fokker::any_solver solver_named(const std::string& name);

struct densities {
    Eigen::ArrayXd nats;     // log p of each picture
    std::int64_t calls = 0;  // of the network, for each picture
};

// Of pictures as they are, taken to be at the grid's last knot.
densities flow_densities(const unet& network, const pictures& which, const fokker::grid& walk,
                         const fokker::any_solver& method, const divergence& by,
                         const advance_function& advance);

struct bits_of_noisy {
    Eigen::ArrayXd values;   // of each picture
    std::int64_t calls = 0;  // of the network, for each picture
};

// The bound on the bits of a picture by its log-density with noise: -log p(x_c) + log q(x_c | x_0)
// where x_c has the noise of the grid's last knot. To be added: the decoder's bits, for the way
// from there to the levels.
bits_of_noisy flow_bits_with_noise(const unet& network, const pictures& which,
                                   const fokker::grid& walk, const fokker::any_solver& method,
                                   const divergence& by, const advance_function& advance);

struct bound_bits {
    Eigen::ArrayXd total, decoder;  // of each picture
};

// The variational bound in steps even in the training times, each with the variance that the
// network's head predicts.
bound_bits variational_bits(const unet& network, const pictures& which, int steps,
                            const advance_function& advance);

}  // namespace fashion
