/// Merging: from the terms that a solver wrote to the distinct arrays that a sweep reads. It runs
/// in every step, for states of a hundred numbers as well, so it is inlined down to the loop: what
/// the compiler knows of the operands (that the state is not the network's output) costs nothing
/// then.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <utility>

#include <fokker/error.hpp>
#include <fokker/kernel/combine.hpp>
#include <fokker/kernel/unrolled.hpp>

namespace fokker::kernel {

/// The most arrays that one sweep reads.
inline constexpr std::size_t most_operands = 8;

namespace detail {

/// More arrays than a sweep reads, or than a run has.
[[noreturn, gnu::noinline, gnu::cold]] inline void refuse_operands(std::size_t most) {
    if (most == most_operands)
        fokker::detail::refuse("a step combines more than ", most_operands,
                               " arrays in one assignment; assign a part of it to a stage first");
    fokker::detail::refuse("a step combines more arrays than the ", most,
                           " that its run has (the state, stages and predictions); a solver reads "
                           "no arrays of its own");
}

/// A term of an expression, as it is merged.
template <class T>
struct weighted {
    double coefficient;
    const T* operand;
};

template <class T, std::size_t N>
using weighted_terms = std::array<weighted<T>, N>;

/// Up to this many terms are merged by code of their own for each way in which operands may be
/// equal; its size doubles with each term. Longer expressions take a loop.
inline constexpr std::size_t most_unrolled = 4;

/// Calls run(scaled...) with the first of the terms.
template <class T, std::size_t Room, class Run, std::size_t... I>
[[gnu::always_inline]] inline void run_with(const weighted_terms<T, Room>& terms, const Run& run,
                                            std::index_sequence<I...>) {
    run(scaled<T>{static_cast<arithmetic<T>>(terms[I].coefficient), terms[I].operand}...);
}

template <std::size_t Most, class T, std::size_t M, std::size_t R, class Run>
[[gnu::always_inline]] inline void merge_unrolled(const weighted_terms<T, M>& done,
                                                  const weighted_terms<T, R>& rest,
                                                  const Run& run) {
    if constexpr (R == 0) {
        run_with(done, run, std::make_index_sequence<M>{});
    } else {
        weighted_terms<T, R - 1> others;
        unrolled<R - 1>([&](auto i) { others[i] = rest[i + 1]; });
        auto merged = done;
        bool found = rest[0].coefficient == 0.0;
        unrolled<M>([&](auto i) {
            const bool same = merged[i].operand == rest[0].operand;
            merged[i].coefficient += same ? rest[0].coefficient : 0.0;
            found |= same;
        });
        if constexpr (M >= Most) {
            if (!found) refuse_operands(Most);
            merge_unrolled<Most, T, M, R - 1>(merged, others, run);
        } else {
            if (found) return merge_unrolled<Most, T, M, R - 1>(merged, others, run);
            weighted_terms<T, M + 1> longer;
            unrolled<M>([&](auto i) { longer[i] = done[i]; });
            longer[M] = rest[0];
            merge_unrolled<Most, T, M + 1, R - 1>(longer, others, run);
        }
    }
}

/// run with the first `count` terms, Count <= count <= Most.
template <std::size_t Count, std::size_t Most, class T, std::size_t Room, class Run>
[[gnu::always_inline]] inline void run_with_first(std::size_t count,
                                                  const weighted_terms<T, Room>& terms,
                                                  const Run& run) {
    if constexpr (Count < Most)
        if (count != Count) return run_with_first<Count + 1, Most>(count, terms, run);
    run_with(terms, run, std::make_index_sequence<Count>{});
}

/// Whether every term counts and no two have the same operand: nothing to merge.
template <class T, std::size_t N>
[[gnu::always_inline]] inline bool all_differ(const weighted_terms<T, N>& terms) {
    bool differ = true;
    unrolled<N>([&](auto i) {
        differ &= terms[i].coefficient != 0.0;
        unrolled<i>([&](auto j) { differ &= terms[i].operand != terms[j].operand; });
    });
    return differ;
}

template <std::size_t Most, class T, std::size_t M, std::size_t R, class Run>
[[gnu::always_inline]] inline void merge_by_loop(const weighted_terms<T, M>& done,
                                                 const weighted_terms<T, R>& rest, const Run& run) {
    if constexpr (M == 0 && R <= Most)
        if (all_differ(rest)) return run_with(rest, run, std::make_index_sequence<R>{});
    weighted_terms<T, most_operands> terms;
    unrolled<M>([&](auto i) { terms[i] = done[i]; });
    std::size_t count = M;
    for (const weighted<T>& next : rest) {
        if (next.coefficient == 0.0) continue;
        std::size_t i = 0;
        while (i < count && terms[i].operand != next.operand) ++i;
        if (i < count) {
            terms[i].coefficient += next.coefficient;
            continue;
        }
        if (count == most_operands) refuse_operands(most_operands);
        // One by one: a processor forwards a store only to a load of the same width.
        terms[count].coefficient = next.coefficient;
        terms[count++].operand = next.operand;
    }
    if (count > Most) refuse_operands(Most);
    run_with_first<M, std::min(M + R, Most)>(count, terms, run);
}

/// Merges equal operands, leaves out terms that count for nothing, and calls run(scaled...) with
/// the rest, after those that are `done`. Throws fokker::error beyond most_operands. Code for
/// more than Most operands is not made.
template <std::size_t Most = most_operands, class T, std::size_t M, std::size_t R, class Run>
[[gnu::always_inline]] inline void merge(const weighted_terms<T, M>& done,
                                         const weighted_terms<T, R>& rest, const Run& run) {
    if constexpr (R <= most_unrolled)
        merge_unrolled<Most, T, M, R>(done, rest, run);
    else
        merge_by_loop<Most, T, M, R>(done, rest, run);
}

}  // namespace detail
}  // namespace fokker::kernel
