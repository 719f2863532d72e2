/// The forward process of classes: noisy states of clean data.
#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>

#include <fokker/discrete/process.hpp>
#include <fokker/error.hpp>
#include <fokker/kernel/array.hpp>
#include <fokker/noise/philox.hpp>
#include <fokker/noise/uniforms.hpp>
#include <fokker/path/knot.hpp>
#include <fokker/target.hpp>

namespace fokker::inline FOKKER_TARGET::discrete {

/// A draw of q(x_t | x_0) at a knot, for a network of so many classes: each position keeps its
/// class with probability alpha, and otherwise has a value of the noise's law. `xt` has the shape
/// of x0, and may be it. Other draws by another `draw`. Throws fokker::error on other shapes and on
/// values that are no class.
template <token_array X, class Process, token_array Out>
void forward(const X& x0, const Process& process, int classes, const knot& k, const philox& noise,
             Out&& xt, std::uint32_t draw = 1) {
    using fokker::detail::require;
    using value = fokker::detail::scalar_of<Out>;
    process.check(classes);
    const array_shape shape = fokker::detail::shape_of(x0);
    require(fokker::detail::shape_of(xt) == shape, "x_t has another shape than x_0");
    require(k.alpha >= 0 && k.alpha <= 1, "alpha is ", k.alpha, "; it must lie in [0, 1]");
    const auto* const from = fokker::detail::data_of(x0);
    auto* const to = fokker::detail::data_of(xt);
    for (std::size_t n = 0, i = 0; n < shape.samples; ++n)
        for (std::size_t p = 0; p < shape.elements; ++p, ++i) {
            require(std::cmp_greater_equal(from[i], 0) &&
                        std::cmp_less(from[i], process.states(classes)),
                    "element ", i, " of x_0 is ", static_cast<std::int64_t>(from[i]),
                    ", which is no class");
            const auto u = fokker::noise::uniforms_at(noise, {n, draw, p});
            to[i] = static_cast<value>(
                detail::noised(process, static_cast<int>(from[i]), u, k, classes));
        }
}

/// The same of a process from data to data: a position that does not keep its class has that of
/// `source` instead, which has the shape of x0. Gat et al. 2024, the mixture path.
template <token_array X, token_array Source, token_array Out>
void forward_between(const X& x0, const Source& source, const knot& k, const philox& noise,
                     Out&& xt, std::uint32_t draw = 1) {
    using fokker::detail::require;
    using value = fokker::detail::scalar_of<Out>;
    const array_shape shape = fokker::detail::shape_of(x0);
    require(fokker::detail::shape_of(xt) == shape && fokker::detail::shape_of(source) == shape,
            "x_0, the source and x_t have different shapes");
    require(k.alpha >= 0 && k.alpha <= 1, "alpha is ", k.alpha, "; it must lie in [0, 1]");
    const auto* const from = fokker::detail::data_of(x0);
    const auto* const other = fokker::detail::data_of(source);
    auto* const to = fokker::detail::data_of(xt);
    for (std::size_t n = 0, i = 0; n < shape.samples; ++n)
        for (std::size_t p = 0; p < shape.elements; ++p, ++i) {
            const double u = fokker::noise::uniforms_at(noise, {n, draw, p})[0];
            to[i] = u < k.alpha ? static_cast<value>(from[i]) : static_cast<value>(other[i]);
        }
}

}  // namespace fokker::discrete
