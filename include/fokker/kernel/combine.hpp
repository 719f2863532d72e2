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
[[gnu::noinline, gnu::flatten]] void combine_lanes(std::size_t lanes, T* out, Kept kept,
                                                   Scaled... terms) {
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

template <class T, class Kept, std::size_t... I, class... Scaled>
void combine_rest(std::index_sequence<I...>, std::size_t rest, T* out, Kept kept, Scaled... terms) {
    std::array<std::array<T, lane>, sizeof...(I)> padded{};
    std::array<T, lane> last{}, last_kept{};
    (std::copy_n(terms.operand, rest, padded[I].begin()), ...);
    Kept kept_here = kept;
    if constexpr (!std::is_same_v<Kept, nothing_kept>) kept_here.out = last_kept.data();
    combine_lanes(1, last.data(), kept_here, Scaled{terms.coefficient, padded[I].data()}...);
    std::copy_n(last.begin(), rest, out);
    if constexpr (!std::is_same_v<Kept, nothing_kept>)
        std::copy_n(last_kept.begin(), rest, kept.out);
}

}  // namespace detail

/// Combines `size` elements. A ragged end goes through the same lanes in a padded copy, so that an
/// element's bits do not depend on where it stands.
template <class T, class Kept, class... Scaled>
void combine(std::size_t size, T* out, Kept kept, Scaled... terms) {
    const std::size_t rest = size % detail::lane, whole = size - rest;
    detail::combine_lanes(whole / detail::lane, out, kept, terms...);
    if (rest != 0)
        detail::combine_rest(std::index_sequence_for<Scaled...>{}, rest, out + whole,
                             kept.from(whole), terms.from(whole)...);
}

}  // namespace fokker::kernel
