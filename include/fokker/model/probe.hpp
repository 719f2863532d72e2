/// Random probes: vectors of signs or normals, with which a product of a Jacobian gives its trace.
#pragma once

#include <cstdint>

#include <fokker/core/space.hpp>
#include <fokker/kernel/array.hpp>
#include <fokker/kernel/array_shape.hpp>
#include <fokker/kernel/pass.hpp>
#include <fokker/noise/noise_reference.hpp>
#include <fokker/noise/philox.hpp>
#include <fokker/target.hpp>

namespace fokker::inline FOKKER_TARGET {

/// The law of a probe's elements, of mean 0 and variance 1 each: -1 or 1, or N(0, 1). The variance
/// of v A v is 2 sum_{i != j} S_ij^2 with signs and 2 |S|^2 with normals, S the symmetric part of A
/// (Hutchinson 1990). So signs are the better choice, and exact where A is diagonal.
enum class probe_law { signs, normal };

namespace detail {

/// Fills v with normals of this draw, or their signs. They do not depend on the batch.
template <class Array>
void draw_probe(Array& v, const philox& noise, std::uint32_t draw,
                probe_law law = probe_law::signs) {
    using T = scalar_of<Array>;
    const array_shape shape = detail::shape_of(v);
    detail::require_shape<T>(noise, shape);
    const auto source = kernel::noise_reference::to<T>(noise);
    kernel::pass p(detail::data_of(v), shape);
    p.noise = {{1.0, draw}, nullptr, &source};
    core::space_of<Array>::run(p);
    if (law == probe_law::signs)
        core::space_of<Array>::take_signs(detail::data_of(v), shape.size());
}

}  // namespace detail
}  // namespace fokker
