/// What the variational bound checks and computes of a walk before the network is called.
#pragma once

#include <cmath>
#include <cstddef>
#include <utility>
#include <vector>

#include <fokker/error.hpp>
#include <fokker/finite.hpp>
#include <fokker/forward/bound_options.hpp>
#include <fokker/forward/bound_step.hpp>
#include <fokker/forward/decoder.hpp>
#include <fokker/forward/reverse_variance.hpp>
#include <fokker/kernel/array.hpp>
#include <fokker/path/grid.hpp>
#include <fokker/path/knot.hpp>
#include <fokker/target.hpp>

namespace fokker::inline FOKKER_TARGET::detail {

struct bound_plan {
    std::vector<bound_step> steps;
    double prior_variance;
    decoder last;
    variance_source source;
    const optimal_variance* map;  // of the options, where that is the source
};

/// Throws fokker::error on a grid or options that give no bound.
inline bound_plan plan_bound(const grid& walk, const bound_options& options,
                             const bound_facts& facts) {
    walk.require_one_path("the bound");
    require(walk.jumps() == 0,
            "the grid has jumps, and the bound is that of one descent; hand it the grid that "
            "restarted(..) or resampled(..) was laid over");
    const knot& end = walk.back();
    require(end.sigma == 0 && end.alpha == 1, "the grid ends at {t = ", end.t,
            ", alpha = ", end.alpha, ", sigma = ", end.sigma,
            "}; the bound is one of the clean data, so end at alpha = 1, sigma = 0 "
            "(grid_end::clean)");
    options.check();
    const variance_source source = checked_source(options.variance, walk, facts);

    std::vector<bound_step> steps;
    for (int i = 0; i < walk.steps(); ++i)
        steps.push_back(
            plan_step(walk, i, i > 0 ? steps.back().known : 0.0, source, options, facts));
    const double prior =
        options.prior_variance > 0 ? options.prior_variance : walk.prior_std() * walk.prior_std();
    const decoder last(options.levels, std::sqrt(steps.back().variance), options.cdf);
    return {std::move(steps), prior, last, source, options.variance.as<optimal_variance>()};
}

/// Refuses data outside of the decoder's levels, and between them: more than a quarter of their
/// distance from the nearest, which leaves room for data stored in 16 bits.
template <array_like Data>
void require_levels(const Data& x0, int levels) {
    const array_shape shape = detail::shape_of(x0);
    require(shape.size() > 0, "variational_bound got no data");
    const auto* p = detail::data_of(x0);
    for (std::size_t i = 0; i < shape.size(); ++i) {
        const auto value = static_cast<double>(p[i]);
        require(is_finite(value) && value >= -1 && value <= 1, "element ", i, " of the data is ",
                value, "; the decoder's levels lie in [-1, 1], so scale the data to that range");
        const double level = 0.5 * (value + 1.0) * (levels - 1);
        require(std::abs(level - std::nearbyint(level)) < 0.25, "element ", i, " of the data is ",
                value, ", which is none of the decoder's ", levels,
                " levels; round the data to them, or name their number as bound_options{.levels}");
    }
}

}  // namespace fokker::detail
