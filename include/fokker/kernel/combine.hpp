/// The innermost loop: runs a pass, out = sum of c_i p_i + s z, and what is done beside it, in
/// Eigen's packets.
#pragma once

#include <algorithm>
#include <array>
#include <cassert>
#include <cstddef>
#include <type_traits>

#include <Eigen/Core>

#include <fokker/kernel/apart.hpp>
#include <fokker/kernel/pass.hpp>
#include <fokker/kernel/reduced.hpp>
#include <fokker/kernel/unrolled.hpp>
#include <fokker/target.hpp>

FOKKER_MAY_BE_UNSET

namespace fokker::inline FOKKER_TARGET::kernel {

namespace detail {

/// Elements that the loop takes at a time: whole packets on every instruction set.
inline constexpr std::size_t lane = 16;

/// x itself, and a sum keeps its order there, even under -ffast-math: a step has the same bits
/// whatever else its pass does.
template <class V>
FOKKER_ALWAYS_INLINE inline V in_order(V x) {
#if defined(__FAST_MATH__)
    return kernel::in_register(x);
#else
    return x;
#endif
}

/// What is read, computed and written at a time: in full precision one of Eigen's packets.
template <class T>
struct portion {
    using value = typename Eigen::internal::packet_traits<T>::type;
    static constexpr std::size_t size = Eigen::internal::unpacket_traits<value>::size;
    static_assert(lane % size == 0, "fokker: Eigen's packets are wider than 16 elements here");

    FOKKER_ALWAYS_INLINE static value all(T x) { return Eigen::internal::pset1<value>(x); }
    FOKKER_ALWAYS_INLINE static value read(const T* in) {
        return Eigen::internal::ploadu<value>(in);
    }
#if defined(FOKKER_GNU)
    // In a b + c d the compiler would choose which of the two products it rounds. Eigen's own
    // pmadd is fused whatever -ffp-contract says.
    FOKKER_ALWAYS_INLINE static value multiply(value a, value b) {
        return kernel::in_register(a * b);
    }
    FOKKER_ALWAYS_INLINE static value multiply_add(value a, value b, value c) {
        return in_order(a * b + c);
    }
#else
    FOKKER_ALWAYS_INLINE static value multiply(value a, value b) {
        return in_order(Eigen::internal::pmul(a, b));
    }
    FOKKER_ALWAYS_INLINE static value multiply_add(value a, value b, value c) {
        return in_order(Eigen::internal::pmadd(a, b, c));
    }
#endif
    FOKKER_ALWAYS_INLINE static value bounded(value x, value low, value high) {
        return Eigen::internal::pmin(Eigen::internal::pmax(x, low), high);
    }
    FOKKER_ALWAYS_INLINE static void write(value x, T* out) { Eigen::internal::pstoreu(out, x); }
};

/// In reduced precision, a register of floats: Eigen would convert number by number. Beside reduced
/// operands stands noise in float.
template <reduced T>
struct portion<T> {
    static constexpr std::size_t size = wide_count;
    using value = wide;

    FOKKER_ALWAYS_INLINE static wide all(float x) { return wide{} + x; }
    FOKKER_ALWAYS_INLINE static wide read(const auto* in) { return widened(in); }
    // In a b + c d the compiler would choose which of the two products it rounds.
    FOKKER_ALWAYS_INLINE static wide multiply(wide a, wide b) { return kernel::rounded(a * b); }
    FOKKER_ALWAYS_INLINE static wide multiply_add(wide a, wide b, wide c) {
        return in_order(kernel::multiply_add(a, b, c));
    }
    FOKKER_ALWAYS_INLINE static wide bounded(wide x, wide low, wide high) {
        return kernel::bounded(x, low, high);
    }
    FOKKER_ALWAYS_INLINE static void write(wide x, T* out) { narrow(x, out); }
};

/// Operands whose number is known to the compiler; a loop takes those beyond. Beside noise, which
/// takes longer than they do, two are enough: each number more is a function more to compile.
template <bool Noise>
inline constexpr std::size_t most_unrolled = Noise ? 2 : 5;

/// A run of the loop: its operands and coefficients in registers, as far as they are unrolled.
template <class T, std::size_t N>
struct terms {
    using portion = detail::portion<T>;
    using value = typename portion::value;
    using number = arithmetic<T>;

    FOKKER_ALWAYS_INLINE terms(const pass& p, std::size_t start) {
        unrolled<N>([&](auto k) FOKKER_INLINE_LAMBDA {
            in[k] = static_cast<const T*>(p.operands[k]) + start;
            c[k] = portion::all(static_cast<number>(apart(p.coefficients[k])));
        });
    }

    template <std::size_t K>
    FOKKER_ALWAYS_INLINE value sum_from(value total, std::size_t i) const {
        if constexpr (K < N)
            return sum_from<K + 1>(portion::multiply_add(c[K], portion::read(in[K] + i), total), i);
        else
            return total;
    }

    const T* in[N > 0 ? N : 1];
    value c[N > 0 ? N : 1];
};

/// `lanes` whole lanes of a pass from `start` on, with `scale` times the noise at z where there is
/// any. An element is read from all operands before it is written, so an output may be one of them.
/// Cost: a load and a multiply-add for each operand, a store for each output.
template <class T, std::size_t N, bool More, bool Beside, bool Noise>
FOKKER_NEVER_INLINE void combine_lanes(const pass& p, std::size_t start, std::size_t lanes,
                                       const arithmetic<T>* z, arithmetic<T> scale) {
    using portion = detail::portion<T>;
    using value = typename portion::value;
    using number = arithmetic<T>;
    const terms<T, N> of(p, start);
    T* const out = static_cast<T*>(p.out) + start;
    // Out of reach of the stores.
    const std::size_t more = More ? p.count - N : 0;
    number more_c[most_operands];
    const T* more_in[most_operands];
    if constexpr (More)
        for (std::size_t k = 0; k < more; ++k) {
            more_c[k] = static_cast<number>(p.coefficients[N + k]);
            more_in[k] = static_cast<const T*>(p.operands[N + k]) + start;
        }
    const bool is_bounded = Beside && p.also.is_bounded;
    T* const kept = Beside && p.also.kept.out ? static_cast<T*>(p.also.kept.out) + start : nullptr;
    const auto all = [](double x) FOKKER_INLINE_LAMBDA {
        return portion::all(static_cast<number>(apart(x)));
    };
    const value of_noise = portion::all(scale), state_in_bounded = all(p.also.bounded.state),
                output_in_bounded = all(p.also.bounded.output), low = all(p.also.bounded.low),
                high = all(p.also.bounded.high), state_in_kept = all(p.also.kept.first),
                output_in_kept = all(p.also.kept.second);
    for (std::size_t i = 0; i < lanes * lane; i += portion::size) {
        value total = portion::all(number(0)), keep = total;
        if constexpr (Beside) {
            const value state = portion::read(of.in[0] + i);
            value output = portion::read(of.in[1] + i);
            if (is_bounded)
                output = portion::bounded(
                    portion::multiply_add(output_in_bounded, output,
                                          portion::multiply(state_in_bounded, state)),
                    low, high);
            keep = portion::multiply_add(output_in_kept, output,
                                         portion::multiply(state_in_kept, state));
            total = of.template sum_from<2>(
                portion::multiply_add(of.c[1], output, portion::multiply(of.c[0], state)), i);
        } else if constexpr (N > 0) {
            total =
                of.template sum_from<1>(portion::multiply(of.c[0], portion::read(of.in[0] + i)), i);
        }
        if constexpr (More)
            for (std::size_t k = 0; k < more; ++k)
                total = portion::multiply_add(portion::all(more_c[k]),
                                              portion::read(more_in[k] + i), total);
        if constexpr (Noise) total = portion::multiply_add(of_noise, portion::read(z + i), total);
        portion::write(total, out + i);
        if constexpr (Beside)
            if (kept) portion::write(keep, kept + i);
    }
}

template <class T, bool Beside, bool Noise,
          std::size_t N = Beside  ? 2
                          : Noise ? 0
                                  : 1>
FOKKER_ALWAYS_INLINE inline void combine_by_count(const pass& p, std::size_t start,
                                                  std::size_t lanes, const arithmetic<T>* z,
                                                  arithmetic<T> scale) {
    if constexpr (N > most_unrolled<Noise>)
        combine_lanes<T, most_unrolled<Noise>, true, Beside, Noise>(p, start, lanes, z, scale);
    else if (p.count == N)
        combine_lanes<T, N, false, Beside, Noise>(p, start, lanes, z, scale);
    else
        combine_by_count<T, Beside, Noise, N + 1>(p, start, lanes, z, scale);
}

/// As combine_lanes, told apart by what the pass asks for.
template <class T>
FOKKER_ALWAYS_INLINE inline void combine_whole(const pass& p, std::size_t start, std::size_t lanes,
                                               const arithmetic<T>* z, arithmetic<T> scale) {
    const bool is_beside = p.also.any();
    assert(p.count > 0 || z);
    assert(p.count >= 2 || !is_beside);
    if (!is_beside && !z) return combine_by_count<T, false, false>(p, start, lanes, z, scale);
    if (!is_beside) return combine_by_count<T, false, true>(p, start, lanes, z, scale);
    if (!z) return combine_by_count<T, true, false>(p, start, lanes, z, scale);
    combine_by_count<T, true, true>(p, start, lanes, z, scale);
}

/// Whole lanes, and then the ragged end as one lane of padded copies: by one call, so that no
/// compiler makes a version of the loop for a single lane.
template <class T>
FOKKER_NEVER_INLINE void combine_padded(const pass& p, std::size_t start, std::size_t size,
                                        const arithmetic<T>* z, arithmetic<T> scale) {
    const std::size_t rest = size % lane, whole = size - rest;
    std::array<std::array<T, lane>, most_operands> padded;
    std::array<arithmetic<T>, lane> padded_noise;
    std::array<T, lane> end, end_kept;
    pass part(p.out, p.shape);
    part.count = p.count;
    part.also = p.also;
    std::copy_n(p.coefficients.begin(), p.count, part.coefficients.begin());
    std::copy_n(p.operands.begin(), p.count, part.operands.begin());
    std::size_t from = start, lanes = whole / lane;
    for (bool ragged = false;; ragged = true) {
        combine_whole<T>(part, from, lanes, z, scale);
        if (ragged) break;
        const auto pad = [=](const auto* operand, auto& to) {
            using number = typename std::remove_reference_t<decltype(to)>::value_type;
            std::fill(std::copy_n(operand + whole, rest, to.begin()), to.end(), number(0));
            return to.data();
        };
        for (std::size_t k = 0; k < p.count; ++k)
            part.operands[k] = pad(static_cast<const T*>(p.operands[k]) + start, padded[k]);
        if (z) z = pad(z, padded_noise);
        part.out = end.data();
        if (p.also.kept.out) part.also.kept.out = end_kept.data();
        from = 0;
        lanes = 1;
    }
    const auto unpad = [=](const auto& padded_end, void* to) {
        std::copy_n(padded_end.begin(), rest, static_cast<T*>(to) + start + whole);
    };
    unpad(end, p.out);
    if (p.also.kept.out) unpad(end_kept, p.also.kept.out);
}

}  // namespace detail

/// Runs `size` elements of a pass from `start` on, and adds `scale` times the noise at z, which is
/// that of the element `start`, where there is any. A pass without operands needs noise. A ragged
/// end goes through the same lanes in a padded copy, so that an element's bits do not depend on
/// where it stands.
template <class T>
FOKKER_ALWAYS_INLINE inline void combine(const pass& p, std::size_t start, std::size_t size,
                                         const arithmetic<T>* z = nullptr,
                                         arithmetic<T> scale = arithmetic<T>(0)) {
    if (size % detail::lane == 0)
        detail::combine_whole<T>(p, start, size / detail::lane, z, scale);
    else
        detail::combine_padded<T>(p, start, size, z, scale);
}

}  // namespace fokker::kernel

FOKKER_END_MAY_BE_UNSET
