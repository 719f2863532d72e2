/// Block by block: a sample is walked to its end in parts, the first positions first.
#pragma once

#include <algorithm>
#include <cstddef>
#include <utility>

#include <fokker/discrete/run.hpp>
#include <fokker/error.hpp>
#include <fokker/kernel/array.hpp>
#include <fokker/noise/philox.hpp>
#include <fokker/path/grid.hpp>
#include <fokker/sample.hpp>
#include <fokker/target.hpp>

namespace fokker::inline FOKKER_TARGET::discrete {

namespace detail {
template <class Run>
report walk_blocks(Run& r, std::size_t elements, int block) {
    fokker::detail::require(block > 0, "a block has ", block, " positions; give it one or more");
    const auto length = static_cast<std::size_t>(block);
    int steps = 0;
    for (std::size_t first = 0; first < elements && !r.stopped(); first += length) {
        r.within(first, (std::min)(length, elements - first));
        r.seek(0);
        while (!r.done()) r.step();
        steps += r.index();
    }
    return {steps, r.evaluations(), r.stopped(), r.evaluations()};
}
}  // namespace detail

/// `denoise` of `block` positions after the other, each by the whole grid and any sampler: LLaDA's
/// order from left to right, block diffusion (Arriola et al. 2025). Positions before the block have
/// their classes already, and those after it are as x has them. The network sees them all, and the
/// time of the block. One block of all positions is `denoise`.
template <token_array X, class Model, class Process, class Sampler, class... Observers>
report denoise_in_blocks(X&& x, Model&& m, Process process, grid knots, Sampler sampler,
                         philox noise, int block, Observers&&... observers) {
    const std::size_t elements = fokker::detail::shape_of(x).elements;
    run r(std::forward<X>(x), std::forward<Model>(m), std::move(process), std::move(knots),
          std::move(sampler), noise, std::forward<Observers>(observers)...);
    return detail::walk_blocks(r, elements, block);
}

/// The same from noise alone.
template <token_array X, class Model, class Process, class Sampler, class... Observers>
report sample_in_blocks(X&& x, Model&& m, Process process, grid knots, Sampler sampler,
                        philox noise, int block, Observers&&... observers) {
    const std::size_t elements = fokker::detail::shape_of(x).elements;
    run r(std::forward<X>(x), std::forward<Model>(m), std::move(process), std::move(knots),
          std::move(sampler), noise, std::forward<Observers>(observers)...);
    r.start_from_prior();
    return detail::walk_blocks(r, elements, block);
}

}  // namespace fokker::discrete
