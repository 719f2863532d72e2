/// The part of a walk on which densities are known.
#pragma once

#include <fokker/error.hpp>
#include <fokker/path/grid.hpp>
#include <fokker/target.hpp>

namespace fokker::inline FOKKER_TARGET::detail {

/// Refuses a walk that ends where there is no density.
inline void require_density(const grid& walk) {
    walk.require_one_path("a density");
    require(walk.back().sigma > 0,
            "the grid ends at sigma = 0, where the density is that of the data themselves, which "
            "the flow does not reach; let it end at the least noise, as in "
            "trailing(schedule, 50, {.end = fokker::grid_end::least_noise})");
}

/// The walk from noise to data without a knot at alpha = 0, and the prior at its beginning: the
/// flow's step from alpha = 0 scales it as it scales the noise.
struct density_walk {
    grid down;
    double prior_std;

    /// Of a walk in either direction. Throws fokker::error where it ends at sigma = 0.
    explicit density_walk(const grid& either_way)
        : down(from_noise(either_way)), prior_std(down.prior_std()) {
        const double begun = down.front().sigma;
        const bool is_cut = down.front().alpha == 0;
        down = down.invertible_part();
        if (is_cut) prior_std *= down.front().sigma / begun;
    }

private:
    static grid from_noise(const grid& either_way) {
        const grid walk = either_way.is_reversed() ? either_way.reversed() : either_way;
        require_density(walk);
        return walk;
    }
};

}  // namespace fokker::detail
