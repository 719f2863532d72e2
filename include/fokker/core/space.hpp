/// A space: the operations that touch elements, as a table of functions for one element type.
#pragma once

#include <fokker/kernel/array_shape.hpp>
#include <fokker/kernel/error_norm.hpp>
#include <fokker/kernel/pass.hpp>
#include <fokker/kernel/reduce.hpp>
#include <fokker/kernel/sweep.hpp>

namespace fokker::core {

/// All that a walk asks for, by addresses that it does not look into.
struct space {
    /// Runs a pass (see kernel::pass).
    void (*run)(const kernel::pass&);
    /// The error that a step control asks about (see kernel::error_norm).
    double (*error_norm)(const void* error, const void* a, const void* b, const array_shape&,
                         const tolerance&);
    /// The mean over the samples of their Euclidean norms.
    double (*mean_norm)(const void* a, const array_shape&);
};

/// Arrays of T in the memory of this program.
template <class T>
inline constexpr space host = {
    &kernel::run_pass<T>,
    [](const void* error, const void* a, const void* b, const array_shape& shape,
       const tolerance& wanted) {
        return kernel::error_norm(static_cast<const T*>(error), static_cast<const T*>(a),
                                  static_cast<const T*>(b), shape, wanted);
    },
    [](const void* a, const array_shape& shape) {
        return kernel::mean_norm(static_cast<const T*>(a), shape.samples, shape.elements);
    }};

}  // namespace fokker::core
