/// A known region: elements of x_0 that the user has and the sampler shall keep.
#pragma once

#include <algorithm>
#include <cstddef>
#include <type_traits>

#include <fokker/error.hpp>
#include <fokker/finite.hpp>
#include <fokker/kernel/array.hpp>
#include <fokker/kernel/reduced.hpp>
#include <fokker/model/bounds.hpp>
#include <fokker/model/prediction.hpp>

namespace fokker {

struct nothing_known {};

/// mask x_0 + (1 - mask) D in place of the data prediction D. Both arrays have the shape of the
/// state, or of one of its samples, and then serve them all.
template <class Values, class Mask>
struct known_region {
    Values x0;
    Mask mask;
};

namespace detail {

template <class Values, class Mask>
void require_known_region(const Values& x0, const Mask& mask) {
    static_assert(array<Values> && array<Mask>,
                  "fokker: with_known_region(x0, mask) takes two arrays of float, double, "
                  "Eigen::half or Eigen::bfloat16, of the state's shape or of one sample's");
    for (std::size_t i = 0; i < shape_of(x0).size(); ++i)
        require(is_finite(static_cast<double>(data_of(x0)[i])), "x0[", i, "] is ",
                static_cast<double>(data_of(x0)[i]),
                " in with_known_region(x0, mask); where it is unknown, too, it must be finite");
    for (std::size_t i = 0; i < shape_of(mask).size(); ++i) {
        const auto m = static_cast<double>(data_of(mask)[i]);
        require(m >= 0 && m <= 1, "mask[", i, "] is ", m,
                " in with_known_region(x0, mask); it lies in [0, 1], and 1 is known");
    }
}

inline void require_region_fits(array_shape region, array_shape state, const char* name) {
    require(region == state || (region.size() == state.elements), "the known region's ", name,
            " has ", region.samples, " samples of ", region.elements, " elements, and the state ",
            state.samples, " samples of ", state.elements,
            "; give it the state's shape, or that of one sample");
}

/// What a pass over a known region reads of one array: the whole batch, or one sample again and
/// again.
template <class Array>
auto sample_of(const Array& a, array_shape state, std::size_t n) {
    return data_of(a) + (shape_of(a) == state ? n * state.elements : 0);
}

/// out = the data prediction data.state * state + data.output * raw, where raw is a network's
/// output, held to the bounds if there are fixed ones, and in the known region x_0. `out` may be
/// raw. Cost: a pass.
template <class T, class Values, class Mask, class Bounds>
void impose(const known_region<Values, Mask>& known, const T* state, const T* raw, T* out,
            const mix& data, [[maybe_unused]] const Bounds& bounds, array_shape shape) {
    using number = kernel::arithmetic<T>;
    const auto of_state = static_cast<number>(data.state),
               of_output = static_cast<number>(data.output);
    for (std::size_t n = 0; n < shape.samples; ++n) {
        const auto* const x0 = sample_of(known.x0, shape, n);
        const auto* const mask = sample_of(known.mask, shape, n);
        const T* const x = state + n * shape.elements;
        const T* const said = raw + n * shape.elements;
        T* const D = out + n * shape.elements;
        for (std::size_t i = 0; i < shape.elements; ++i) {
            const auto m = static_cast<number>(mask[i]), given = static_cast<number>(x0[i]);
            number own =
                of_state * static_cast<number>(x[i]) + of_output * static_cast<number>(said[i]);
            if constexpr (std::is_same_v<Bounds, fixed_bounds>)
                own = std::min(std::max(own, static_cast<number>(bounds.low)),
                               static_cast<number>(bounds.high));
            // Where x_0 is known it does not matter what the network says, not-a-number included.
            D[i] = static_cast<T>(m == number(1) ? given : m * given + (number(1) - m) * own);
        }
    }
}

}  // namespace detail
}  // namespace fokker
