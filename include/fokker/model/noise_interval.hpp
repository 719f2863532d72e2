/// An interval of noise levels, in which something acts: guidance, or a known region.
#pragma once

#include <limits>

#include <fokker/finite.hpp>
#include <fokker/path/knot.hpp>
#include <fokker/target.hpp>

namespace fokker::inline FOKKER_TARGET::detail {

/// What `to` is where there is no upper end.
inline constexpr double no_upper_level = (std::numeric_limits<double>::max)();

/// Whether from < sigma / alpha <= to at a knot. Pure noise is in every interval without an upper
/// end, clean data in none that has a lower one.
inline bool is_between_levels(const knot& k, double from, double to) {
    const bool unbounded = !detail::is_finite(to) || to == no_upper_level;
    if (k.alpha == 0) return unbounded;
    const double sigma = k.noise_to_signal();
    return (from == 0 || sigma > from) && (unbounded || sigma <= to);
}

}  // namespace fokker::detail
