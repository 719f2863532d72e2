/// A pass over memory as plain data: which arrays it reads, how often each counts, and what it does
/// beside its sum. What a solver writes is merged into one of these, and one loop runs them all.
#pragma once

#include <array>
#include <cstddef>

#include <fokker/error.hpp>
#include <fokker/kernel/linear.hpp>
#include <fokker/kernel/reduced.hpp>

namespace fokker::kernel {

/// The most arrays that one pass reads.
inline constexpr std::size_t most_operands = 8;

/// The second operand stands for state * operand_0 + output * operand_1, bounded to [low, high].
/// Not-a-number stays what it is, but under -ffast-math it may be lost. Both operands are read,
/// even where a coefficient is 0: an infinite one gives not-a-number.
template <class T>
struct bounded_prediction {
    arithmetic<T> state, output, low, high;
};

/// A second result, if `out` is not null: out = first * operand_0 + second * operand_1 (after
/// bounding).
template <class T>
struct kept_prediction {
    T* out = nullptr;
    arithmetic<T> first{}, second{};
};

/// What a pass does besides the sum. It concerns the first two operands: a state and a network's
/// output.
template <class T>
struct beside {
    bool is_bounded = false;
    bounded_prediction<T> bounded{};
    kept_prediction<T> kept{};
};

namespace detail {

[[noreturn, gnu::noinline, gnu::cold]] inline void refuse_operands() {
    fokker::detail::refuse("a step combines more than ", most_operands,
                           " arrays in one assignment; assign a part of it to a stage first");
}

}  // namespace detail

/// out = sum of coefficients[i] * operands[i], for i < count.
template <class T>
struct pass {
    explicit pass(T* to) : out(to) {}

    /// A pass whose first operands are a state and a network's output, for what is done beside.
    pass(T* to, const T* state, const T* output, const beside<T>& with)
        : out(to), count(2), also(with) {
        coefficients[0] = coefficients[1] = 0.0;
        operands[0] = state;
        operands[1] = output;
    }

    /// Merges a term with an equal operand, so that each is read once. One that counts for nothing
    /// is left out. Throws fokker::error beyond most_operands.
    [[gnu::always_inline]] void add(double coefficient, const T* operand) {
        if (coefficient == 0.0) return;
        std::size_t i = 0;
        while (i < count && operands[i] != operand) ++i;
        if (i < count) {
            coefficients[i] += coefficient;
            return;
        }
        if (count == most_operands) detail::refuse_operands();
        // One by one: a processor forwards a store only to a load of the same width.
        coefficients[count] = coefficient;
        operands[count++] = operand;
    }

    T* out;
    std::size_t count = 0;
    std::array<double, most_operands> coefficients;  // those beyond `count` are left open
    std::array<const T*, most_operands> operands;
    beside<T> also{};
};

}  // namespace fokker::kernel
