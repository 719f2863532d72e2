/// Noise whose standard deviation differs from element to element: applied to a tile of it while
/// that is in L1, so that a sweep reads one array more and no other cost arises.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <limits>

#include <Eigen/Core>

#include <fokker/kernel/combine.hpp>
#include <fokker/kernel/lanes.hpp>
#include <fokker/kernel/linear.hpp>
#include <fokker/kernel/reduced.hpp>
#include <fokker/noise/source.hpp>
#include <fokker/target.hpp>

FOKKER_MAY_BE_UNSET

namespace fokker::inline FOKKER_TARGET::kernel::detail {

/// A register of an array, in the type that is computed with.
template <class T>
FOKKER_ALWAYS_INLINE inline lanes<arithmetic<T>> read_register(const T* in) {
    if constexpr (reduced<T>)
        return widened(in);
    else
        return load(in);
}

/// x in every lane of a register.
template <class T>
FOKKER_ALWAYS_INLINE inline lanes<arithmetic<T>> everywhere(double x) {
    return lanes<arithmetic<T>>{} + static_cast<arithmetic<T>>(x);
}

/// z *= sqrt(variance(i)) for the registers from i on, with the variance held to its limits.
/// Not-a-number stays, but under -ffast-math.
template <class Number>
FOKKER_ALWAYS_INLINE inline void multiply_by_root(std::size_t lanes_in_all,
                                                  const variance_limits& limits, Number* z,
                                                  const auto& variance) {
    const lanes<Number> low = lanes<Number>{} + static_cast<Number>(limits.low),
                        high = lanes<Number>{} +
                               static_cast<Number>(std::min<double>(
                                   limits.high, (std::numeric_limits<Number>::max)()));
    for (std::size_t i = 0; i < lanes_in_all * lane; i += lane_count<Number>) {
        lanes<Number> v = variance(i);
        v = select(v < low, low, v);
        store(load(z + i) * square_root(select(v > high, high, v)), z + i);
    }
}

/// With variance = constant + slope d.
template <class T>
FOKKER_NEVER_INLINE void multiply_by_plain(std::size_t lanes_in_all, double constant_part,
                                           double slope_of_d, const variance_limits& limits,
                                           const T* d, arithmetic<T>* z) {
    const auto constant = everywhere<T>(constant_part), slope = everywhere<T>(slope_of_d);
    multiply_by_root(lanes_in_all, limits, z, [=](std::size_t i) FOKKER_INLINE_LAMBDA {
        return multiply_add(slope, read_register(d + i), constant);
    });
}

/// With variance = constant + slope (of_operand d - e^2).
template <class T>
FOKKER_NEVER_INLINE void multiply_by_excess(std::size_t lanes_in_all,
                                            const elementwise_std<const void*>& s, const T* d,
                                            const T* p, const T* q, arithmetic<T>* z) {
    const auto constant = everywhere<T>(s.constant), slope = everywhere<T>(s.slope),
               of_d = everywhere<T>(s.of_operand), of_p = everywhere<T>(s.coefficients[0]),
               of_q = everywhere<T>(s.coefficients[1]);
    multiply_by_root(lanes_in_all, s.limits, z, [=](std::size_t i) FOKKER_INLINE_LAMBDA {
        // Of two products the compiler would choose which one it rounds.
        const auto e =
            multiply_add(of_p, read_register(p + i), rounded(of_q * read_register(q + i)));
        const auto variance = multiply_add(-e, e, rounded(of_d * read_register(d + i)));
        return multiply_add(slope, variance, constant);
    });
}

/// z *= exp(constant + slope d), in Eigen's packets.
template <class T>
FOKKER_NEVER_INLINE void multiply_by_exponential(std::size_t lanes_in_all, arithmetic<T> constant,
                                                 arithmetic<T> slope, const T* d,
                                                 arithmetic<T>* z) {
    using number = arithmetic<T>;
    using portion = detail::portion<number>;
    alignas(64) number logarithm[lane];
    for (std::size_t i = 0; i < lanes_in_all * lane; i += lane) {
        for (std::size_t j = 0; j < lane; j += lane_count<number>)
            store(multiply_add(everywhere<T>(slope), read_register(d + i + j),
                               everywhere<T>(constant)),
                  logarithm + j);
        for (std::size_t j = 0; j < lane; j += portion::size) {
            const auto deviation = Eigen::internal::pexp(portion::read(logarithm + j));
            number* const to = z + i + j;
            portion::write(portion::multiply(portion::read(to), deviation), to);
        }
    }
}

/// 0 from `count` on, up to a whole lane.
template <class T>
void pad(std::size_t count, std::array<T, noise_tile>& tile) {
    const std::size_t end = (count + lane - 1) / lane * lane;
    std::fill(tile.data() + count, tile.data() + end, T(0));
}

/// A tile of an operand, in whole lanes: where the end is ragged, a copy.
template <class T>
const T* whole_lanes(const T* d, std::size_t count, std::array<T, noise_tile>& padded) {
    if (count % lane == 0) return d;
    std::copy_n(d, count, padded.data());
    pad(count, padded);
    return padded.data();
}

/// A map's part of a tile: of one large sample, or again for each of several whole ones.
template <class Number>
const Number* map_of(const double* map, std::size_t element, std::size_t elements,
                     std::size_t count, std::array<Number, noise_tile>& copied) {
    const auto copy = [&](const double* from, std::size_t size, std::size_t to) {
        for (std::size_t i = 0; i < size; ++i) copied[to + i] = static_cast<Number>(from[i]);
    };
    if (count <= elements)
        copy(map + element, count, 0);
    else
        for (std::size_t i = 0; i < count; i += elements) copy(map, elements, i);
    pad(count, copied);
    return copied.data();
}

/// z[0, count) *= the standard deviations of the elements from `start` on, which is the sample's
/// `element` of so many `elements`. Whole lanes are taken, of copies where the end is ragged, so
/// that an element's bits do not depend on where it stands.
template <class T>
void multiply_by(const elementwise_std<const void*>& s, std::size_t start, std::size_t element,
                 std::size_t elements, std::size_t count,
                 std::array<arithmetic<T>, noise_tile>& z) {
    using number = arithmetic<T>;
    const std::size_t lanes_in_all = (count + lane - 1) / lane;
    pad(count, z);
    std::array<T, noise_tile> padded;
    const auto tile_of = [=](const void* array, std::array<T, noise_tile>& copied) {
        return whole_lanes(static_cast<const T*>(array) + start, count, copied);
    };
    switch (s.form) {
        case variance_form::plain:
            return multiply_by_plain(lanes_in_all, s.constant, s.slope, s.limits,
                                     tile_of(s.operand, padded), z.data());
        case variance_form::logarithm:
            return multiply_by_exponential(lanes_in_all, static_cast<number>(s.constant / 2),
                                           static_cast<number>(s.slope / 2),
                                           tile_of(s.operand, padded), z.data());
        case variance_form::excess: {
            std::array<T, noise_tile> padded_p, padded_q;
            return multiply_by_excess(lanes_in_all, s, tile_of(s.operand, padded),
                                      tile_of(s.operands[0], padded_p),
                                      tile_of(s.operands[1], padded_q), z.data());
        }
        case variance_form::map: {
            std::array<number, noise_tile> copied;
            return multiply_by_plain(lanes_in_all, s.constant, s.slope, s.limits,
                                     map_of(s.map, element, elements, count, copied), z.data());
        }
    }
}

}  // namespace fokker::kernel::detail

FOKKER_END_MAY_BE_UNSET
