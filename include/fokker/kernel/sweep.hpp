/// The sweep: one pass over memory that computes out = sum of c_i p_i + s z. Every step of every
/// solver ends here.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <type_traits>

#include <fokker/compiled.hpp>
#include <fokker/kernel/array.hpp>
#include <fokker/kernel/combine.hpp>
#include <fokker/kernel/elementwise_std.hpp>
#include <fokker/kernel/linear.hpp>
#include <fokker/kernel/parallel.hpp>
#include <fokker/kernel/pass.hpp>
#include <fokker/kernel/reduced.hpp>
#include <fokker/noise/noise_reference.hpp>
#include <fokker/noise/source.hpp>
#include <fokker/target.hpp>

namespace fokker::inline FOKKER_TARGET::kernel {

namespace detail {

/// Elements that one work item of a sweep without noise takes: operands and results stay in L1.
inline constexpr std::size_t plain_tile = 1024;

/// Samples up to this size are made several at a time; a larger one fills vectors by itself.
inline constexpr std::size_t small_sample = 64;

/// Makes the noise tile by tile beside the pass. Where samples are small and the source can, a tile
/// is several of them.
template <class T>
FOKKER_NEVER_INLINE void noisy_pass(const pass& p) {
    using number = arithmetic<T>;
    const noise_reference& source = *p.noise.source;
    const array_shape shape = p.shape;
    if (shape.size() == 0) return;
    const gaussian_term& gaussian = p.noise.gaussian;
    const std::uint32_t draw = gaussian.draw;
    const std::size_t first = p.noise.first_sample;
    const auto scale = static_cast<number>(gaussian.scale);
    source.begin_draw({shape, draw, gaussian.from, gaussian.to, first});
    const std::size_t samples_in_tile =
        source.makes_samples() && shape.elements <= small_sample ? noise_tile / shape.elements : 1;
    const bool together = samples_in_tile > 1 && shape.samples > 1;
    const std::size_t tiles = (shape.elements + noise_tile - 1) / noise_tile;
    const std::size_t items =
        together ? (shape.samples + samples_in_tile - 1) / samples_in_tile : shape.samples * tiles;
    const bool parallel = source.is_counted() && shape.size() >= noisy_parallel_from;
    for_each_item(items, parallel, [=, &source, &p](std::size_t item) {
        alignas(64) std::array<number, noise_tile> z;
        std::size_t sample = item / tiles, element = item % tiles * noise_tile;
        std::size_t count = (std::min)(noise_tile, shape.elements - element);
        if (together) {
            sample = item * samples_in_tile;
            element = 0;
            const std::size_t samples = (std::min)(samples_in_tile, shape.samples - sample);
            count = samples * shape.elements;
            source.fill_samples(z.data(), samples, shape.elements, {first + sample, draw, 0});
        } else {
            source.fill(z.data(), count, {first + sample, draw, element});
        }
        const std::size_t start = sample * shape.elements + element;
        if (p.noise.std) multiply_by<T>(*p.noise.std, start, element, shape.elements, count, z);
        combine<T>(p, start, count, z.data(), scale);
    });
}

/// By addresses alone, as a pass reads it.
template <class T>
elementwise_std<const void*> by_address(const elementwise_std<const T*>& s) {
    return {s.form,   s.constant,   s.slope,        s.operand,
            s.limits, s.of_operand, s.coefficients, {s.operands[0], s.operands[1]},
            s.map};
}

}  // namespace detail

/// Runs a pass over arrays of T.
template <class T>
FOKKER_NEVER_INLINE void run_pass(const pass& p) {
    if (p.noise.source) return detail::noisy_pass<T>(p);
    const std::size_t size = p.shape.size();
    if (p.count == 0) {
        std::fill_n(static_cast<T*>(p.out), size, T(0));
    } else if (size < detail::parallel_from) {
        combine<T>(p, 0, size);
    } else {
        const std::size_t tile = detail::plain_tile;
        for_each_item((size + tile - 1) / tile, true, [&p, size, tile](std::size_t item) {
            const std::size_t start = item * tile;
            combine<T>(p, start, (std::min)(tile, size - start));
        });
    }
}

#ifdef FOKKER_TEMPLATE
FOKKER_TEMPLATE void run_pass<float>(const pass&);
FOKKER_TEMPLATE void run_pass<double>(const pass&);
#endif

namespace detail {

/// Runs a pass, once the terms of a value are added to it.
template <class T, std::size_t N, class Z, class Source>
void finish(pass& p, const linear<const T*, N, Z>& value, Source& source) {
    p.add(N, value.coefficients.data(), [&](std::size_t i) { return value.operands[i]; });
    noise_reference reference;
    elementwise_std<const void*> std;
    if constexpr (is_gaussian<Z>) {
        reference = noise_reference::to<T>(source);
        p.noise = {value.gaussian, nullptr, &reference};
    }
    if constexpr (requires { value.gaussian.std; }) {
        std = by_address(value.gaussian.std);
        p.noise.std = &std;
    }
    run_pass<T>(p);
}

}  // namespace detail

/// out = value, in one pass; `out` may be one of the operands. `source` makes the Gaussian. Throws
/// fokker::error beyond most_operands distinct operands.
template <class T, std::size_t N, class Z, class Source>
void sweep(T* out, const linear<const T*, N, Z>& value, array_shape shape, Source& source) {
    pass p(out, shape);
    detail::finish<T>(p, value, source);
}

/// The same, and what `also` says of a state and a network's output, in the same pass: all that an
/// assignment of a walk can do, for those who have no walk, such as tests and benchmarks. The kept
/// prediction may be written to one of the operands: all reads of an element come before its
/// writes.
template <class T, std::size_t N, class Z, class Source>
void sweep(T* out, const linear<const T*, N, Z>& value, array_shape shape, Source& source,
           const T* state, const T* output, const beside& also) {
    pass p(out, shape, state, output, also);
    detail::finish<T>(p, value, source);
}

}  // namespace fokker::kernel
