/// A known region: elements of x_0, or of the noise, that the user has and the sampler shall keep.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <type_traits>
#include <utility>

#include <fokker/core/space.hpp>
#include <fokker/error.hpp>
#include <fokker/finite.hpp>
#include <fokker/kernel/array.hpp>
#include <fokker/model/noise_interval.hpp>
#include <fokker/path/grid.hpp>
#include <fokker/path/knot.hpp>
#include <fokker/target.hpp>

namespace fokker::inline FOKKER_TARGET {

/// How much of what is known is put in the place of the prediction, and on which part of the walk:
/// m = strength (sigma / (alpha + sigma))^decay mask of it where from < sigma / alpha <= to, and
/// nothing elsewhere. It depends on the knot alone, so that it is the same for every solver, in
/// either direction.
struct region_options {
    /// From 0, the prediction, to 1, what is known.
    double strength = 1.0;
    /// It acts where from < sigma / alpha <= to. On the first k steps of a walk from noise:
    /// from = grid[k].noise_to_signal().
    double from = 0.0;
    double to = detail::no_upper_level;
    /// How fast it falls with the noise: 0 not at all; 1 as the time of a flow, which is 1 - i/n at
    /// step i of an even walk of n.
    double decay = 0.0;

    bool acts_at(const knot& k) const { return detail::is_between_levels(k, from, to); }

    /// The strength at a knot: 0 where it does not act.
    double strength_at(const knot& k) const {
        if (!acts_at(k)) return 0.0;
        return decay == 0.0 ? strength : strength * std::pow(k.sigma / (k.alpha + k.sigma), decay);
    }

    /// Throws fokker::error on an option out of its range.
    void check() const {
        using detail::is_finite, detail::require;
        require(is_finite(strength) && strength >= 0 && strength <= 1,
                "the strength of a known region is ", strength,
                "; it lies in [0, 1], and 1 puts what is known in the place of the prediction");
        require(is_finite(from) && from >= 0, "the known region's `from` is ", from,
                "; it is the sigma / alpha above which the region acts, finite and not negative");
        require(!detail::is_nan(to) && to > from, "the known region's `to` is ", to,
                ", and its `from` is ", from,
                "; it acts where from < sigma / alpha <= to, so let `to` be larger");
        require(is_finite(decay) && decay >= 0, "the known region's decay is ", decay,
                "; it is a power of sigma / (alpha + sigma), finite and not negative (0 for none)");
    }
};

namespace detail {

namespace types {

struct nothing_known {};

/// In the place of a mask that is 1 in every element.
struct everywhere {};

/// Elements of x_0 in the place of the data prediction, or of the noise in that of the noise
/// prediction. The arrays have the shape of the state, or of one of its samples, and then serve
/// them all.
template <class Values, class Mask>
struct known_region {
    Values values;
    Mask mask;
    region_options options = {};
    bool is_noise = false;

    static constexpr bool has_mask = !std::is_same_v<Mask, everywhere>;
    const char* name() const { return is_noise ? "noise" : "x0"; }

    /// Throws fokker::error where the noise is known and the data prediction cannot follow.
    void check(const grid& walk) const {
        if (!is_noise) return;
        for (const knot& k : walk.network_knots())
            require(k.alpha > 0 || !options.acts_at(k),
                    "with_known_noise acts at the knot {t = ", k.t,
                    ", alpha = 0}, where the state is all noise and says nothing of the data; "
                    "let it act below that, by the option .to, or walk from or to alpha > 0");
    }
};

}  // namespace types
using types::everywhere, types::known_region, types::nothing_known;

/// f(i, number) for the elements of an array of any space.
template <array_like A, class F>
void for_each_number(const A& a, const F& f) {
    using T = scalar_of<A>;
    std::array<T, 256> part;
    const std::size_t size = detail::shape_of(a).size();
    for (std::size_t start = 0; start < size; start += part.size()) {
        const std::size_t count = (std::min)(part.size(), size - start);
        core::space_of<A>::copy_out(detail::data_of(a) + start, part.data(), count);
        for (std::size_t i = 0; i < count; ++i) f(start + i, static_cast<double>(part[i]));
    }
}

template <class Values>
void require_known_values(const Values& values, const char* name, const char* word) {
    static_assert(
        array_like<Values>,
        "fokker: with_known_region(x0, mask) and with_known_noise(noise, mask) take "
        "arrays of float, double, Eigen::half or Eigen::bfloat16, of the state's shape or "
        "of one sample's");
    detail::for_each_number(values, [=](std::size_t i, double number) {
        require(is_finite(number), name, "[", i, "] is ", number, " in ", word,
                "; where it is unknown, too, it must be finite");
    });
}

template <class Mask>
void require_mask(const Mask& mask, const char* word) {
    static_assert(
        array_like<Mask>,
        "fokker: the mask of a known region is an array of float, double, Eigen::half or "
        "Eigen::bfloat16, of the state's shape or of one sample's; options come after it, "
        "as in with_known_region(x0, mask, {.strength = 0.5})");
    detail::for_each_number(mask, [=](std::size_t i, double number) {
        require(number >= 0 && number <= 1, "mask[", i, "] is ", number, " in ", word,
                "; it lies in [0, 1], and 1 is known");
    });
}

inline constexpr const char *known_region_word = "with_known_region(x0, mask)",
                            *known_noise_word = "with_known_noise(noise, mask)";

template <class Values, class Mask>
void require_known_region(const Values& x0, const Mask& mask) {
    detail::require_known_values(x0, "x0", known_region_word);
    detail::require_mask(mask, known_region_word);
}

/// What the model's functions make of their arguments.
template <class Values, class Mask>
known_region<Values, Mask> checked_region(Values&& values, Mask&& mask,
                                          const region_options& options, bool is_noise) {
    const char* const word = is_noise ? known_noise_word : known_region_word;
    detail::require_known_values(values, is_noise ? "noise" : "x0", word);
    if constexpr (!std::is_same_v<std::remove_cvref_t<Mask>, everywhere>)
        detail::require_mask(mask, word);
    options.check();
    return {std::forward<Values>(values), std::forward<Mask>(mask), options, is_noise};
}

inline void require_region_fits(array_shape region, array_shape state, const char* name) {
    require(region == state || (region.size() == state.elements), "the known region's ", name,
            " has ", region.samples, " samples of ", region.elements, " elements, and the state ",
            state.samples, " samples of ", state.elements,
            "; give it the state's shape, or that of one sample");
}

template <class Region, class State>
void require_region_apart(const Region& region, const State& state, const char* name) {
    require(!detail::share_elements(region, state), "the known region's ", name,
            " shares its elements with the state, which the walk writes over; pass a copy");
}

}  // namespace detail

}  // namespace fokker
