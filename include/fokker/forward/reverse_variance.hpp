/// The variances that a model's reverse steps may have in the variational bound.
#pragma once

#include <functional>
#include <limits>

#include <fokker/error.hpp>
#include <fokker/moments/data_variance.hpp>
#include <fokker/moments/moments.hpp>
#include <fokker/path/knot.hpp>
#include <fokker/path/transition.hpp>

namespace fokker {

/// The variance of the step from a knot to a cleaner one: one of the structs below, or a callable
/// of yours. Asked for every step before the network is called.
using reverse_variance = std::function<double(const knot& noisy, const knot& clean)>;

/// That of q(x_s | x_t, x_0), the lower bound of the optimal one. Ho et al. 2020, eq. 7. It says
/// nothing (0) about a step to clean data.
struct posterior_variance {
    double operator()(const knot& noisy, const knot& clean) const {
        const double std = posterior_between(clean, noisy).std;
        return std * std;
    }
};

/// That of q(x_t | x_s), which is beta in a training step. Ho et al. 2020, 3.2. It says nothing (0)
/// about a step to clean data: there Ho et al. take what posterior_variance does.
struct upper_bound_variance {
    double operator()(const knot& noisy, const knot& clean) const {
        if (clean.sigma == 0) return 0.0;
        const double std = transition_between(clean, noisy).std;
        return std * std;
    }
};

/// The optimal one for the network at hand, also where it steps to clean data. Bao et al. 2022, eq.
/// 7. Throws fokker::error on bad moments, at a lambda for which they were not measured, and on a
/// data_radius that is not positive.
struct optimal_variance {
    moments gamma;  ///< from estimate_moments, for the same network
    /// Half the data's range: 1 for pictures in [-1, 1].
    double data_radius = std::numeric_limits<double>::infinity();

    double operator()(const knot& noisy, const knot& clean) const {
        gamma.check();
        detail::require(data_radius > 0, "data_radius is ", data_radius, "; it must be positive");
        detail::require(gamma.values() == 1, "the moments are a map of ", gamma.values(),
                        " values a knot; the bound takes one: moments::mean()");
        gamma.require_measured(noisy, "the bound");
        const posterior q = posterior_between(clean, noisy);
        return q.std * q.std +
               q.data * q.data * data_variance(noisy, gamma.at(noisy.lambda()), data_radius);
    }
};

}  // namespace fokker
