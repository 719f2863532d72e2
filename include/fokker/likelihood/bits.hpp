/// From the density of continuous data to the bits of discrete ones: dequantisation and bits per
/// dimension.
#pragma once

#include <cmath>
#include <cstddef>
#include <numbers>
#include <utility>
#include <vector>

#include <fokker/core/space.hpp>
#include <fokker/error.hpp>
#include <fokker/finite.hpp>
#include <fokker/kernel/array.hpp>
#include <fokker/kernel/pass.hpp>
#include <fokker/noise/draws.hpp>
#include <fokker/noise/noise_reference.hpp>
#include <fokker/noise/source.hpp>
#include <fokker/target.hpp>

namespace fokker::inline FOKKER_TARGET {

namespace detail {

/// How far apart the levels low, .., high are.
inline double level_spacing(int levels, double low, double high) {
    require(levels >= 2, "levels is ", levels,
            "; the data have at least two (256 for pictures of 8 bits)");
    require(is_finite(low) && is_finite(high) && low < high, "the levels go from ", low, " to ",
            high, "; the first must be below the last");
    return (high - low) / (levels - 1.0);
}

}  // namespace detail

/// Bits per dimension of a sample of so many elements, each of them dequantised from one of
/// `levels` values evenly apart from low to high, with the log-density `nats`: -log2 of the density
/// times the volume of its levels, over the number of elements. In the mean over dequantised data
/// it is at least the -log2 of the probability that the density gives to the levels (Theis et al.
/// 2016). Throws fokker::error on fewer than two levels, and unless low < high.
inline double bits_per_dimension(double nats, std::size_t elements, int levels, double low,
                                 double high) {
    detail::require(elements > 0, "elements is 0; a sample has at least one");
    return -nats / (static_cast<double>(elements) * std::numbers::ln2) -
           std::log2(detail::level_spacing(levels, low, high));
}

/// Makes data on levels into data that have a density: adds to each element of x, which lies on one
/// of `levels` values evenly apart from low to high, a uniform number from half a level below 0 to
/// half a level above. The numbers are made of normals of the noise source, in a draw of their own
/// (see docs/noise.md). Throws fokker::error on an element that is on no level, with x unchanged.
template <array_like X, noise_or_engine Noise>
void dequantise(X&& x, int levels, double low, double high, Noise&& noise) {
    detail::require_normals<Noise>();
    using T = detail::scalar_of<X>;
    using space = core::space_of<X>;
    const double spacing = detail::level_spacing(levels, low, high);
    auto&& source = detail::as_source(std::forward<Noise>(noise));
    const array_shape shape = detail::shape_of(x);
    std::vector<T> values(shape.size()), normals(shape.size());
    space::copy_out(detail::data_of(x), values.data(), values.size());
    for (std::size_t i = 0; i < values.size(); ++i) {
        const double level = (static_cast<double>(values[i]) - low) / spacing;
        // As the variational bound has it, with room for data stored in 16 bits.
        detail::require(level > -0.25 && level < levels - 0.75 &&
                            std::abs(level - std::nearbyint(level)) < 0.25,
                        "x[", i, "] is ", static_cast<double>(values[i]), ", which is none of the ",
                        levels, " levels from ", low, " to ", high,
                        "; dequantise data once, as they were");
    }
    auto z = array_traits<std::remove_cvref_t<X>>::like(x);
    detail::require_shape<T>(source, shape);
    const auto reference = kernel::noise_reference::to<T>(source);
    kernel::pass p(detail::data_of(z), shape);
    p.noise = {{1.0, detail::dequantise_draw}, nullptr, &reference};
    space::run(p);
    space::copy_out(detail::data_of(z), normals.data(), normals.size());
    for (std::size_t i = 0; i < values.size(); ++i) {
        const double uniform =
            0.5 * std::erfc(-static_cast<double>(normals[i]) / std::numbers::sqrt2);
        values[i] = static_cast<T>(static_cast<double>(values[i]) + spacing * (uniform - 0.5));
    }
    space::copy_in(detail::data_of(x), values.data(), values.size());
}

}  // namespace fokker
