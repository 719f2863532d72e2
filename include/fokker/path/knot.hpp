/// A knot: one point of a diffusion path, x_t = alpha x_0 + sigma eps.
#pragma once

#include <cmath>
#include <cstddef>
#include <limits>
#include <tuple>
#include <type_traits>

#include <fokker/kernel/lanes.hpp>
#include <fokker/target.hpp>

FOKKER_MAY_SHADOW

namespace fokker::inline FOKKER_TARGET {

namespace core {
class open_call;  // core/caller.hpp
}  // namespace core

namespace detail {

/// The call for which a knot is handed to a network, or null. A copy has none: it may be there when
/// the call is over.
class call_link {
public:
    constexpr call_link() = default;
    constexpr explicit call_link(core::open_call* of) : of_(of) {}
    constexpr call_link(const call_link&) noexcept {}
    constexpr call_link& operator=(const call_link&) noexcept {
        of_ = nullptr;
        return *this;
    }

    constexpr core::open_call* get() const { return of_; }
    /// It is no part of a knot's value.
    friend constexpr bool operator==(const call_link&, const call_link&) { return true; }

private:
    core::open_call* of_ = nullptr;
};

}  // namespace detail

/// One point of a path. `t` is only the label that the network is handed; solvers and grids compute
/// with alpha >= 0 and sigma >= 0, not both zero. (One parametrisation reads the label:
/// latent_consistency.)
struct knot {
    double t = 0.0;
    double alpha = 1.0;
    double sigma = 0.0;

    /// Filled in where a run hands a knot to a network, and left out of copies: it tells networks
    /// inside of your own callable for whom they are called. So pass the knot on by reference.
    detail::call_link call{};

    /// Half the log of the signal-to-noise ratio; +inf at the data (sigma = 0), -inf at alpha = 0.
    double lambda() const {
        constexpr double infinity = std::numeric_limits<double>::infinity();
        if (sigma == 0) return infinity;
        return alpha == 0 ? -infinity : std::log(alpha) - std::log(sigma);
    }

    /// sigma / alpha = exp(-lambda): what EDM and k-diffusion call sigma. +inf at alpha = 0.
    double noise_to_signal() const { return sigma / alpha; }

    /// alpha^2 / sigma^2 = exp(2 lambda).
    double signal_to_noise_squared() const { return (alpha / sigma) * (alpha / sigma); }

    friend bool operator==(const knot&, const knot&) = default;

    /// For const auto [t, alpha, sigma] = knot.
    template <std::size_t I>
    double get() const {
        return I == 0 ? t : I == 1 ? alpha : sigma;
    }
};

namespace detail {

namespace types {

/// A knot as a solver sees it. It knows its lambda, two logarithms that a step need not take again,
/// and its time.
class grid_knot : public knot {
public:
    grid_knot(const knot& k, double time) : knot(k), lambda_(k.lambda()), time_(time) {}
    double lambda() const { return lambda_; }
    /// The time at which the grid's path has this lambda; the label plays no part. Not a number for
    /// pure noise, for clean data, and on a grid without a path.
    double time() const { return time_; }

private:
    double lambda_, time_;
};

}  // namespace types
using types::grid_knot;

}  // namespace detail

/// Where a knot stands on a clock from 0, the data, to 1, pure noise: sigma^2 / (alpha^2 +
/// sigma^2). It is the same on all paths that differ only in scale, whatever their label t.
/// Brownian noise runs by it.
inline double brownian_clock(const knot& k) {
    const bool noisy = k.sigma > k.alpha;
    const double ratio = noisy ? k.alpha / k.sigma : k.sigma / k.alpha;
    const double square = kernel::rounded(ratio * ratio);  // the same on all machines
    return (noisy ? 1.0 : square) / (1.0 + square);
}

}  // namespace fokker

template <>
struct std::tuple_size<fokker::knot> : std::integral_constant<std::size_t, 3> {};
template <std::size_t I>
struct std::tuple_element<I, fokker::knot> {
    using type = double;
};

FOKKER_END_MAY_SHADOW
