/// What a name of another program's sampler becomes: a walk in Fokker's parts.
#pragma once

#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

#include <fokker/any_solver.hpp>
#include <fokker/error.hpp>
#include <fokker/noise/torchsde_tree.hpp>
#include <fokker/path/grid.hpp>
#include <fokker/path/knot.hpp>
#include <fokker/target.hpp>

namespace fokker::inline FOKKER_TARGET::by_name {

/// Which Gaussians a sampler draws in its steps: none, one for each draw that has nothing to do
/// with the others, or the increments of one Brownian path (plan::tree, or `brownian`).
enum class gaussians { none, fresh, of_a_brownian_path };

/// Used as `sample(x, network, p.knots, p.solver, noise)`. (diffusers::plan is one that knows the
/// network's convention, too.)
struct plan {
    grid knots;         ///< with the labels that the network gets there, and with its prior
    any_solver solver;  ///< with the program's options
    gaussians draws = gaussians::none;  ///< what the program draws; any source of noise goes
    std::string_view differs = {};      ///< in what from the program; empty: in nothing
    bool on_flow = false;               ///< whether its path is a rectified flow

    /// The steps' noise of torchsde's tree with this seed, which the program takes where `draws` is
    /// of_a_brownian_path: for the second place of prior_and_steps. Throws fokker::error on a flow,
    /// where the program's tree runs over the flow's sigma and this one over sigma / alpha, and on
    /// a walk with one noisy knot.
    torchsde_tree tree(std::uint64_t seed) const {
        fokker::detail::require(!on_flow,
                                "torchsde's tree is not in the library for flows; take "
                                "fokker::brownian");
        std::vector<double> levels;
        for (const knot& k : knots)
            if (k.sigma > 0) levels.push_back(k.noise_to_signal());
        const double low = levels.back(), high = levels.front();
        return torchsde_tree(seed, low, high, std::move(levels));
    }
};

}  // namespace fokker::by_name
