/// Steps after which positions are drawn anew at the same noise.
#pragma once

#include <fokker/discrete/position.hpp>
#include <fokker/discrete/sampler.hpp>
#include <fokker/error.hpp>
#include <fokker/path/grid.hpp>
#include <fokker/target.hpp>

namespace fokker::inline FOKKER_TARGET::discrete {

/// After each step of another sampler, `moves` times: a position of each sample, any with the same
/// probability, is drawn anew from the law that the others give it, alpha_s r + (1 - alpha_s) pi.
/// With an exact network this leaves the law of the process as it is, so it mends what steps did
/// wrong. Campbell et al. 2022 correct by jumps in the same way. Each move is one more call of the
/// network, at the step's end; none follows the step to alpha = 1. With more than one position
/// `at_once` it is quicker, and not exact. Not for masks.
template <class Sampler>
struct gibbs_corrected {
    static constexpr sampler_needs needs() {
        sampler_needs all = detail::needs_of<Sampler>;
        all.for_open_noise = true;
        return all;
    }

    Sampler sampler = {};
    int moves = 1;
    int at_once = 1;

    /// Calls of the network in a step.
    int evaluations_in_step() const { return detail::calls_in_step(sampler) + moves; }

    template <class Process>
    void check(const grid& walk, const Process& process) const {
        fokker::detail::require(moves >= 0 && moves <= 100, "moves is ", moves,
                                "; it must lie in 0 .. 100");
        fokker::detail::require(at_once >= 1, "at_once is ", at_once, "; it must be 1 or more");
        detail::check_sampler(sampler, walk, process);
    }

    void step(auto& run) const {
        sampler.step(run);
        const auto [noisy, clean] = run.interval();
        if (clean.alpha == 1) return;
        for (int i = 0; i < moves; ++i) {
            run.each_at(clean, [&](auto& at) {
                const auto drawn = [&] { return at.pick_state(detail::ratio_times{}); };
                if (at_once == 1)
                    at.propose_surest(drawn, at.chance());
                else
                    at.propose(drawn(), at.chance());
            });
            run.accept([&](int, int) { return at_once; });
        }
    }
};
template <class Sampler>
gibbs_corrected(Sampler) -> gibbs_corrected<Sampler>;
template <class Sampler>
gibbs_corrected(Sampler, int) -> gibbs_corrected<Sampler>;
template <class Sampler>
gibbs_corrected(Sampler, int, int) -> gibbs_corrected<Sampler>;

}  // namespace fokker::discrete
