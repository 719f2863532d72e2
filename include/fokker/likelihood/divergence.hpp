/// Where the divergence of the flow comes from: what `log_likelihood` leaves to choose.
#pragma once

#include <concepts>
#include <cstdint>
#include <type_traits>
#include <utility>

#include <fokker/error.hpp>
#include <fokker/finite.hpp>
#include <fokker/model/probe.hpp>
#include <fokker/noise/philox.hpp>
#include <fokker/target.hpp>

namespace fokker::inline FOKKER_TARGET {

/// By random probes v, the mean of v J v (Hutchinson 1990), J v by a central difference: two
/// network calls a probe beside the one. Unbiased but for the difference; exact where elements do
/// not depend on each other, with signs. The probes are the same in every call of a walk, so that
/// the divergence is a function of the state (an adaptive solver needs that), and do not depend on
/// the batch. The default.
struct divergence_probes {
    int probes = 1;  ///< 1 .. 200
    /// Of the difference, in units of sigma. 0: 1e-4 for double, and for float 0.01, where a
    /// shorter one is lost in rounding.
    double step = 0.0;
    probe_law law = probe_law::signs;
    /// Of the probes. `first_sample` is that of the batch, where it is a slice of a larger one.
    philox noise{};
};

/// By every unit vector: exact but for the difference. Two network calls for each element of a
/// sample: for small states and tests.
struct exact_divergence {
    double step = 0.0;  ///< of the difference: see divergence_probes
};

/// By the network's second output, residual_squared: no call more, and as good as that head.
struct divergence_head {};

namespace detail {

namespace types {

/// The result of `divergence_by`.
template <class Product, class Directions>
struct divergence_product {
    Product product;
    Directions along;
};

}  // namespace types
using types::divergence_product;

template <class W>
inline constexpr bool is_divergence_product = false;
template <class P, class D>
inline constexpr bool is_divergence_product<divergence_product<P, D>> = true;

template <class W>
concept directions = std::same_as<W, divergence_probes> || std::same_as<W, exact_divergence>;

/// What says where the divergence comes from.
template <class W>
concept divergence_source =
    directions<W> || std::same_as<W, divergence_head> || is_divergence_product<W>;

/// The vectors that a source takes products with.
template <divergence_source W>
auto directions_of(const W& source) {
    if constexpr (is_divergence_product<W>)
        return source.along;
    else
        return source;
}

/// Throws fokker::error on bad options.
inline void check_directions(const divergence_probes& p) {
    require(p.probes >= 1 && p.probes <= 200, "probes is ", p.probes, "; it must lie in 1 .. 200");
    require(is_finite(p.step) && p.step >= 0, "step is ", p.step,
            "; it must be positive: a part of sigma, or 0 for the default");
}
inline void check_directions(const exact_divergence& e) {
    require(is_finite(e.step) && e.step >= 0, "step is ", e.step,
            "; it must be positive: a part of sigma, or 0 for the default");
}
inline void check_directions(const divergence_head&) {}

/// The step of a difference of outputs of type T.
template <class T>
double difference_step(double wanted) {
    if (wanted > 0) return wanted;
    return std::same_as<T, double> ? 1e-4 : 0.01;
}

}  // namespace detail

/// By a callable of your own that multiplies a vector with the network's Jacobian or its transpose,
/// exactly: product(x, t, v, out) or out = product(x, t, v), x and t as the network gets them, v
/// and out of its shape; one call a probe, or for each element with exact_divergence{}. An lvalue
/// is referred to.
template <class Product, detail::directions Directions = divergence_probes>
auto divergence_by(Product&& product, Directions along = {}) {
    return detail::divergence_product<Product, Directions>{std::forward<Product>(product), along};
}

}  // namespace fokker
