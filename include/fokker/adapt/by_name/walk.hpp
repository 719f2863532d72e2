/// What a name of another program's sampler becomes: a walk in Fokker's parts.
#pragma once

#include <string_view>

#include <fokker/any_solver.hpp>
#include <fokker/path/grid.hpp>
#include <fokker/target.hpp>

namespace fokker::inline FOKKER_TARGET::by_name {

/// Which Gaussians a sampler draws in its steps: none, one for each draw that has nothing to do
/// with the others, or the increments of one Brownian path (`brownian` in Fokker).
enum class gaussians { none, fresh, of_a_brownian_path };

/// Used as `sample(x, network, w.knots, w.solver, noise)`.
struct walk {
    grid knots;         ///< with the labels that the network gets there, and with its prior
    any_solver solver;  ///< with the program's options
    gaussians draws = gaussians::none;  ///< what the program draws; any source of noise goes
    std::string_view differs = {};      ///< in what from the program; empty: in nothing
};

}  // namespace fokker::by_name
