/// The innermost loop: out = sum of c_i p_i, and in the same pass what a run does with the first
/// two operands, a state and a network's output: it bounds the prediction that they make, and keeps
/// one.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <tuple>
#include <type_traits>
#include <utility>

#include <Eigen/Core>

#include <fokker/kernel/reduced.hpp>
#include <fokker/kernel/unrolled.hpp>

namespace fokker::kernel {

/// One operand and what it is multiplied by.
template <class T>
struct scaled {
    arithmetic<T> coefficient;
    const T* operand;

    scaled from(std::size_t start) const { return {coefficient, operand + start}; }
};

/// The second operand stands for state * operand_0 + output * operand_1, bounded to [low, high].
/// Not-a-number stays what it is, but under -ffast-math it may be lost. Both operands are read,
/// even where a coefficient is 0: an infinite one gives not-a-number.
template <class T>
struct bounded_prediction {
    arithmetic<T> state, output, low, high;
};

/// A second result: out = first * operand_0 + second * operand_1 (after bounding).
template <class T>
struct kept_prediction {
    T* out;
    arithmetic<T> first, second;
};

/// What a pass does beside its sum.
template <class T, bool Bounds, bool Keeps>
struct beside {
    struct nothing {};
    [[no_unique_address]] std::conditional_t<Bounds, bounded_prediction<T>, nothing> bounds{};
    [[no_unique_address]] std::conditional_t<Keeps, kept_prediction<T>, nothing> kept{};

    beside from(std::size_t start) const {
        beside shifted = *this;
        if constexpr (Keeps) shifted.kept.out += start;
        return shifted;
    }
};

template <class T>
using nothing_beside = beside<T, false, false>;

namespace detail {

/// Elements that the loop takes at a time: whole packets on every instruction set.
inline constexpr std::size_t lane = 16;

template <class T>
using lane_array = Eigen::Array<T, static_cast<int>(lane), 1>;

/// What is read, computed and written at a time. In full precision that is a lane, by Eigen.
template <class T>
struct portion {
    static constexpr std::size_t size = lane;
    using value = lane_array<T>;

    [[gnu::always_inline]] static auto read(const T* in) { return Eigen::Map<const value>(in); }
    template <class Expression>
    [[gnu::always_inline]] static value bounded(const Expression& x, T low, T high) {
        return x.max(low).min(high);
    }
    template <class Expression>
    [[gnu::always_inline]] static void write(const Expression& x, T* out) {
        Eigen::Map<value>{out} = x;
    }
};

/// In reduced precision, a register: Eigen would convert number by number. Beside reduced operands
/// stands noise in float.
template <reduced T>
struct portion<T> {
    static constexpr std::size_t size = wide_count;
    using value = wide;

    [[gnu::always_inline]] static wide read(const auto* in) { return widened(in); }
    [[gnu::always_inline]] static wide bounded(wide x, float low, float high) {
        return kernel::bounded(x, low, high);
    }
    [[gnu::always_inline]] static void write(wide x, T* out) { narrow(x, out); }
};

/// One portion of a pass whose first two operands are a state and a network's output.
template <class T, bool Bounds, bool Keeps, class... Rest>
[[gnu::always_inline]] inline void combine_prediction(std::size_t i, T* out,
                                                      const beside<T, Bounds, Keeps>& also,
                                                      const scaled<T>& first,
                                                      const scaled<T>& second,
                                                      const scaled<Rest>&... rest) {
    using portion = detail::portion<T>;
    const typename portion::value state = portion::read(first.operand + i);
    typename portion::value output = portion::read(second.operand + i);
    if constexpr (Bounds) {
        const bounded_prediction<T>& b = also.bounds;
        output = portion::bounded(b.state * state + b.output * output, b.low, b.high);
    }
    portion::write(((first.coefficient * state + second.coefficient * output) + ... +
                    (rest.coefficient * portion::read(rest.operand + i))),
                   out + i);
    if constexpr (Keeps)
        portion::write(also.kept.first * state + also.kept.second * output, also.kept.out + i);
}

/// One lane of any pass.
template <class T, bool Bounds, bool Keeps, class... Operands>
[[gnu::always_inline]] inline void combine_lane(std::size_t i, T* out,
                                                const beside<T, Bounds, Keeps>& also,
                                                const scaled<Operands>&... terms) {
    using portion = detail::portion<T>;
    unrolled<lane / portion::size>([&](auto part) __attribute__((always_inline)) {
        const std::size_t j = i + part * portion::size;
        if constexpr (Bounds || Keeps)
            combine_prediction(j, out, also, terms...);
        else
            portion::write((... + (terms.coefficient * portion::read(terms.operand + j))), out + j);
    });
}

/// An element is loaded from all operands before it is stored, so an output may be one of them.
/// Cost: a load and a multiply-add for each operand, a store for each output.
template <class T, bool Bounds, bool Keeps, class... Operands>
[[gnu::noinline, gnu::flatten]] void combine_lanes(std::size_t lanes, T* out,
                                                   const beside<T, Bounds, Keeps>& by_caller,
                                                   scaled<Operands>... terms) {
    const beside<T, Bounds, Keeps> also = by_caller;  // out of reach of the stores
    for (std::size_t i = 0; i < lanes * lane; i += lane) combine_lane(i, out, also, terms...);
}

/// The whole lanes, and then the ragged end as one lane of padded copies: by one call, so that no
/// compiler makes a version of combine_lanes for a single lane.
template <class T, bool Bounds, bool Keeps, std::size_t... I, class... Operands>
[[gnu::noinline]] void combine_padded(std::index_sequence<I...>, std::size_t size, T* out,
                                      const beside<T, Bounds, Keeps>& also,
                                      scaled<Operands>... terms) {
    const std::size_t rest = size % lane, whole = size - rest;
    std::tuple<std::array<Operands, lane>...> padded;
    std::array<T, lane> end, kept_end;
    T* target = out;
    beside<T, Bounds, Keeps> end_also = also;
    std::size_t lanes = whole / lane;
    for (bool ragged = false;; ragged = true) {
        combine_lanes(lanes, target, end_also, terms...);
        if (ragged) break;
        (std::fill(std::copy_n(terms.operand + whole, rest, std::get<I>(padded).begin()),
                   std::get<I>(padded).end(), Operands(0)),
         ...);
        ((terms.operand = std::get<I>(padded).data()), ...);
        target = end.data();
        if constexpr (Keeps) end_also.kept.out = kept_end.data();
        lanes = 1;
    }
    std::copy_n(end.begin(), rest, out + whole);
    if constexpr (Keeps) std::copy_n(kept_end.begin(), rest, also.kept.out + whole);
}

}  // namespace detail

/// Combines `size` elements. A ragged end goes through the same lanes in a padded copy, so that an
/// element's bits do not depend on where it stands.
template <class T, bool Bounds, bool Keeps, class... Operands>
[[gnu::always_inline]] inline void combine(std::size_t size, T* out,
                                           const beside<T, Bounds, Keeps>& also,
                                           scaled<Operands>... terms) {
    if (size % detail::lane == 0)
        detail::combine_lanes(size / detail::lane, out, also, terms...);
    else
        detail::combine_padded(std::index_sequence_for<Operands...>{}, size, out, also, terms...);
}

}  // namespace fokker::kernel
