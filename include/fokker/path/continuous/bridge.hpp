/// A bridge: a path whose noisy end is known.
#pragma once

#include <algorithm>
#include <cmath>
#include <utility>

#include <fokker/error.hpp>
#include <fokker/finite.hpp>
#include <fokker/path/knot.hpp>
#include <fokker/path/path.hpp>
#include <fokker/path/prior.hpp>
#include <fokker/target.hpp>

namespace fokker::inline FOKKER_TARGET {

/// The path of a diffusion that ends in a known x_T, T being the last time of `base` (Zhou et al.
/// 2023, DDBM, eq. 7): x_t = a x_T + b x_0 + c z, with nsr = sigma / alpha of the base and
/// r = nsr^2 / nsr_T^2
///   a = alpha / alpha_T r,   b = alpha (1 - r),   c = sigma sqrt(1 - r).
/// x_t - a x_T is a Gaussian path {alpha = b, sigma = c}, and that is what this path is: every
/// solver walks it, with `bridged` around the network. At T it is noise alone, {T, 0, 1}, as x_T
/// says all that is known: a grid begins there. The label is that of the base.
template <class Base>
class bridge_path {
    static_assert(diffusion_path<Base>);

public:
    /// Throws fokker::error unless the base has a signal and noise at its last time.
    explicit bridge_path(Base base) : base_(std::move(base)), end_(base_.at(base_.last_time())) {
        detail::require(end_.alpha > 0 && end_.sigma > 0, "a bridge ends at {t = ", end_.t,
                        ", alpha = ", end_.alpha, ", sigma = ", end_.sigma,
                        "} of its base, and both must be positive; take a base whose last_time() "
                        "has a signal");
    }

    static constexpr prior starts_from() { return prior::sigma; }
    double first_time() const { return base_.first_time(); }
    double last_time() const { return base_.last_time(); }

    /// Throws fokker::error on a t after the end, and where the base does.
    knot at(double t) const {
        if (t == last_time()) return {end_.t, 0.0, 1.0};
        const knot k = base_.at(t);
        const double ratio = k.noise_to_signal() / end_.noise_to_signal();
        const double rest = (1.0 - ratio) * (1.0 + ratio);
        detail::require(rest > 0, "time ", t, " is beyond the end of this bridge, ", last_time());
        return {k.t, k.alpha * rest, k.sigma * std::sqrt(rest)};
    }

    /// exp(2 lambda) is the difference of those of the base at t and at T.
    double time(double lambda) const {
        const double end = end_.lambda(), more = (std::max)(lambda, end),
                     less = (std::min)(lambda, end);
        // Near the end the base's inverse may be a rounding beyond it.
        return (std::min)(base_.time(more + 0.5 * std::log1p(std::exp(2.0 * (less - more)))),
                          last_time());
    }

    /// a, the part of x_T in x_t, at a knot of this path; 1 at T. What a run has as its state is
    /// x_t - a x_T.
    double endpoint_weight(const knot& k) const {
        if (k.alpha == 0) return 1.0;
        return k.sigma / k.alpha * k.sigma / (nsr_at_end() * nsr_at_end() * end_.alpha);
    }

    /// sigma / alpha of the base at T.
    double nsr_at_end() const { return end_.noise_to_signal(); }
    /// alpha of the base, and its sigma / alpha, at a knot of this path.
    double base_alpha(const knot& k) const { return k.alpha + endpoint_weight(k) * end_.alpha; }
    double base_nsr(const knot& k) const {
        return nsr_at_end() * k.sigma / std::hypot(k.sigma, k.alpha * nsr_at_end());
    }

private:
    Base base_;
    knot end_;
};

}  // namespace fokker
