/// A space: where arrays live, and the operations that touch their elements. Nothing else in a walk
/// looks into an array, so that it may lie in the memory of a device.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstring>

#include <fokker/error.hpp>
#include <fokker/finite.hpp>
#include <fokker/kernel/array.hpp>
#include <fokker/kernel/array_shape.hpp>
#include <fokker/kernel/by_element.hpp>
#include <fokker/kernel/error_norm.hpp>
#include <fokker/kernel/linear.hpp>
#include <fokker/kernel/pass.hpp>
#include <fokker/kernel/reduce.hpp>
#include <fokker/kernel/region.hpp>
#include <fokker/kernel/sweep.hpp>
#include <fokker/kernel/threshold.hpp>
#include <fokker/target.hpp>

namespace fokker::inline FOKKER_TARGET::core {

// What the files of the core say of every array.
using detail::owner_of, detail::scalar_of;

namespace types {

/// Arrays of T in the memory of this program. An array type of another space names it in its
/// array_traits, as `using space = ..;`, a struct with these functions; the addresses are then what
/// data(a) gives, and need not be ones of this program's memory. Only what a program uses of them
/// is asked for.
template <class T>
struct host_space {
    // What a solver asks for.

    /// Runs a pass: a sum of arrays, noise and what is done beside (see kernel::pass).
    static constexpr void (*run)(const kernel::pass&) = &kernel::run_pass<T>;
    /// The same where the coefficients differ from element to element (see kernel::by_element).
    static constexpr void (*run_by_element)(const kernel::pass&,
                                            const kernel::by_element&) = &kernel::run_by_element<T>;
    /// The error that a step control asks about (see kernel::error_norm).
    static double error_norm(const void* error, const void* a, const void* b,
                             const array_shape& shape, const tolerance& wanted) {
        return kernel::error_norm(at(error), at(a), at(b), shape, wanted);
    }
    /// The mean over the samples of their Euclidean norms.
    static double mean_norm(const void* a, const array_shape& shape) {
        return kernel::mean_norm(at(a), shape.samples, shape.elements);
    }

    // What models ask for.

    static void threshold(const kernel::threshold_pass& p) { kernel::run_threshold<T>(p); }
    static void impose(const kernel::region_pass& p) { kernel::run_region<T>(p); }
    /// Of one sample of `size` elements (see kernel/reduce.hpp).
    static double standard_deviation(const void* a, std::size_t size) {
        return kernel::standard_deviation(at(a), size);
    }
    static kernel::projection_sums products(const void* difference, const void* direction,
                                            std::size_t size) {
        return kernel::products(at(difference), at(direction), size);
    }
    static kernel::projection_sums difference_and_direction(const void* direction,
                                                            const void* other, std::size_t size) {
        return kernel::difference_and_direction(at(direction), at(other), size);
    }
    /// a = -1 where it is below 0, otherwise 1.
    static void take_signs(void* a, std::size_t size) {
        for (std::size_t i = 0; i < size; ++i) at(a)[i] = at(a)[i] < T(0) ? T(-1) : T(1);
    }
    /// out += factor (a - b), element by element.
    static void add_product(void* out, const void* factor, const void* a, const void* b,
                            std::size_t size) {
        for (std::size_t i = 0; i < size; ++i) at(out)[i] += at(factor)[i] * (at(a)[i] - at(b)[i]);
    }
    /// a = constant + factor a.
    static void rescale(void* a, double constant, double factor, std::size_t size) {
        for (std::size_t i = 0; i < size; ++i)
            at(a)[i] = static_cast<T>(constant + factor * static_cast<double>(at(a)[i]));
    }

    // What checks and checkpoints ask for.

    /// The first element that is not finite, or `size`.
    static std::size_t first_not_finite(const void* a, std::size_t size) {
        const T* const end = at(a) + size;
        return static_cast<std::size_t>(
            std::find_if(at(a), end, [](T x) { return !detail::is_finite(x); }) - at(a));
    }
    /// To and from the memory of this program.
    static void copy_out(const void* from, void* to, std::size_t size) {
        std::memcpy(to, from, size * sizeof(T));
    }
    static void copy_in(void* to, const void* from, std::size_t size) {
        std::memcpy(to, from, size * sizeof(T));
    }

private:
    static const T* at(const void* a) { return static_cast<const T*>(a); }
    static T* at(void* a) { return static_cast<T*>(a); }
};

}  // namespace types
using types::host_space;

template <class A>
struct space_for {
    using type = host_space<scalar_of<A>>;
};
template <class A>
    requires requires { typename array_traits<A>::space; }
struct space_for<A> {
    using type = typename array_traits<A>::space;
};

/// The space of an array type.
template <array_like A>
using space_of = typename space_for<std::remove_cvref_t<A>>::type;

/// What a walk asks of a space, by plain functions.
struct operations {
    void (*run)(const kernel::pass&);
    double (*error_norm)(const void*, const void*, const void*, const array_shape&,
                         const tolerance&);
    double (*mean_norm)(const void*, const array_shape&);
    void (*run_by_element)(const kernel::pass&, const kernel::by_element&) = nullptr;
};

/// A space of another memory may do without elements that have paths of their own.
template <class Space>
constexpr auto run_by_element_of() {
    if constexpr (requires { Space::run_by_element; })
        return Space::run_by_element;
    else
        return +[](const kernel::pass&, const kernel::by_element&) {
            detail::refuse(
                "the elements of a sample have paths of their own, and the space of this array "
                "type has no function run_by_element");
        };
}

template <class Space>
inline constexpr operations operations_of = {Space::run, Space::error_norm, Space::mean_norm,
                                             run_by_element_of<Space>()};

/// out = value in a space, in one pass; `out` may be one of the operands.
template <class Space, class T, std::size_t N>
void sweep(T* out, const kernel::linear<const T*, N>& value, array_shape shape) {
    kernel::pass p(out, shape);
    p.add(N, value.coefficients.data(), [&](std::size_t i) { return value.operands[i]; });
    Space::run(p);
}

}  // namespace fokker::core
