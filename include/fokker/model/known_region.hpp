/// A known region: elements of x_0 that the user has and the sampler shall keep.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>

#include <fokker/core/space.hpp>
#include <fokker/error.hpp>
#include <fokker/finite.hpp>
#include <fokker/kernel/array.hpp>
#include <fokker/target.hpp>

namespace fokker::inline FOKKER_TARGET::detail {

namespace types {

struct nothing_known {};

/// mask x_0 + (1 - mask) D in place of the data prediction D. Both arrays have the shape of the
/// state, or of one of its samples, and then serve them all.
template <class Values, class Mask>
struct known_region {
    Values x0;
    Mask mask;
};

}  // namespace types
using types::nothing_known, types::known_region;

/// f(i, number) for the elements of an array of any space.
template <array_like A, class F>
void for_each_number(const A& a, const F& f) {
    using T = scalar_of<A>;
    std::array<T, 256> part;
    const std::size_t size = detail::shape_of(a).size();
    for (std::size_t start = 0; start < size; start += part.size()) {
        const std::size_t count = std::min(part.size(), size - start);
        core::space_of<A>::copy_out(detail::data_of(a) + start, part.data(), count);
        for (std::size_t i = 0; i < count; ++i) f(start + i, static_cast<double>(part[i]));
    }
}

template <class Values, class Mask>
void require_known_region(const Values& x0, const Mask& mask) {
    static_assert(array_like<Values> && array_like<Mask>,
                  "fokker: with_known_region(x0, mask) takes two arrays of float, double, "
                  "Eigen::half or Eigen::bfloat16, of the state's shape or of one sample's");
    detail::for_each_number(x0, [](std::size_t i, double number) {
        require(is_finite(number), "x0[", i, "] is ", number,
                " in with_known_region(x0, mask); where it is unknown, too, it must be finite");
    });
    detail::for_each_number(mask, [](std::size_t i, double number) {
        require(number >= 0 && number <= 1, "mask[", i, "] is ", number,
                " in with_known_region(x0, mask); it lies in [0, 1], and 1 is known");
    });
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

}  // namespace fokker::detail
