/// What the verbs of the forward process have in common: their checks, and the sweep of one verb.
#pragma once

#include <concepts>
#include <cstddef>
#include <span>
#include <utility>

#include <fokker/error.hpp>
#include <fokker/finite.hpp>
#include <fokker/kernel/array.hpp>
#include <fokker/kernel/linear.hpp>
#include <fokker/kernel/sweep.hpp>
#include <fokker/noise/source.hpp>
#include <fokker/path/knot.hpp>
#include <fokker/target.hpp>

namespace fokker::inline FOKKER_TARGET::detail {

template <array_like A, array_like B>
void require_same_shape(const A& a, const B& b, const char* first, const char* second) {
    static_assert(std::same_as<scalar_of<A>, scalar_of<B>>,
                  "fokker: arrays that go together have elements of one type: float, double, "
                  "Eigen::half or Eigen::bfloat16");
    require(detail::shape_of(a) == detail::shape_of(b), first, " has ", detail::shape_of(a).samples,
            " samples of ", detail::shape_of(a).elements, " elements and ", second, " has ",
            detail::shape_of(b).samples, " of ", detail::shape_of(b).elements,
            "; give them the same shape");
    // Element i of one is read before element i of the other is written, and no other.
    require(static_cast<const void*>(detail::data_of(a)) ==
                    static_cast<const void*>(detail::data_of(b)) ||
                !detail::share_elements(a, b),
            first, " and ", second,
            " share elements, but in different places; pass one array as both, or two apart");
}

inline void require_knot(const knot& k) {
    require(is_finite(k.alpha) && is_finite(k.sigma) && k.alpha >= 0 && k.sigma >= 0 &&
                k.alpha + k.sigma > 0,
            "the knot {t = ", k.t, ", alpha = ", k.alpha, ", sigma = ", k.sigma,
            "} is on no path; alpha and sigma must be finite, not negative and not both zero");
}

inline void require_knots(std::span<const knot> knots, std::size_t samples) {
    require(knots.size() == samples, "got ", knots.size(), " knots for ", samples,
            " samples; give one knot for each sample");
    for (const knot& k : knots) require_knot(k);
}

/// out = value.
template <array_like Out, class T, std::size_t N, class Z, class Noise>
void write(Out& out, const kernel::linear<const T*, N, Z>& value, Noise&& noise) {
    auto&& source = detail::as_source(std::forward<Noise>(noise));
    detail::require_shape<T>(source, detail::shape_of(out));
    kernel::sweep(detail::data_of(out), value, detail::shape_of(out), source);
}

}  // namespace fokker::detail
