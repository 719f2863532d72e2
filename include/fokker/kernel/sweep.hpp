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
#include <fokker/kernel/linear.hpp>
#include <fokker/kernel/merge.hpp>
#include <fokker/kernel/unrolled.hpp>
#include <fokker/noise/source.hpp>

namespace fokker::kernel {

namespace detail {

/// Elements that one work item of a sweep without noise takes: operands and results stay in L1.
inline constexpr std::size_t plain_tile = 1024;

/// Below this many elements a second thread costs more than it brings.
inline constexpr std::size_t parallel_from = std::size_t{1} << 16;

/// Calls work(item) for all items, by all threads where the user compiles with OpenMP and the array
/// is large. The items are independent, so that the results do not depend on it.
template <class Work>
void for_each_item(std::size_t items, [[maybe_unused]] bool parallel, const Work& work) {
    const auto count = static_cast<std::ptrdiff_t>(items);
#ifdef _OPENMP
#pragma omp parallel for schedule(static) if (parallel)
#endif
    for (std::ptrdiff_t i = 0; i < count; ++i) work(static_cast<std::size_t>(i));
}

template <class T, class Kept, class... Scaled>
[[gnu::noinline]] void large_sweep(std::size_t size, T* out, const Kept& kept, Scaled... terms) {
    for_each_item((size + plain_tile - 1) / plain_tile, true, [=](std::size_t item) {
        const std::size_t start = item * plain_tile;
        combine(std::min(plain_tile, size - start), out + start, kept.from(start),
                terms.from(start)...);
    });
}

/// Makes the noise tile by tile beside the pass.
template <class T, class Source, class Kept, class... Scaled>
void noisy_sweep(array_shape shape, const gaussian_term& gaussian, Source& source, T* out,
                 const Kept& kept, Scaled... terms) {
    const std::size_t tiles = (shape.elements + noise_tile - 1) / noise_tile;
    const bool parallel = std::remove_cvref_t<Source>::counted && shape.size() >= parallel_from;
    for_each_item(shape.samples * tiles, parallel, [=, &source](std::size_t item) {
        const std::size_t sample = item / tiles, element = item % tiles * noise_tile;
        const std::size_t count = std::min(noise_tile, shape.elements - element);
        const std::size_t start = sample * shape.elements + element;
        alignas(64) std::array<T, noise_tile> z;
        source.fill(z.data(), count, noise_position{sample, gaussian.draw, element});
        combine(count, out + start, kept.from(start), terms.from(start)...,
                scaled<T>{static_cast<T>(gaussian.scale), z.data()});
    });
}

/// The pass itself, for terms that are merged.
template <class T, bool Noisy, class Gaussian, class Source, class Kept>
struct pass {
    T* out;
    const Gaussian& gaussian;
    array_shape shape;
    Source& source;
    const Kept& kept;

    template <class... Scaled>
    [[gnu::always_inline]] inline void operator()(Scaled... terms) const {
        if constexpr (Noisy)
            noisy_sweep(shape, gaussian, source, out, kept, terms...);
        else if constexpr (sizeof...(terms) == 0)
            std::fill_n(out, shape.size(), T(0));
        else if (shape.size() < parallel_from)
            combine(shape.size(), out, kept, terms...);
        else
            large_sweep(shape.size(), out, kept, terms...);
    }
};

/// `first` are operands that go first, with the coefficient 0.
template <class T, std::size_t First, std::size_t N, bool Noisy, class Source, class Kept>
[[gnu::always_inline]] inline void sweep_after(const weighted_terms<T, First>& first, T* out,
                                               const linear<T, N, Noisy>& value, array_shape shape,
                                               Source& source, const Kept& kept) {
    weighted_terms<T, N> terms;
    unrolled<N>([&](auto i) { terms[i] = {value.coefficients[i], value.operands[i]}; });
    merge(first, terms,
          pass<T, Noisy, decltype(value.gaussian), Source, Kept>{out, value.gaussian, shape, source,
                                                                 kept});
}

}  // namespace detail

/// out = value, in one pass; `out` may be one of the operands. `source` makes the Gaussian. Throws
/// fokker::error beyond most_operands distinct operands.
template <class T, std::size_t N, bool Noisy, class Source>
[[gnu::always_inline]] inline void sweep(T* out, const linear<T, N, Noisy>& value,
                                         array_shape shape, Source& source) {
    detail::sweep_after<T, 0>({}, out, value, shape, source, nothing_kept{});
}

/// The same, and kept = keep, a sum of two operands, in the same pass. `kept` may be one of the
/// operands too: all reads of an element come before its writes.
template <class T, std::size_t N, bool Noisy, class Source>
[[gnu::always_inline]] inline void sweep(T* out, const linear<T, N, Noisy>& value,
                                         array_shape shape, Source& source, T* kept,
                                         const linear<T, 2>& keep) {
    detail::sweep_after<T, 2>(
        {{{0.0, keep.operands[0]}, {0.0, keep.operands[1]}}}, out, value, shape, source,
        kept_prediction<T>{kept, T(keep.coefficients[0]), T(keep.coefficients[1])});
}

/// out = value, bounded to [low, high]; not-a-number stays what it is.
template <class T, std::size_t N, class Source>
void sweep_clipped(T* out, const linear<T, N>& value, array_shape shape, Source& source, double low,
                   double high) {
    sweep(out, value, shape, source);
    const T lower = static_cast<T>(low), upper = static_cast<T>(high);
    for (std::size_t i = 0; i < shape.size(); ++i) out[i] = std::clamp(out[i], lower, upper);
}

}  // namespace fokker::kernel
