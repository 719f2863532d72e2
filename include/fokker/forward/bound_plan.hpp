/// The options of the variational bound, and the numbers that it computes from them for every step
/// before the network is called.
#pragma once

#include <cmath>
#include <cstddef>
#include <utility>
#include <vector>

#include <fokker/error.hpp>
#include <fokker/finite.hpp>
#include <fokker/forward/decoder.hpp>
#include <fokker/forward/reverse_variance.hpp>
#include <fokker/kernel/array.hpp>
#include <fokker/path/grid.hpp>
#include <fokker/path/knot.hpp>
#include <fokker/path/transition.hpp>

namespace fokker {

/// What the variational bound leaves to choose.
struct bound_options {
    /// Of the reverse steps: posterior_variance, upper_bound_variance, optimal_variance, or a
    /// callable (noisy knot, clean knot) -> variance.
    reverse_variance variance = posterior_variance{};
    /// Of the last step, where the decoder stands. 0: what `variance` says there, and where it says
    /// 0, the posterior variance of the step before, as Ho et al. 2020 do.
    double decoder_variance = 0.0;
    /// Of the prior N(0, prior_variance I). 0: alpha^2 + sigma^2 at the first knot, which is 1
    /// where variance is preserved.
    double prior_variance = 0.0;
    /// Of the data, evenly from -1 to 1: 256 for pictures of 8 bits.
    int levels = 256;
    decoder_cdf cdf = decoder_cdf::exact;
};

namespace detail {

/// A step: how much of the data its mean takes, and its variance in truth and in the model.
struct bound_step {
    double weight, known, variance;
};

struct bound_plan {
    std::vector<bound_step> steps;
    double prior_variance;
    decoder last;
};

inline double checked_variance(double variance, int step, const knot& noisy, const knot& clean,
                               const char* fix) {
    require(is_finite(variance) && variance > 0, "the variance of step ", step,
            ", from t = ", noisy.t, " to t = ", clean.t, ", is ", variance, "; ", fix);
    return variance;
}

/// Throws fokker::error on a grid or options that give no bound.
inline bound_plan plan_bound(const grid& walk, const bound_options& options) {
    require(walk.jumps() == 0,
            "the grid has jumps, and the bound is that of one descent; hand it the grid that "
            "restarted(..) or resampled(..) was laid over");
    const knot& end = walk.back();
    require(end.sigma == 0 && end.alpha == 1, "the grid ends at {t = ", end.t,
            ", alpha = ", end.alpha, ", sigma = ", end.sigma,
            "}; the bound is one of the clean data, so end at alpha = 1, sigma = 0 "
            "(grid_end::clean)");
    require(options.levels >= 2, "levels is ", options.levels,
            "; the data have at least two (256 for pictures of 8 bits)");
    require(static_cast<bool>(options.variance),
            "the bound's variance is an empty function; leave it out, or give it such as "
            "upper_bound_variance{}");
    require(is_finite(options.decoder_variance) && options.decoder_variance >= 0,
            "decoder_variance is ", options.decoder_variance,
            "; it must be positive, or 0 for the default");
    require(is_finite(options.prior_variance) && options.prior_variance >= 0, "prior_variance is ",
            options.prior_variance, "; it must be positive, or 0 for the default");

    std::vector<bound_step> steps;
    const int last = walk.steps() - 1;
    double last_variance = options.decoder_variance;
    for (int i = 0; i <= last; ++i) {
        const knot &noisy = walk[static_cast<std::size_t>(i)],
                   &clean = walk[static_cast<std::size_t>(i) + 1];
        if (i == last && last_variance > 0) break;
        const double variance = options.variance(noisy, clean);
        const posterior q = posterior_between(clean, noisy);
        if (i < last) {
            checked_variance(variance, i, noisy, clean, "a variance must be positive and finite");
            steps.push_back({q.data, q.std * q.std, variance});
            continue;
        }
        last_variance = variance;
        if (is_finite(variance) && variance == 0 && i > 0) last_variance = steps.back().known;
        checked_variance(last_variance, i, noisy, clean,
                         "set decoder_variance, for there is no step before to take it from");
    }
    steps.push_back({1.0, 0.0, last_variance});
    const knot& first = walk.front();
    const double prior = options.prior_variance > 0
                             ? options.prior_variance
                             : first.alpha * first.alpha + first.sigma * first.sigma;
    return {std::move(steps), prior,
            decoder(options.levels, std::sqrt(last_variance), options.cdf)};
}

/// Refuses data outside of the decoder's levels, and between them: more than a quarter of their
/// distance from the nearest, which leaves room for data stored in 16 bits.
template <array Data>
void require_levels(const Data& x0, int levels) {
    const array_shape shape = shape_of(x0);
    require(shape.size() > 0, "variational_bound got no data");
    const auto* p = data_of(x0);
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

}  // namespace detail
}  // namespace fokker
