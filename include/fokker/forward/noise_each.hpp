/// The sweep of `forward` where every sample has a knot of its own.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include <fokker/kernel/array.hpp>
#include <fokker/kernel/combine.hpp>
#include <fokker/kernel/parallel.hpp>
#include <fokker/kernel/pass.hpp>
#include <fokker/kernel/reduced.hpp>
#include <fokker/kernel/sweep.hpp>
#include <fokker/noise/source.hpp>
#include <fokker/path/knot.hpp>
#include <fokker/target.hpp>

namespace fokker::inline FOKKER_TARGET::detail {

/// out = alpha x0 + sigma z, a part of one sample, by the loop that a single knot takes: the same
/// bits. A term whose coefficient is 0 is left out there, too.
template <class T>
void noise_part(std::size_t count, const knot& k, const T* x0, const kernel::arithmetic<T>* z,
                T* out) {
    kernel::pass p(out, {1, count});
    p.add(k.alpha, x0);
    kernel::combine<T>(p, 0, count, z, static_cast<kernel::arithmetic<T>>(k.sigma));
}

/// out = alpha x0 + sigma z with the knot of each sample. The noise of small samples is made for
/// several at a time, where the source can.
template <class T, class Source>
void noise_each(array_shape shape, std::span<const knot> knots, const T* x0, Source& source,
                std::uint32_t draw, T* out) {
    if (shape.size() == 0) return;
    detail::require_shape<T>(source, shape);
    detail::begin_draw<T>(source, {shape, draw});
    const bool together = sample_source<Source> && shape.elements <= kernel::detail::small_sample;
    const std::size_t in_tile = together ? noise_tile / shape.elements : 1;
    const std::size_t tiles = (shape.elements + noise_tile - 1) / noise_tile;
    const std::size_t items =
        together ? (shape.samples + in_tile - 1) / in_tile : shape.samples * tiles;
    const bool parallel =
        std::remove_cvref_t<Source>::counted && shape.size() >= kernel::detail::noisy_parallel_from;
    kernel::for_each_item(items, parallel, [=, &source](std::size_t item) {
        alignas(64) std::array<kernel::arithmetic<T>, noise_tile> z;
        if constexpr (sample_source<Source>)
            if (together) {
                const std::size_t first = item * in_tile, n = shape.elements;
                const std::size_t samples = (std::min)(in_tile, shape.samples - first);
                source.fill_samples(z.data(), samples, n, noise_position{first, draw, 0});
                for (std::size_t i = 0; i < samples; ++i)
                    noise_part(n, knots[first + i], x0 + (first + i) * n, z.data() + i * n,
                               out + (first + i) * n);
                return;
            }
        const std::size_t sample = item / tiles, element = item % tiles * noise_tile;
        const std::size_t count = (std::min)(noise_tile, shape.elements - element);
        const std::size_t start = sample * shape.elements + element;
        source.fill(z.data(), count, noise_position{sample, draw, element});
        noise_part(count, knots[sample], x0 + start, z.data(), out + start);
    });
}

}  // namespace fokker::detail
