/// Noise whose standard deviation differs from element to element: applied to a tile of it while
/// that is in L1, so that a sweep reads one array more and no other cost arises.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>

#include <Eigen/Core>

#include <fokker/kernel/combine.hpp>
#include <fokker/kernel/lanes.hpp>
#include <fokker/kernel/linear.hpp>
#include <fokker/kernel/reduced.hpp>
#include <fokker/kernel/unrolled.hpp>
#include <fokker/noise/source.hpp>

namespace fokker::kernel::detail {

/// A register of an array, in the type that is computed with.
template <class T>
[[gnu::always_inline]] inline lanes<arithmetic<T>> read_register(const T* in) {
    if constexpr (reduced<T>)
        return widened(in);
    else
        return load(in);
}

/// z *= sqrt(max(0, constant + slope d)). Not-a-number stays, but under -ffast-math.
template <class T>
[[gnu::noinline]] void multiply_by_root(std::size_t lanes_in_all, arithmetic<T> constant,
                                        arithmetic<T> slope, const T* d, arithmetic<T>* z) {
    using number = arithmetic<T>;
    const lanes<number> zero{};
    for (std::size_t i = 0; i < lanes_in_all * lane; i += lane_count<number>) {
        const lanes<number> variance = constant + slope * read_register(d + i);
        store(load(z + i) * square_root(variance < zero ? zero : variance), z + i);
    }
}

/// z *= exp(constant + slope d).
template <class T>
[[gnu::noinline, gnu::flatten]] void multiply_by_exponential(std::size_t lanes_in_all,
                                                             arithmetic<T> constant,
                                                             arithmetic<T> slope, const T* d,
                                                             arithmetic<T>* z) {
    using number = arithmetic<T>;
    for (std::size_t i = 0; i < lanes_in_all * lane; i += lane) {
        lane_array<number> logarithm;
        unrolled<lane / lane_count<number>>([&](auto part) {
            const std::size_t j = part * lane_count<number>;
            store(constant + slope * read_register(d + i + j), logarithm.data() + j);
        });
        Eigen::Map<lane_array<number>>{z + i} *= logarithm.exp();
    }
}

/// z[0, count) *= the standard deviations of the elements from `start` on. Whole lanes are taken,
/// of copies where the end is ragged, so that an element's bits do not depend on where it stands.
template <class T>
void multiply_by(const elementwise_std<T>& s, std::size_t start, std::size_t count,
                 std::array<arithmetic<T>, noise_tile>& z) {
    using number = arithmetic<T>;
    const T* d = s.operand + start;
    const std::size_t lanes_in_all = (count + lane - 1) / lane;
    std::array<T, noise_tile> padded;
    if (count % lane != 0) {
        const auto end = static_cast<std::ptrdiff_t>(lanes_in_all * lane);
        std::fill(std::copy_n(d, count, padded.begin()), padded.begin() + end, T(0));
        std::fill(z.begin() + static_cast<std::ptrdiff_t>(count), z.begin() + end, number(0));
        d = padded.data();
    }
    if (s.form == variance_form::plain)
        multiply_by_root(lanes_in_all, static_cast<number>(s.constant),
                         static_cast<number>(s.slope), d, z.data());
    else
        multiply_by_exponential(lanes_in_all, static_cast<number>(s.constant / 2),
                                static_cast<number>(s.slope / 2), d, z.data());
}

}  // namespace fokker::kernel::detail
