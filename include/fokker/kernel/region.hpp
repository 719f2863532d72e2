/// A known region as a pass over a batch: elements that are given take the place of those
/// predicted.
#pragma once

#include <algorithm>
#include <cstddef>

#include <fokker/kernel/array_shape.hpp>
#include <fokker/kernel/reduced.hpp>
#include <fokker/target.hpp>

namespace fokker::inline FOKKER_TARGET::kernel {

namespace types {

/// An array of a whole batch, or of one sample that serves them all.
struct region_array {
    const void* data;
    std::size_t stride;  // elements from one sample to the next: 0 where one serves all
};

/// out = m known + (1 - m) D, with m = strength * mask, D = of_state * state + of_raw * raw, which
/// is held to [low, high] if `is_bounded`, and known = given_of_state * state + given_of_given *
/// given. A mask without data is 1 everywhere. `out` may be raw.
struct region_pass {
    const void *state, *raw;
    void* out;
    double of_state, of_raw;
    bool is_bounded;
    double low, high;
    region_array given, mask;
    array_shape shape;
    double strength = 1.0;
    double given_of_state = 0.0, given_of_given = 1.0;
};

}  // namespace types
using types::region_array, types::region_pass;

template <class T>
void run_region(const region_pass& p) {
    using number = arithmetic<T>;
    const auto of_state = static_cast<number>(p.of_state), of_raw = static_cast<number>(p.of_raw),
               low = static_cast<number>(p.low), high = static_cast<number>(p.high);
    const auto strength = static_cast<number>(p.strength),
               by_state = static_cast<number>(p.given_of_state),
               by_given = static_cast<number>(p.given_of_given);
    const bool is_given = p.given_of_state == 0.0 && p.given_of_given == 1.0;
    for (std::size_t n = 0; n < p.shape.samples; ++n) {
        const std::size_t start = n * p.shape.elements;
        const T* const given = static_cast<const T*>(p.given.data) + n * p.given.stride;
        const T* const mask =
            p.mask.data ? static_cast<const T*>(p.mask.data) + n * p.mask.stride : nullptr;
        const T* const x = static_cast<const T*>(p.state) + start;
        const T* const said = static_cast<const T*>(p.raw) + start;
        T* const out = static_cast<T*>(p.out) + start;
        for (std::size_t i = 0; i < p.shape.elements; ++i) {
            const number m = mask ? strength * static_cast<number>(mask[i]) : strength;
            number known = static_cast<number>(given[i]);
            if (!is_given) known = by_state * static_cast<number>(x[i]) + by_given * known;
            number own =
                of_state * static_cast<number>(x[i]) + of_raw * static_cast<number>(said[i]);
            if (p.is_bounded) own = (std::min)((std::max)(own, low), high);
            // Where x_0 is known it does not matter what the network says, not-a-number included.
            out[i] = static_cast<T>(m == number(1) ? known : m * known + (number(1) - m) * own);
        }
    }
}

}  // namespace fokker::kernel
