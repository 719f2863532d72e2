/// The sweep: one pass over memory that computes out = sum of c_i p_i + s z. Every step of every
/// solver ends here.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <type_traits>
#include <utility>

#include <fokker/kernel/array.hpp>
#include <fokker/kernel/combine.hpp>
#include <fokker/kernel/elementwise_std.hpp>
#include <fokker/kernel/linear.hpp>
#include <fokker/kernel/merge.hpp>
#include <fokker/kernel/parallel.hpp>
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

template <class T, class Also, class... Operands>
[[gnu::noinline]] void large_sweep(std::size_t size, T* out, const Also& also,
                                   scaled<Operands>... terms) {
    for_each_item((size + plain_tile - 1) / plain_tile, true, [=](std::size_t item) {
        const std::size_t start = item * plain_tile;
        combine(std::min(plain_tile, size - start), out + start, also.from(start),
                terms.from(start)...);
    });
}

/// Makes the noise tile by tile beside the pass. Where samples are small and the source can, a tile
/// is several of them.
template <class T, class Gaussian, class Source, class Also, class... Operands>
[[gnu::noinline]] void noisy_sweep(array_shape shape, Gaussian gaussian, Source& source, T* out,
                                   const Also& also, scaled<Operands>... terms) {
    using number = arithmetic<T>;
    const std::uint32_t draw = gaussian.draw;
    if (shape.size() == 0) return;
    const std::size_t samples_in_tile =
        sample_source<Source> && shape.elements <= small_sample ? noise_tile / shape.elements : 1;
    const bool together = samples_in_tile > 1 && shape.samples > 1;
    const std::size_t tiles = (shape.elements + noise_tile - 1) / noise_tile;
    const std::size_t items =
        together ? (shape.samples + samples_in_tile - 1) / samples_in_tile : shape.samples * tiles;
    const bool parallel =
        std::remove_cvref_t<Source>::counted && shape.size() >= noisy_parallel_from;
    for_each_item(items, parallel, [=, &source](std::size_t item) {
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
        if constexpr (requires { gaussian.std; })
            multiply_by(gaussian.std, start, element, shape.elements, count, z);
        combine(count, out + start, also.from(start), terms.from(start)...,
                scaled<number>{static_cast<number>(gaussian.scale), z.data()});
    });
}

/// The pass itself, for terms that are merged.
template <class T, class Gaussian, class Source, class Also>
struct pass {
    T* out;
    const Gaussian& gaussian;
    array_shape shape;
    Source& source;
    const Also& also;

    template <class... Scaled>
    [[gnu::always_inline]] inline void operator()(Scaled... terms) const {
        if constexpr (is_gaussian<Gaussian>) {
            fokker::detail::begin_draw<T>(source,
                                          {shape, gaussian.draw, gaussian.from, gaussian.to});
            noisy_sweep(shape, gaussian, source, out, also, terms...);
        } else if constexpr (sizeof...(terms) == 0)
            std::fill_n(out, shape.size(), T(0));
        else if (shape.size() < parallel_from)
            combine(shape.size(), out, also, terms...);
        else
            large_sweep(shape.size(), out, also, terms...);
    }
};

/// `first` are operands that go first, with the coefficient 0.
template <std::size_t Most, class T, std::size_t First, std::size_t N, class Z, class Source,
          class Also>
[[gnu::always_inline]] inline void sweep_after(const weighted_terms<T, First>& first, T* out,
                                               const linear<T, N, Z>& value, array_shape shape,
                                               Source& source, const Also& also) {
    weighted_terms<T, N> terms;
    unrolled<N>([&](auto i) { terms[i] = {value.coefficients[i], value.operands[i]}; });
    merge<Most>(first, terms, pass<T, Z, Source, Also>{out, value.gaussian, shape, source, also});
}

}  // namespace detail

/// out = value, in one pass; `out` may be one of the operands. `source` makes the Gaussian. Throws
/// fokker::error beyond most_operands distinct operands. Most bounds what is compiled.
template <std::size_t Most = most_operands, class T, std::size_t N, class Z, class Source>
[[gnu::always_inline]] inline void sweep(T* out, const linear<T, N, Z>& value, array_shape shape,
                                         Source& source) {
    detail::sweep_after<Most, T, 0>({}, out, value, shape, source, nothing_beside<T>{});
}

/// The same, and what `also` says of a state and a network's output, in the same pass. The kept
/// prediction may be written to one of the operands: all reads of an element come before its
/// writes.
template <std::size_t Most = most_operands, class T, std::size_t N, class Z, class Source,
          bool Bounds, bool Keeps>
[[gnu::always_inline]] inline void sweep(T* out, const linear<T, N, Z>& value, array_shape shape,
                                         Source& source, const T* state, const T* output,
                                         const beside<T, Bounds, Keeps>& also) {
    detail::sweep_after<Most, T, 2>({{{0.0, state}, {0.0, output}}}, out, value, shape, source,
                                    also);
}

}  // namespace fokker::kernel
