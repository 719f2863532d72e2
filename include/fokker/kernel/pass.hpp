/// A pass over memory as plain data: which arrays it reads, how often each counts, what noise it
/// adds, and what it does beside its sum. It knows no element type: what a solver writes becomes
/// one of these, and one loop for each element type runs them all.
#pragma once

#include <array>
#include <cstddef>

#include <fokker/error.hpp>
#include <fokker/kernel/array_shape.hpp>
#include <fokker/kernel/linear.hpp>
#include <fokker/target.hpp>

FOKKER_MAY_SHADOW

namespace fokker::inline FOKKER_TARGET::kernel {

namespace types {
class noise_reference;
}  // namespace types
using types::noise_reference;

/// The most arrays that one pass reads.
inline constexpr std::size_t most_operands = 8;

namespace types {

/// The second operand stands for state * operand_0 + output * operand_1, bounded to [low, high].
/// Not-a-number stays what it is, but under -ffast-math it may be lost. Both operands are read,
/// even where a coefficient is 0: an infinite one gives not-a-number.
struct bounded_prediction {
    double state = 0.0, output = 0.0, low = 0.0, high = 0.0;
};

/// A second result, if `out` is not null: out = first * operand_0 + second * operand_1 (after
/// bounding).
struct kept_prediction {
    void* out = nullptr;
    double first = 0.0, second = 0.0;
};

/// What a pass does besides the sum. It concerns the first two operands: a state and a network's
/// output.
struct beside {
    bool is_bounded = false;
    bounded_prediction bounded{};
    kept_prediction kept{};

    bool any() const { return is_bounded || kept.out; }
};

/// The noise of a pass: one Gaussian of a source, whose elements may have deviations of their own.
struct pass_noise {
    gaussian_term gaussian{};
    const elementwise_std<const void*>* std = nullptr;  // null: 1 everywhere
    const noise_reference* source = nullptr;            // null: no noise
    std::size_t first_sample = 0;  // of the batch, where the pass is over a range of its samples
};

}  // namespace types
using types::bounded_prediction, types::kept_prediction, types::beside, types::pass_noise;

namespace detail {

[[noreturn]] FOKKER_NEVER_INLINE FOKKER_COLD inline void refuse_operands() {
    fokker::detail::refuse("a step combines more than ", most_operands,
                           " arrays in one assignment; assign a part of it to a stage first");
}

}  // namespace detail

namespace types {

/// out = sum of coefficients[i] * operands[i], for i < count, and the noise.
struct pass {
    pass() = default;
    pass(void* to, array_shape of_all) : out(to), shape(of_all) {}

    /// A pass whose first operands are a state and a network's output, for what is done beside.
    pass(void* to, array_shape of_all, const void* state, const void* output, const beside& with)
        : pass(to, of_all) {
        begin_beside(state, output);
        also = with;
    }

    /// Begins the sum anew with those two, which count nothing yet.
    FOKKER_ALWAYS_INLINE void begin_beside(const void* state, const void* output) {
        count = 2;
        coefficients[0] = coefficients[1] = 0.0;
        operands[0] = state;
        operands[1] = output;
    }

    /// Adds n terms, address(i) being the operand of coefficient i. Merges one with an equal
    /// operand, so that each is read once, and leaves out one whose coefficient is 0. Throws
    /// fokker::error beyond most_operands.
    template <class Address>
    FOKKER_ALWAYS_INLINE void add(std::size_t n, const double* of, const Address& address) {
        std::size_t there = count;  // out of reach of the stores
        FOKKER_UNROLL_LOOP
        for (std::size_t k = 0; k < n; ++k) {
            const double coefficient = of[k];
            if (coefficient == 0.0) continue;
            const void* const operand = address(k);
            std::size_t i = 0;
            while (i < there && operands[i] != operand) ++i;
            if (i < there) {
                coefficients[i] += coefficient;
                continue;
            }
            if (there == most_operands) detail::refuse_operands();
            // One by one: a processor forwards a store only to a load of the same width.
            coefficients[there] = coefficient;
            operands[there++] = operand;
        }
        count = there;
    }
    void add(double coefficient, const void* operand) {
        add(1, &coefficient, [=](std::size_t) { return operand; });
    }

    void* out = nullptr;
    array_shape shape{};
    std::size_t count = 0;
    std::array<double, most_operands> coefficients;  // those beyond `count` are left open
    std::array<const void*, most_operands> operands;
    beside also{};
    pass_noise noise{};
};

}  // namespace types
using types::pass;

}  // namespace fokker::kernel

FOKKER_END_MAY_SHADOW
