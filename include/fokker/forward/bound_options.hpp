/// The options of the variational bound.
#pragma once

#include <fokker/error.hpp>
#include <fokker/finite.hpp>
#include <fokker/forward/decoder.hpp>
#include <fokker/forward/reverse_variance.hpp>
#include <fokker/target.hpp>

namespace fokker::inline FOKKER_TARGET {

/// What the variational bound leaves to choose.
struct bound_options {
    /// Of the reverse steps, one number each: posterior_variance, upper_bound_variance,
    /// optimal_variance, or a callable (noisy knot, clean knot) -> variance. One for each element:
    /// optimal_variance with a map, extended_optimal_variance, learned_variance.
    reverse_variance variance = posterior_variance{};
    /// Of the last step, where the decoder stands. 0: what `variance` says there, and where it says
    /// 0, the posterior variance of the step before, as Ho et al. 2020 do.
    double decoder_variance = 0.0;
    /// Of the prior N(0, prior_variance I). 0: that of the grid, from which `sample` starts.
    double prior_variance = 0.0;
    /// Of the data, evenly from -1 to 1: 256 for pictures of 8 bits.
    int levels = 256;
    decoder_cdf cdf = decoder_cdf::exact;

    void check() const {
        using detail::require;
        require(levels >= 2, "levels is ", levels,
                "; the data have at least two (256 for pictures of 8 bits)");
        require(static_cast<bool>(variance),
                "the bound's variance is an empty function; leave it out, or give it such as "
                "upper_bound_variance{}");
        require(detail::is_finite(decoder_variance) && decoder_variance >= 0,
                "decoder_variance is ", decoder_variance,
                "; it must be positive, or 0 for the default");
        require(detail::is_finite(prior_variance) && prior_variance >= 0, "prior_variance is ",
                prior_variance, "; it must be positive, or 0 for the default");
    }
};

}  // namespace fokker
