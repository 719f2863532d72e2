/// A pass whose coefficients differ from element to element of a sample, and are the same for every
/// sample. Each element's sum has the bits that a pass with its coefficients alone would give it.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <type_traits>

#include <fokker/compiled.hpp>
#include <fokker/kernel/array_shape.hpp>
#include <fokker/kernel/combine.hpp>
#include <fokker/kernel/parallel.hpp>
#include <fokker/kernel/pass.hpp>
#include <fokker/kernel/reduced.hpp>
#include <fokker/noise/noise_reference.hpp>
#include <fokker/noise/source.hpp>
#include <fokker/target.hpp>

FOKKER_MAY_SHADOW

namespace fokker::inline FOKKER_TARGET::kernel {

namespace types {

/// The coefficients of a pass by path: a row for each operand, two for the kept prediction and one
/// for the noise. `path_of` is the path of each of a sample's elements.
struct by_element {
    static constexpr std::size_t kept = most_operands, noise = kept + 2, rows = noise + 1;

    const std::uint32_t* path_of = nullptr;
    std::size_t paths = 0;
    const double* coefficients = nullptr;  // rows of `paths`
    double* scratch = nullptr;             // room for `room(elements)` of them

    static std::size_t stride(std::size_t elements) {
        return (elements + detail::lane - 1) / detail::lane * detail::lane;
    }
    static std::size_t room(std::size_t elements) { return rows * stride(elements); }
};

}  // namespace types
using types::by_element;

namespace detail {

/// Coefficients of a sample's elements, in the type that is computed with.
template <class T>
struct element_rows {
    const arithmetic<T>* first;
    std::size_t stride;

    const arithmetic<T>* row(std::size_t k, std::size_t element) const {
        return first + k * stride + element;
    }
};

/// Whole lanes of a pass, whose arrays and coefficients begin at these elements; the terms in the
/// order of combine_lanes.
template <class T>
FOKKER_NEVER_INLINE void combine_rows(const pass& p, std::size_t start, std::size_t lanes,
                                      const element_rows<T>& rows, std::size_t element,
                                      const arithmetic<T>* z) {
    using portion = detail::portion<T>;
    using value = typename portion::value;
    const auto operand = [&](std::size_t k) {
        return static_cast<const T*>(p.operands[k]) + start;
    };
    const auto row = [&](std::size_t k) { return rows.row(k, element); };
    T* const out = static_cast<T*>(p.out) + start;
    T* const kept = p.also.kept.out ? static_cast<T*>(p.also.kept.out) + start : nullptr;
    for (std::size_t i = 0; i < lanes * lane; i += portion::size) {
        value total = portion::all(arithmetic<T>(0)), keep = total;
        if (p.count > 0)
            total = portion::multiply(portion::read(row(0) + i), portion::read(operand(0) + i));
        for (std::size_t k = 1; k < p.count; ++k)
            total = portion::multiply_add(portion::read(row(k) + i), portion::read(operand(k) + i),
                                          total);
        if (z)
            total = portion::multiply_add(portion::read(row(by_element::noise) + i),
                                          portion::read(z + i), total);
        if (kept)
            keep = portion::multiply_add(portion::read(row(by_element::kept + 1) + i),
                                         portion::read(operand(1) + i),
                                         portion::multiply(portion::read(row(by_element::kept) + i),
                                                           portion::read(operand(0) + i)));
        portion::write(total, out + i);
        if (kept) portion::write(keep, kept + i);
    }
}

/// The same for any number of elements: a ragged end as one lane of padded copies.
template <class T>
void combine_part(const pass& p, std::size_t start, std::size_t size, const element_rows<T>& rows,
                  std::size_t element, const arithmetic<T>* z) {
    const std::size_t rest = size % lane, whole = size - rest;
    combine_rows<T>(p, start, whole / lane, rows, element, z);
    if (rest == 0) return;
    std::array<std::array<T, lane>, most_operands> padded;
    std::array<arithmetic<T>, lane> padded_noise;
    std::array<T, lane> end, end_kept;
    const auto pad = [=](const auto* from, auto& to) {
        using number = typename std::remove_reference_t<decltype(to)>::value_type;
        std::fill(std::copy_n(from, rest, to.begin()), to.end(), number(0));
        return to.data();
    };
    pass part(end.data(), p.shape);
    part.count = p.count;
    for (std::size_t k = 0; k < p.count; ++k)
        part.operands[k] = pad(static_cast<const T*>(p.operands[k]) + start + whole, padded[k]);
    if (p.also.kept.out) part.also.kept.out = end_kept.data();
    combine_rows<T>(part, 0, 1, rows, element + whole, z ? pad(z + whole, padded_noise) : nullptr);
    const auto unpad = [=](const auto& padded_end, void* to) {
        std::copy_n(padded_end.begin(), rest, static_cast<T*>(to) + start + whole);
    };
    unpad(end, p.out);
    if (p.also.kept.out) unpad(end_kept, p.also.kept.out);
}

}  // namespace detail

/// Runs a pass over arrays of T. Its own coefficients do not count, nor its noise's scale.
template <class T>
FOKKER_NEVER_INLINE void run_by_element(const pass& p, const by_element& of) {
    using number = arithmetic<T>;
    static_assert(sizeof(number) <= sizeof(double));
    const array_shape shape = p.shape;
    if (shape.size() == 0) return;
    const std::size_t stride = by_element::stride(shape.elements);
    number* const expanded = reinterpret_cast<number*>(of.scratch);
    const auto expand = [&](std::size_t row) {
        const double* const from = of.coefficients + row * of.paths;
        number* const to = expanded + row * stride;
        for (std::size_t i = 0; i < shape.elements; ++i)
            to[i] = static_cast<number>(from[of.path_of[i]]);
        std::fill(to + shape.elements, to + stride, number(0));
    };
    for (std::size_t k = 0; k < p.count; ++k) expand(k);
    if (p.also.kept.out) {
        expand(by_element::kept);
        expand(by_element::kept + 1);
    }
    const noise_reference* const source = p.noise.source;
    const gaussian_term& gaussian = p.noise.gaussian;
    if (source) {
        expand(by_element::noise);
        source->begin_draw(
            {shape, gaussian.draw, gaussian.from, gaussian.to, p.noise.first_sample});
    }
    const detail::element_rows<T> rows{expanded, stride};
    const std::size_t tiles = (shape.elements + noise_tile - 1) / noise_tile;
    const bool parallel =
        shape.size() >= (source ? detail::noisy_parallel_from : detail::parallel_from) &&
        (!source || source->is_counted());
    for_each_item(shape.samples * tiles, parallel, [&](std::size_t item) {
        const std::size_t sample = item / tiles, element = item % tiles * noise_tile;
        const std::size_t count = (std::min)(noise_tile, shape.elements - element);
        alignas(64) std::array<number, noise_tile> z;
        if (source)
            source->fill(z.data(), count, {p.noise.first_sample + sample, gaussian.draw, element});
        detail::combine_part<T>(p, sample * shape.elements + element, count, rows, element,
                                source ? z.data() : nullptr);
    });
}

#ifdef FOKKER_TEMPLATE
FOKKER_TEMPLATE void run_by_element<float>(const pass&, const by_element&);
FOKKER_TEMPLATE void run_by_element<double>(const pass&, const by_element&);
#endif

}  // namespace fokker::kernel

FOKKER_END_MAY_SHADOW
