/// The sweep: one pass over memory that computes out = sum of c_i p_i + s z. Every step of every
/// solver ends here.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <type_traits>

#include <fokker/kernel/array.hpp>
#include <fokker/kernel/combine.hpp>
#include <fokker/kernel/elementwise_std.hpp>
#include <fokker/kernel/linear.hpp>
#include <fokker/kernel/parallel.hpp>
#include <fokker/kernel/pass.hpp>
#include <fokker/kernel/reduced.hpp>
#include <fokker/kernel/unrolled.hpp>
#include <fokker/noise/source.hpp>

namespace fokker::kernel {

namespace detail {

/// Elements that one work item of a sweep without noise takes: operands and results stay in L1.
inline constexpr std::size_t plain_tile = 1024;

/// Below this many elements a second thread costs more than it brings. Noise takes several times as
/// long as the pass itself.
inline constexpr std::size_t parallel_from = std::size_t{1} << 16;
inline constexpr std::size_t noisy_parallel_from = std::size_t{1} << 15;

/// Samples up to this size are made several at a time; a larger one fills vectors by itself.
inline constexpr std::size_t small_sample = 64;

/// A pass without noise.
template <class T>
[[gnu::noinline]] void plain_sweep(const pass<T>& p, std::size_t size) {
    if (p.count == 0) {
        std::fill_n(p.out, size, T(0));
    } else if (size < parallel_from) {
        combine(p, 0, size);
    } else {
        for_each_item((size + plain_tile - 1) / plain_tile, true, [&p, size](std::size_t item) {
            const std::size_t start = item * plain_tile;
            combine(p, start, std::min(plain_tile, size - start));
        });
    }
}

/// Makes the noise tile by tile beside the pass. Where samples are small and the source can, a tile
/// is several of them. `std`, if there is one, holds the deviations of the elements.
template <class T, class Source>
[[gnu::noinline]] void noisy_sweep(const pass<T>& p, array_shape shape, const gaussian_term& z_term,
                                   const elementwise_std<T>* std, Source& source) {
    using number = arithmetic<T>;
    const std::uint32_t draw = z_term.draw;
    const auto scale = static_cast<number>(z_term.scale);
    fokker::detail::begin_draw<T>(source, {shape, draw, z_term.from, z_term.to});
    if (shape.size() == 0) return;
    const std::size_t samples_in_tile =
        sample_source<Source> && shape.elements <= small_sample ? noise_tile / shape.elements : 1;
    const bool together = samples_in_tile > 1 && shape.samples > 1;
    const std::size_t tiles = (shape.elements + noise_tile - 1) / noise_tile;
    const std::size_t items =
        together ? (shape.samples + samples_in_tile - 1) / samples_in_tile : shape.samples * tiles;
    const bool parallel =
        std::remove_cvref_t<Source>::counted && shape.size() >= noisy_parallel_from;
    for_each_item(items, parallel, [=, &source, &p](std::size_t item) {
        alignas(64) std::array<number, noise_tile> z;
        std::size_t sample = item / tiles, element = item % tiles * noise_tile;
        std::size_t count = std::min(noise_tile, shape.elements - element);
        if (together) {
            sample = item * samples_in_tile;
            element = 0;
            const std::size_t samples = std::min(samples_in_tile, shape.samples - sample);
            count = samples * shape.elements;
            if constexpr (sample_source<Source>)
                source.fill_samples(z.data(), samples, shape.elements,
                                    noise_position{sample, draw, 0});
        } else {
            source.fill(z.data(), count, noise_position{sample, draw, element});
        }
        const std::size_t start = sample * shape.elements + element;
        if (std) multiply_by(*std, start, element, shape.elements, count, z);
        combine(p, start, count, z.data(), scale);
    });
}

/// Runs a pass, once the terms of a value are added to it.
template <class T, std::size_t N, class Z, class Source>
[[gnu::always_inline]] inline void finish(pass<T>& p, const linear<T, N, Z>& value,
                                          array_shape shape, Source& source) {
    unrolled<N>([&](auto i) __attribute__((always_inline)) {
        p.add(value.coefficients[i], value.operands[i]);
    });
    if constexpr (!is_gaussian<Z>)
        plain_sweep(p, shape.size());
    else if constexpr (std::is_same_v<Z, elementwise_gaussian_term<T>>)
        noisy_sweep<T>(p, shape, value.gaussian, &value.gaussian.std, source);
    else
        noisy_sweep<T>(p, shape, value.gaussian, nullptr, source);
}

}  // namespace detail

/// out = value, in one pass; `out` may be one of the operands. `source` makes the Gaussian. Throws
/// fokker::error beyond most_operands distinct operands.
template <class T, std::size_t N, class Z, class Source>
[[gnu::always_inline]] inline void sweep(T* out, const linear<T, N, Z>& value, array_shape shape,
                                         Source& source) {
    pass<T> p(out);
    detail::finish(p, value, shape, source);
}

/// The same, and what `also` says of a state and a network's output, in the same pass. The kept
/// prediction may be written to one of the operands: all reads of an element come before its
/// writes.
template <class T, std::size_t N, class Z, class Source>
[[gnu::always_inline]] inline void sweep(T* out, const linear<T, N, Z>& value, array_shape shape,
                                         Source& source, const T* state, const T* output,
                                         const beside<T>& also) {
    pass<T> p(out, state, output, also);
    detail::finish(p, value, shape, source);
}

}  // namespace fokker::kernel
