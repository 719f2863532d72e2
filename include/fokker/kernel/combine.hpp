/// The innermost loop: out = sum of c_i p_i, and a second combination of the first two operands in
/// the same pass.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <type_traits>
#include <utility>

#include <Eigen/Core>

namespace fokker::kernel {

/// One operand and what it is multiplied by.
template <class T>
struct scaled {
    T coefficient;
    const T* operand;

    scaled from(std::size_t start) const { return {coefficient, operand + start}; }
};

/// Where the second combination of a pass goes, kept = first * operand_0 + second * operand_1; and
/// its absence.
template <class T>
struct kept_prediction {
    T* out;
    T first, second;

    kept_prediction from(std::size_t start) const { return {out + start, first, second}; }
};
struct nothing_kept {
    nothing_kept from(std::size_t) const { return {}; }
};

namespace detail {

/// Elements that the loop takes at a time: whole packets on every instruction set.
inline constexpr std::size_t lane = 16;

template <class T>
using lane_array = Eigen::Array<T, static_cast<int>(lane), 1>;

template <class T, class... Scaled>
auto lane_sum(std::size_t start, const Scaled&... terms) {
    return (... + (terms.coefficient * Eigen::Map<const lane_array<T>>(terms.operand + start)));
}

template <class T, class First, class Second, class... Rest>
lane_array<T> kept_sum(std::size_t start, const kept_prediction<T>& kept, const First& first,
                       const Second& second, const Rest&...) {
    return lane_sum<T>(start, scaled<T>{kept.first, first.operand},
                       scaled<T>{kept.second, second.operand});
}

/// Both stores come after all loads of a lane, so an output may be one of the operands. Cost: a
/// load and a multiply-add for each operand, a store for each output.
template <class T, class Kept, class... Scaled>
[[gnu::noinline, gnu::flatten]] void combine_lanes(std::size_t lanes, T* out,
                                                   const Kept& kept_by_caller, Scaled... terms) {
    const Kept kept = kept_by_caller;  // out of reach of the stores
    using chunk = Eigen::Map<lane_array<T>>;
    for (std::size_t i = 0; i < lanes * lane; i += lane) {
        if constexpr (std::is_same_v<Kept, nothing_kept>) {
            chunk(out + i) = lane_sum<T>(i, terms...);
        } else {
            const lane_array<T> second = kept_sum<T>(i, kept, terms...);
            chunk(out + i) = lane_sum<T>(i, terms...);
            chunk(kept.out + i) = second;
        }
    }
}

/// The whole lanes, and then the ragged end as one lane of padded copies: by one call, so that no
/// compiler makes a version of combine_lanes for a single lane.
template <class T, class Kept, std::size_t... I, class... Scaled>
[[gnu::noinline]] void combine_padded(std::index_sequence<I...>, std::size_t size, T* out,
                                      const Kept& kept, Scaled... terms) {
    constexpr bool keeps = !std::is_same_v<Kept, nothing_kept>;
    const std::size_t rest = size % lane, whole = size - rest;
    std::array<std::array<T, lane>, sizeof...(I)> padded;
    std::array<T, lane> end, kept_end;
    T* target = out;
    Kept kept_target = kept;
    std::size_t lanes = whole / lane;
    for (bool ragged = false;; ragged = true) {
        combine_lanes(lanes, target, kept_target, terms...);
        if (ragged) break;
        (std::fill(std::copy_n(terms.operand + whole, rest, padded[I].begin()), padded[I].end(),
                   T(0)),
         ...);
        ((terms.operand = padded[I].data()), ...);
        target = end.data();
        if constexpr (keeps) kept_target.out = kept_end.data();
        lanes = 1;
    }
    std::copy_n(end.begin(), rest, out + whole);
    if constexpr (keeps) std::copy_n(kept_end.begin(), rest, kept.out + whole);
}

}  // namespace detail

/// Combines `size` elements. A ragged end goes through the same lanes in a padded copy, so that an
/// element's bits do not depend on where it stands.
template <class T, class Kept, class... Scaled>
[[gnu::always_inline]] inline void combine(std::size_t size, T* out, const Kept& kept,
                                           Scaled... terms) {
    if (size % detail::lane == 0)
        detail::combine_lanes(size / detail::lane, out, kept, terms...);
    else
        detail::combine_padded(std::index_sequence_for<Scaled...>{}, size, out, kept, terms...);
}

}  // namespace fokker::kernel
