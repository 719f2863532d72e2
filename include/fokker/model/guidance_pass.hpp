/// The arithmetic of guidance: sweeps, and where an option asks for it reductions over a sample.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <type_traits>

#include <fokker/core/space.hpp>
#include <fokker/kernel/array.hpp>
#include <fokker/kernel/linear.hpp>
#include <fokker/kernel/reduce.hpp>
#include <fokker/model/guidance_options.hpp>
#include <fokker/target.hpp>

namespace fokker::inline FOKKER_TARGET::detail {

template <class Space, std::size_t N, class T>
void write_sample(T* out, const kernel::linear<const T*, N>& value, std::size_t elements) {
    core::sweep<Space>(out, value, {1, elements});
}

/// average = c - u + momentum average, or c - u alone where there was no call before. Sadat et al.
/// 2024.
template <class Space, class T>
void add_difference(T* average, const T* c, const T* u, double momentum, std::size_t size) {
    using kernel::term;
    write_sample<Space>(average, term(1.0, c) - term(1.0, u) + term<T>(momentum, average), size);
}

template <class Space, class T>
void set_difference(T* average, const T* c, const T* u, std::size_t size) {
    write_sample<Space>(average, kernel::term(1.0, c) - kernel::term(1.0, u), size);
}

/// What the projection makes of the difference d and the direction c: update = kept d - along c.
struct projected {
    double kept, along;
};

inline projected project(const projection& p, const kernel::projection_sums& s) {
    const double length = std::sqrt(s.difference_squared);
    const double kept =
        p.norm_threshold > 0 && length > p.norm_threshold ? p.norm_threshold / length : 1.0;
    constexpr double least = 1e-24;  // of |c|^2, as torch.nn.functional.normalize has it
    return {kept, kept * (1.0 - p.eta) * s.along / (std::max)(s.direction_squared, least)};
}

/// One sample of projected guidance. `average` is the difference with momentum, or null.
template <class Space, class T>
void guide_projected(const guidance& g, T* out, const T* c, const T* u, const T* average,
                     std::size_t size) {
    using kernel::term;
    const bool from_c = g.projection.base == projection_base::conditional;
    const double weight = from_c ? g.scale - 1.0 : g.scale;
    const projected p =
        project(g.projection, average ? Space::products(average, c, size)
                                      : Space::difference_and_direction(c, u, size));
    const double of_c = (from_c ? 1.0 : 0.0) - weight * p.along, of_u = from_c ? 0.0 : 1.0;
    const double of_d = weight * p.kept;
    if (average)
        write_sample<Space>(out, term(of_c, c) + term(of_u, u) + term(of_d, average), size);
    else
        write_sample<Space>(out, term(of_c + of_d, c) + term(of_u - of_d, u), size);
}

/// Whether the result is c alone, whatever u is.
inline bool takes_only_conditional(const guidance& g) {
    return g.scale == 1.0 && !g.zeroes() &&
           (!g.projection.acts() || g.projection.base == projection_base::conditional);
}

/// Whether the result is u alone, whatever c is.
inline bool takes_only_unconditional(const guidance& g) {
    return g.scale == 0.0 && g.rescale == 0.0 && !g.optimised_scale && !g.zeroes() &&
           (!g.projection.acts() || g.projection.base == projection_base::unconditional);
}

/// The largest deviation that the guided sample may owe to rounding alone: of its own elements, and
/// of those of c and u, which the scale makes larger. Elements of 16 bits are rounded once, after
/// all arithmetic; those of a network in float have the rounding of several operations.
template <class Space, class T>
double rounding_deviation(const guidance& g, const T* c, const T* u, std::size_t size) {
    constexpr double units = std::is_floating_point_v<T> ? 8.0 : 1.0;
    const auto epsilon = static_cast<double>(std::numeric_limits<T>::epsilon());
    const kernel::projection_sums s = Space::products(c, u, size);
    const double magnitude = std::sqrt(s.difference_squared) + std::sqrt(s.direction_squared);
    const double sum_of_momentum = 1.0 / (1.0 - std::abs(g.projection.momentum));
    return units * epsilon * (1.0 + std::abs(g.scale)) * sum_of_momentum * magnitude /
           std::sqrt(static_cast<double>(size));
}

/// c . u / |u|^2 of one sample: what u is multiplied by in CFG-Zero*. 0 where u is 0.
template <class Space, class T>
double optimised_scale(const T* c, const T* u, std::size_t size) {
    const kernel::projection_sums s = Space::products(c, u, size);
    return s.direction_squared > 0 ? s.along / s.direction_squared : 0.0;
}

/// out = the guided prediction of c and u; it may be one of them. `average` is the difference with
/// momentum, where there is one.
template <class Space, class T>
void guide(const guidance& g, T* out, const T* c, const T* u, const T* average, array_shape shape) {
    using kernel::term;
    const bool projects = g.projection.acts();
    if (!projects && g.rescale == 0 && !g.optimised_scale)
        return write_sample<Space>(out, term(g.scale, c) + term(1.0 - g.scale, u), shape.size());
    const std::size_t size = shape.elements;
    for (std::size_t start = 0; start < shape.size(); start += size) {
        T* const guided = out + start;
        // Before `out`, which may be one of them, is written.
        const bool rescales = g.rescale > 0;
        const double wanted = rescales ? Space::standard_deviation(c + start, size) : 0.0;
        const double rounding =
            rescales ? rounding_deviation<Space>(g, c + start, u + start, size) : 0.0;
        if (projects)
            guide_projected<Space>(g, guided, c + start, u + start,
                                   average ? average + start : nullptr, size);
        else
            write_sample<Space>(
                guided,
                term(g.scale, c + start) +
                    term((1.0 - g.scale) * (g.optimised_scale ? detail::optimised_scale<Space>(
                                                                    c + start, u + start, size)
                                                              : 1.0),
                         u + start),
                size);
        if (g.rescale == 0) continue;
        const double got = Space::standard_deviation(guided, size);
        if (got > rounding)
            write_sample<Space>(
                guided, term<T>(g.rescale * wanted / got + (1.0 - g.rescale), guided), size);
    }
}

/// The standard deviation that `rescale` needs takes two elements.
inline void require_samples_for(const guidance& g, array_shape shape) {
    require(g.rescale == 0 || shape.elements >= 2,
            "guidance.rescale takes the standard deviation of each sample, and these have ",
            shape.elements, " element; set it to 0, or let a sample be a column of an array");
}

}  // namespace fokker::detail
