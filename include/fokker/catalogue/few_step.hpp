/// The catalogue of samplers for few-step models. A new solver is one line.
#pragma once

#include <fokker/catalogue/named_solver.hpp>
#include <fokker/solver/consistency.hpp>
#include <fokker/target.hpp>

namespace fokker::inline FOKKER_TARGET::detail {

/// Calls f with each of them. They want a network that was distilled for them.
template <class F>
void for_each_named_few_step_solver(F&& f) {
    f(named_solver<consistency_sampler>{"lcm", "consistency_sampler", 0,
                                        "Song et al. 2023; Luo et al. 2023"});
    f(named_solver<tcd>{"tcd", "tcd", 1, "Zheng et al. 2024"});
    f(named_solver<gamma_sampler>{"gamma-sampler", "gamma_sampler", 1, "Kim et al. 2024 (CTM)"});
}

}  // namespace fokker::detail
